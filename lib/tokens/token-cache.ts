/**
 * In-memory cache of shards, so that most requests do not call Secrets Manager.
 *
 * A cached shard is valid for `seconds`, counted from the start of its read. If it lacks the token, the shard is read
 * once more after the request arrived, so that a new token works immediately. Anyone can forge tokens with valid
 * checksums. Therefore the reads caused by unknown tokens and unknown shards pass a gate one at a time, at least
 * `pauseMs` apart, and requests waiting for the same shard share one read. A request that waits is never rejected.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { setBounded } from '../common/cached.ts';
import type { StoredToken, Tokens } from './stored-token.ts';

export type TokenCacheOptions = {
  /** Resolves to undefined if the shard does not exist. */
  readonly read: (shard: number) => Promise<Tokens | undefined>;
  /** Lifetime of a cached shard. */
  readonly seconds: number;
  /** Milliseconds between the starts of two reads that forged tokens can cause. @default 100 */
  readonly pauseMs?: number;
  /** Maximum number of cached shards, of at most 64 KB each. @default 100 */
  readonly maxShards?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Waits for a number of milliseconds. */
  readonly wait?: (ms: number) => Promise<unknown>;
};

export type TokenCache = {
  /** @throws the errors of `read`, so that an outage is not mistaken for an unknown token */
  find(shard: number, tokenId: string): Promise<StoredToken | undefined>;
};

type Copy = { readonly began: number; readonly tokens: Tokens };

export function createTokenCache(options: TokenCacheOptions): TokenCache {
  const { read, seconds, pauseMs = 100, maxShards = 100, now = Date.now, wait = sleep } = options;
  const copies = new Map<number, Copy>();
  /** Reads in progress, and reads that wait at the gate. Requests join both rather than start another. */
  const inProgress = new Map<number, Promise<Tokens | undefined>>();
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
        // A missing shard is not cached, so that it cannot evict an existing one.
        if (tokens === undefined) copies.delete(shard);
        else keep(shard, { began, tokens });
        return tokens;
      })
      .finally(() => {
        if (inProgress.get(shard) === reading) inProgress.delete(shard);
      });
    inProgress.set(shard, reading);
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
      // Later requests must not join this read, which may have started before their token was created.
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
      const cached = isFresh ? copy.tokens.get(tokenId) : undefined;
      if (cached !== undefined) return cached;
      const underWay = inProgress.get(shard);
      // An expired copy is refreshed without the gate, which happens at most once in `seconds`.
      if (copy !== undefined && !isFresh && underWay === undefined) return (await load(shard))?.get(tokenId);
      return (await underWay)?.get(tokenId) ?? (await loadInTurn(shard))?.get(tokenId);
    },
  };
}
