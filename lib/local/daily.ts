/** Stands in for a rule of EventBridge with a daily schedule. */

const DAY_MS = 24 * 60 * 60 * 1000;

/** Calls `work` now and every day; what fails is logged, and tried again the next day. @returns what ends it */
export function runDaily(work: () => Promise<unknown>, everyMilliseconds = DAY_MS): () => void {
  const run = () => void work().catch((error: unknown) => console.error(error));
  run();
  const timer = setInterval(run, everyMilliseconds);
  return () => clearInterval(timer);
}
