/** Delays between attempts, in milliseconds. `lib/scim` has its own line, because it imports nothing. */

/**
 * @param attempt 0 before the first retry
 * @param firstMs the bound before the first retry; it doubles with each further one, up to `longestMs`
 */
export const exponentialDelay = (attempt: number, firstMs: number, longestMs: number): number =>
  Math.min(longestMs, firstMs * 2 ** attempt);

/** Full jitter: a random delay between 0 and the bound, so that rivals do not collide again. */
export const jitteredDelay = (attempt: number, firstMs: number, longestMs: number): number =>
  Math.random() * exponentialDelay(attempt, firstMs, longestMs);
