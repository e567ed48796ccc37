/**
 * In-memory cache of shards, so that most requests do not call Secrets Manager.
 *
 * A cached shard is valid for `seconds`, counted from the start of its read. If it lacks the token, the shard is read
 * once more after the request arrived, so that a new token works immediately. Anyone can make up tokens with valid
 * checksums, so those reads have a budget per container: beyond it `find` throws, which is answered with 503 and never
 * with 401. Shards are numbered without gaps, so numbers above a missing one are refused without a call.
 */
import { isFresh, setBounded } from '../common/cached.ts';
import type { StoredToken, Tokens } from './stored-token.ts';

export type TokenCacheOptions = {
  /** Resolves to undefined if the shard does not exist. */
  readonly read: (shard: number) => Promise<Tokens | undefined>;
  /** Lifetime of a cached shard. */
  readonly seconds: number;
  /** Reads for unknown tokens: available at once, and regained per second. @default 20 and 2 */
  readonly budget?: { readonly burst: number; readonly perSecond: number };
  /** Maximum number of cached shards, of at most 64 KB each. @default 100 */
  readonly maxShards?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
};

export type TokenCache = {
  /** @throws TokenBudgetSpent, and the errors of `read`, so that an outage is not mistaken for an unknown token */
  find(shard: number, tokenId: string): Promise<StoredToken | undefined>;
};

/** Too many unknown tokens: whether this one exists was not looked up. */
export class TokenBudgetSpent extends Error {}

const BUDGET = { burst: 20, perSecond: 2 };
/** The lowest missing shard is asked for again after this time. */
const MISSING_SECONDS = 1;
/** An unknown id is random, so no later token has it: it is refused without a read for a while. */
const UNKNOWN_SECONDS = 5;
const MAX_UNKNOWN = 1000;

/** A token bucket. @returns a function that takes one read out of it, if there is one */
const createBudget = ({ burst, perSecond }: typeof BUDGET, now: () => number) => {
  let left = burst;
  let filledAt = now();
  return (): boolean => {
    const time = now();
    left = Math.min(burst, left + (Math.max(0, time - filledAt) / 1000) * perSecond);
    filledAt = time;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
};

/** `read` counts the reads: times do not order them when the clock steps back. */
type Copy = { readonly read: number; readonly began: number; readonly tokens: Tokens };

type Missing = { readonly shard: number; readonly askedAt: number };

export function createTokenCache(options: TokenCacheOptions): TokenCache {
  const { read, seconds, budget = BUDGET, maxShards = 100, now = Date.now } = options;
  const copies = new Map<number, Copy>();
  /** Reads in progress: requests that came before one began join it. */
  const inProgress = new Map<number, { readonly order: number; readonly tokens: Promise<Tokens | undefined> }>();
  /** When each unknown token id was last looked for. */
  const unknown = new Map<string, number>();
  let lowestMissing: Missing | undefined;
  const takeFromBudget = createBudget(budget, now);
  let reads = 0;

  const keepMissing = (shard: number, askedAt: number) => {
    // A missing shard is not cached, so that it cannot evict an existing one.
    copies.delete(shard);
    if (lowestMissing === undefined || shard <= lowestMissing.shard) lowestMissing = { shard, askedAt };
  };
  const keep = (shard: number, copy: Copy) => {
    if (lowestMissing !== undefined && shard >= lowestMissing.shard) lowestMissing = undefined;
    if (copy.read > (copies.get(shard)?.read ?? 0)) setBounded(copies, [shard, copy], maxShards);
  };

  const load = (shard: number): Promise<Tokens | undefined> => {
    const began = now();
    reads += 1;
    const order = reads;
    const tokens = read(shard)
      .then((found) => {
        if (found === undefined) keepMissing(shard, began);
        else keep(shard, { read: order, began, tokens: found });
        return found;
      })
      .finally(() => {
        if (inProgress.get(shard)?.order === order) inProgress.delete(shard);
      });
    inProgress.set(shard, { order, tokens });
    return tokens;
  };

  /** Asks for the lowest missing shard again, once a second. @returns whether the number still lies above it */
  const isAboveMissing = async (shard: number, missing: Missing): Promise<boolean> => {
    if (isFresh(missing.askedAt, MISSING_SECONDS, now())) return true;
    await (inProgress.get(missing.shard)?.tokens ?? load(missing.shard));
    return lowestMissing !== undefined && shard >= lowestMissing.shard;
  };
  const isKnownToExist = (shard: number) => [...copies.keys()].some((cached) => cached >= shard);

  /** @throws TokenBudgetSpent */
  const loadWithinBudget = (shard: number): Promise<Tokens | undefined> => {
    // Reads of shards that certainly exist and are not in memory are bounded by the number of shards.
    const isFree = !copies.has(shard) && isKnownToExist(shard);
    if (!isFree && !takeFromBudget()) throw new TokenBudgetSpent('too many unknown tokens');
    return load(shard);
  };

  /**
   * Looks for a token that no valid copy has.
   * @param after the number of reads when the request came: a read in progress is joined only if it began later
   */
  const lookUp = async (shard: number, tokenId: string, after: number): Promise<StoredToken | undefined> => {
    if (isFresh(unknown.get(tokenId) ?? 0, UNKNOWN_SECONDS, now())) return undefined;
    const missing = lowestMissing;
    if (missing !== undefined && shard >= missing.shard && (await isAboveMissing(shard, missing))) return undefined;
    const underWay = inProgress.get(shard);
    const began = now();
    const reading = underWay !== undefined && underWay.order > after ? underWay.tokens : loadWithinBudget(shard);
    const token = (await reading)?.get(tokenId);
    if (token === undefined) setBounded(unknown, [tokenId, began], MAX_UNKNOWN);
    return token;
  };

  return {
    async find(shard, tokenId) {
      const copy = copies.get(shard);
      const fresh = copy !== undefined && isFresh(copy.began, seconds, now());
      const known = fresh ? copy.tokens.get(tokenId) : undefined;
      if (known !== undefined) return known;
      const underWay = inProgress.get(shard);
      const before = reads;
      // Renewing an expired copy is outside the budget: it happens once in `seconds`.
      if (copy !== undefined && !fresh && underWay === undefined) return (await load(shard))?.get(tokenId);
      return (await underWay?.tokens)?.get(tokenId) ?? lookUp(shard, tokenId, before);
    },
  };
}
