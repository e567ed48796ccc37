/** Delays between attempts. The core of the protocol has its own line, because it imports nothing. */

export type Backoff = {
  /** Upper bound before the first retry, in milliseconds; it doubles with each further one. */
  readonly firstMs: number;
  /** The bound stops growing here, in milliseconds. */
  readonly longestMs: number;
};

/** @param attempt 0 before the first retry. @returns the upper bound of the delay in milliseconds */
export const exponentialDelay = (attempt: number, { firstMs, longestMs }: Backoff): number =>
  Math.min(longestMs, firstMs * 2 ** attempt);

/** Full jitter: a random delay between 0 and the bound, so that rivals do not collide again. In milliseconds. */
export const jitteredDelay = (attempt: number, backoff: Backoff): number =>
  Math.random() * exponentialDelay(attempt, backoff);
