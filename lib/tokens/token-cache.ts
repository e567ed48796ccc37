/**
 * Shards in memory, so that a request costs no call of Secrets Manager.
 *
 * A copy is used for `seconds` from the moment its reading began. A token that is not in a copy is looked for in one
 * more reading that begins after the question came, so that a new token works at once. Strangers can make up tokens
 * with right checksums: the readings that they cause, for missing tokens and for missing shards alike, go one by one
 * through a gate with a pause between, shared by all who wait for the same shard. Nobody is refused for waiting.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { setBounded } from '../common/cached.ts';
import type { StoredToken, Tokens } from './stored-token.ts';

export type TokenCacheOptions = {
  /** Undefined: no such shard. */
  readonly read: (shard: number) => Promise<Tokens | undefined>;
  /** How long a copy is used. */
  readonly seconds: number;
  /** Milliseconds between the beginnings of two readings that a stranger can cause. @default 100 */
  readonly pauseMs?: number;
  /** Shards in memory, 64 KB each. @default 100 */
  readonly maxShards?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Waits for milliseconds. */
  readonly wait?: (ms: number) => Promise<unknown>;
};

export type TokenCache = {
  /** @throws what `read` throws: an outage is never "unknown token" */
  find(shard: number, tokenId: string): Promise<StoredToken | undefined>;
};

type Copy = { readonly began: number; readonly tokens: Tokens };

export function createTokenCache(options: TokenCacheOptions): TokenCache {
  const { read, seconds, pauseMs = 100, maxShards = 100, now = Date.now, wait = sleep } = options;
  const copies = new Map<number, Copy>();
  /** Readings that have begun, and those that wait at the gate: both are joined rather than repeated. */
  const begun = new Map<number, Promise<Tokens | undefined>>();
  const waiting = new Map<number, Promise<Tokens | undefined>>();
  let gateOpensAt = 0;

  const keep = (shard: number, copy: Copy) => {
    if (copy.began < (copies.get(shard)?.began ?? 0)) return;
    setBounded(copies, [shard, copy], maxShards);
  };

  const load = (shard: number): Promise<Tokens | undefined> => {
    const began = now();
    const reading = read(shard)
      .then((tokens) => {
        // A shard that is not there takes no place in memory from one that is.
        if (tokens === undefined) copies.delete(shard);
        else keep(shard, { began, tokens });
        return tokens;
      })
      .finally(() => {
        if (begun.get(shard) === reading) begun.delete(shard);
      });
    begun.set(shard, reading);
    return reading;
  };

  const passGate = async () => {
    const turn = Math.max(now(), gateOpensAt);
    gateOpensAt = turn + pauseMs;
    if (turn > now()) await wait(turn - now());
  };

  const loadInTurn = (shard: number): Promise<Tokens | undefined> => {
    const joined = waiting.get(shard);
    if (joined !== undefined) return joined;
    const reading = passGate().then(() => {
      // Who comes from now on comes after its beginning, and may ask for a token that it does not hold.
      waiting.delete(shard);
      return load(shard);
    });
    waiting.set(shard, reading);
    return reading;
  };

  return {
    async find(shard, tokenId) {
      const copy = copies.get(shard);
      const isFresh = copy !== undefined && now() - copy.began < seconds * 1000;
      const known = isFresh ? copy.tokens.get(tokenId) : undefined;
      if (known !== undefined) return known;
      const underWay = begun.get(shard);
      // A copy that ran out is renewed without the gate: that happens once in `seconds`.
      if (copy !== undefined && !isFresh && underWay === undefined) return (await load(shard))?.get(tokenId);
      return (await underWay)?.get(tokenId) ?? (await loadInTurn(shard))?.get(tokenId);
    },
  };
}
