/** Limits the request rate. */
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * @param perSecond requests per second; undefined: no limit
 * @returns a function that resolves when the next request may be sent, and rejects on abort
 */
export function createRequestRate(perSecond: number | undefined, signal: AbortSignal): () => Promise<void> {
  let next = 0;
  return async () => {
    signal.throwIfAborted();
    if (perSecond === undefined) return;
    const now = performance.now();
    const turn = Math.max(now, next);
    next = turn + 1000 / perSecond;
    if (turn > now) await sleep(turn - now, undefined, { signal });
  };
}
