/** Shards: secrets in AWS Secrets Manager, named `<prefix>/<shard>`, that store the hashes of tokens. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { jitteredDelay } from '../common/backoff.ts';
import { parseShard, printShard, type Tokens } from './stored-token.ts';
import { createVersionedSecrets, SecretsUnavailable, type Version } from './versioned-secret.ts';

/** @returns the tokens after the edit, undefined for no change. May be called again with newer tokens. */
export type Edit = (tokens: Tokens) => Tokens | undefined;

/** Every method throws SecretsUnavailable. */
export type Shards = {
  /** @returns undefined if the shard does not exist */
  read(shard: number): Promise<Tokens | undefined>;
  /**
   * Edits a shard without losing concurrent changes, and creates it if it does not exist.
   * @returns `'full'` if the tokens do not fit; the shard is then unchanged
   */
  edit(shard: number, edit: Edit): Promise<'done' | 'full'>;
};

export type ShardsOptions = {
  readonly client: SecretsManagerClient;
  readonly prefix: string;
  /** @default 48 KB of the 64 KB allowed for a secret, which fits the tokens of about a hundred directories */
  readonly maxBytes?: number;
};

const MAX_BYTES = 48 * 1024;
const ATTEMPTS = 30;

const FIRST_DELAY_MS = 20;
const LONGEST_DELAY_MS = 1000;

export function createShards({ client, prefix, maxBytes = MAX_BYTES }: ShardsOptions): Shards {
  const secrets = createVersionedSecrets(client);
  const nameOf = (shard: number) => `${prefix}/${shard}`;
  const parse = (version: Version | undefined) => version && parseShard(version.text);

  const tryEdit = async (shard: number, edit: Edit): Promise<'done' | 'full' | 'lost race'> => {
    const before = await secrets.read(nameOf(shard));
    const tokens: Tokens = parse(before) ?? new Map();
    const after = edit(tokens);
    if (after === undefined) return 'done';
    const text = printShard(after);
    if (after.size > tokens.size && Buffer.byteLength(text) > maxBytes) return 'full';
    const written = before
      ? await secrets.replace(nameOf(shard), before, text)
      : await secrets.create(nameOf(shard), text);
    return written ? 'done' : 'lost race';
  };

  return {
    read: async (shard) => parse(await secrets.read(nameOf(shard))),
    async edit(shard, edit) {
      for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
        const outcome = await tryEdit(shard, edit);
        if (outcome !== 'lost race') return outcome;
        await sleep(jitteredDelay(attempt, FIRST_DELAY_MS, LONGEST_DELAY_MS));
      }
      throw new SecretsUnavailable(new Error(`shard ${shard} kept changing, gave up after ${ATTEMPTS} attempts`));
    },
  };
}
