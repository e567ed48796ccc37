/** Writes a new token into the shard with the fewest versions that takes it, and adds a shard when none does. */
import { setTimeout as sleep } from 'node:timers/promises';
import { countShards } from './list-tokens.ts';
import type { Shards } from './shard-secret.ts';
import type { StoredToken } from './stored-token.ts';
import { createToken, hashToken } from './token-format.ts';
import type { ShardList } from './token-ports.ts';

export type PlaceOptions = {
  readonly shards: Shards;
  readonly shardList: ShardList;
  /** Shards to begin with; each is a secret. @default 4 */
  readonly initialShards?: number;
  /** Waits for milliseconds. */
  readonly wait?: (milliseconds: number) => Promise<unknown>;
};

type Placement = {
  readonly id: string;
  readonly entry: Omit<StoredToken, 'sha256'>;
  /** Called before the token is written into a shard. */
  readonly prepare: (shard: number) => Promise<void>;
  /** Milliseconds since 1970. */
  readonly deadline: number;
};

const INITIAL_SHARDS = 4;
/** A shard with as many versions within 24 hours takes no new token: the rest is for the clean-up. */
const CROWDED_VERSIONS = 60;
/** The authorizer remembers for a second that a shard does not exist, and a new token must work at once. */
const NEW_SHARD_MS = 1500;

export const createTokenPlacer = ({
  shards,
  shardList,
  initialShards = INITIAL_SHARDS,
  wait = sleep,
}: PlaceOptions) => {
  /** Creates shards in order, so that numbers have no gaps whenever this ends. */
  const growTo = async (from: number, count: number): Promise<void> => {
    for (let shard = from + 1; shard <= count; shard += 1) await shards.create(shard);
    await shardList.grow(count);
    await wait(NEW_SHARD_MS);
  };

  const nextShard = async (tried: ReadonlySet<number>): Promise<number> => {
    const before = await countShards(shards, shardList);
    const count = Math.max(before, initialShards);
    if (before < count) await growTo(before, count);
    const versions = await shardList.versions();
    const versionsOf = (shard: number) => versions.get(shard) ?? 0;
    const [best] = Array.from({ length: count }, (_, index) => index + 1)
      .filter((shard) => !tried.has(shard) && versionsOf(shard) < CROWDED_VERSIONS)
      .sort((a, b) => versionsOf(a) - versionsOf(b));
    if (best === undefined) await growTo(count, count + 1);
    return best ?? count + 1;
  };

  /** @returns the text of the token. @throws SecretsBusy at the deadline, SecretsUnavailable */
  return async ({ id, entry, prepare, deadline }: Placement): Promise<string> => {
    const tried = new Set<number>();
    for (;;) {
      const shard = await nextShard(tried);
      tried.add(shard);
      await shardList.add(entry.directory, shard);
      await prepare(shard);
      const token = createToken(shard, id);
      const stored: StoredToken = { ...entry, sha256: hashToken(token) };
      const outcome = await shards.edit(
        shard,
        // Called again after a lost response, when the token has been written.
        (tokens) => (tokens.get(id)?.sha256 === stored.sha256 ? undefined : new Map(tokens).set(id, stored)),
        { deadline, maxVersions: CROWDED_VERSIONS },
      );
      if (outcome === 'done') return token;
    }
  };
};
