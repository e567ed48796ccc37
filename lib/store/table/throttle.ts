/**
 * How fast one request writes to one partition key, which takes 1,000 write units a second. Who goes on asking while it
 * is over that never gets through: each part of a transaction is let in by itself, and what was let in is paid for when
 * another part is not. So when one try is throttled, all of the request's tries wait, and fewer run at once after that.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { exponentialDelay } from '../../common/backoff.ts';
import { isThrottled } from './retry.ts';

/** Runs one try when it is due. @throws what the try throws */
export type Throttle = <Result>(attempt: () => Promise<Result>) => Promise<Result>;

const MOST_AT_ONCE = 8;
/** So many tries that pass make room for one more at once. */
const PASSES_FOR_MORE = 20;
/** Long enough that a hundred units, a chunk of fifty members, come together. */
const PAUSE = { firstMs: 100, longestMs: 800 };
const LOOK_MS = 5;

export const createThrottle = (): Throttle => {
  const now = () => performance.now();
  let running = 0;
  let atOnce = MOST_AT_ONCE;
  let pauses = 0;
  let pauseUntil = 0;

  return async (attempt) => {
    while (running > atOnce - 1 || now() < pauseUntil) await sleep(LOOK_MS);
    running += 1;
    try {
      const result = await attempt();
      pauses = 0;
      atOnce = Math.min(MOST_AT_ONCE, atOnce + 1 / PASSES_FOR_MORE);
      return result;
    } catch (error) {
      // Those that ran together meet the same limit together: that counts once.
      if (isThrottled(error) && now() >= pauseUntil) {
        pauseUntil = now() + (1 + Math.random()) * exponentialDelay(pauses, PAUSE);
        pauses += 1;
        atOnce = Math.max(1, atOnce / 2);
      }
      throw error;
    } finally {
      running -= 1;
    }
  };
};
