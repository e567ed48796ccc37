/**
 * Limits how fast one request writes to one partition key, which accepts 1,000 write units per second. Retrying above
 * that rate makes no progress: DynamoDB admits each item of a transaction separately, and charges for the admitted ones
 * when it rejects another. So once an attempt is throttled, all attempts of the request pause, and fewer run
 * concurrently.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { exponentialDelay } from '../../common/backoff.ts';
import { isThrottled } from './retry.ts';

/** Runs one attempt as soon as the rate allows. @throws what the attempt throws */
export type Throttle = <Result>(attempt: () => Promise<Result>) => Promise<Result>;

const MAX_CONCURRENCY = 8;
/** Successful attempts that add one to the concurrency. */
const SUCCESSES_PER_SLOT = 20;
/** Time in which a partition key accepts 100 units: one membership chunk. */
const PAUSE = { firstMs: 100, longestMs: 800 };
const POLL_MS = 5;

export const createThrottle = (): Throttle => {
  const now = () => performance.now();
  let running = 0;
  let atOnce = MAX_CONCURRENCY;
  let pauses = 0;
  let pauseUntil = 0;

  return async (attempt) => {
    while (running > atOnce - 1 || now() < pauseUntil) await sleep(POLL_MS);
    running += 1;
    try {
      const result = await attempt();
      pauses = 0;
      atOnce = Math.min(MAX_CONCURRENCY, atOnce + 1 / SUCCESSES_PER_SLOT);
      return result;
    } catch (error) {
      // Attempts in flight at the same time meet the same limit: count it once.
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
