/** The token store on the engine and the local Secrets Manager of one test file, as the functions put it together. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createDenialWork, createDeniedTokens } from '../../lib/store/tokens/denied-tokens.ts';
import { createTokenNames } from '../../lib/store/tokens/token-names.ts';
import { createTokenShards } from '../../lib/store/tokens/token-shards.ts';
import { createTokenCleanUp } from '../../lib/tokens/clean-up-tokens.ts';
import { createShards } from '../../lib/tokens/shard-secret.ts';
import type { TokenOwner } from '../../lib/tokens/token-ports.ts';
import { createTokenStore, type NewToken, type NewTokenSettings } from '../../lib/tokens/token-store.ts';
import { TABLE_NAME } from './engine.ts';

export type TokenSetUp = {
  readonly table: DynamoDBClient;
  readonly secrets: SecretsManagerClient;
  readonly prefix: string;
  readonly maxBytes?: number;
  readonly initialShards?: number;
  readonly now?: () => number;
  readonly wait?: (milliseconds: number) => Promise<unknown>;
};

export const openTokens = ({
  table,
  secrets,
  prefix,
  maxBytes,
  now = Date.now,
  wait,
  initialShards = 2,
}: TokenSetUp) => {
  const options = { client: table, tableName: TABLE_NAME, clock: now };
  const shardList = createTokenShards(options);
  const shards = createShards({
    client: secrets,
    prefix,
    leases: shardList,
    now,
    ...(maxBytes === undefined ? {} : { maxBytes }),
    ...(wait === undefined ? {} : { wait }),
  });
  const denied = createDeniedTokens(options);
  const work = createDenialWork(options);
  const store = createTokenStore({
    shards,
    shardList,
    denied,
    names: createTokenNames(options),
    now,
    initialShards,
    // Tests do not wait for authorizers that remember a missing shard.
    wait: wait ?? (async () => undefined),
  });
  return {
    store,
    shards,
    shardList,
    denied,
    work,
    cleanUp: createTokenCleanUp({ shards, shardList, denied: work, now }),
  };
};

/** Long enough for every change of a test. */
export const soon = () => Date.now() + 60_000;
/** A directory that has existed for as long as any token. */
export const owner = (id: string): TokenOwner => ({ id, createdAt: '2026-01-01T00:00:00.000Z' });
export const named = (name: string): NewTokenSettings => ({ name, scopes: ['read', 'write'] });
/** @throws Error for a name that is taken */
export const createNamed = async (
  { store }: Pick<ReturnType<typeof openTokens>, 'store'>,
  directory: TokenOwner,
  name: string,
): Promise<NewToken> => {
  const created = await store.create(directory, named(name), soon());
  if (created === 'taken') throw new Error('taken');
  return created;
};
