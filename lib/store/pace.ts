/**
 * How fast one request writes to one partition key, which takes 1,000 write units a second. Who goes on asking while it
 * is over that never gets through: each part of a transaction is let in by itself, and what was let in is paid for when
 * another part is not. So when one try is throttled, all of the request's tries wait, and fewer run at once after that.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isThrottled } from './retry.ts';

/** Runs one try when it is due. @throws what the try throws */
export type Pace = <Result>(attempt: () => Promise<Result>) => Promise<Result>;

const MOST_AT_ONCE = 8;
/** So many tries that pass make room for one more at once. */
const PASSES_FOR_MORE = 20;
/** Long enough that a hundred units, a chunk of fifty members, come together. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 800;

export const createPace = (): Pace => {
  const waiting: (() => void)[] = [];
  let running = 0;
  let atOnce = MOST_AT_ONCE;
  let pauses = 0;
  let pauseUntil = Number.NEGATIVE_INFINITY;

  const begin = async () => {
    while (running >= Math.floor(atOnce)) await new Promise<void>((resolve) => waiting.push(resolve));
    running += 1;
    for (let left = pauseUntil - performance.now(); left > 0; left = pauseUntil - performance.now()) await sleep(left);
  };
  const end = () => {
    running -= 1;
    for (const resume of waiting.splice(0)) resume();
  };
  const slowDown = () => {
    // Those that ran together meet the same limit together: that counts once.
    if (performance.now() < pauseUntil) return;
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** pauses);
    pauseUntil = performance.now() + pause * (1 + Math.random());
    pauses += 1;
    atOnce = Math.max(1, atOnce / 2);
  };
  const speedUp = () => {
    pauses = 0;
    atOnce = Math.min(MOST_AT_ONCE, atOnce + 1 / PASSES_FOR_MORE);
  };

  return async (attempt) => {
    await begin();
    try {
      const result = await attempt();
      speedUp();
      return result;
    } catch (error) {
      if (isThrottled(error)) slowDown();
      throw error;
    } finally {
      end();
    }
  };
};
