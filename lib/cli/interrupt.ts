/** Ctrl-C, as a signal that long work obeys: the second one ends the process as usual. */

const ENDS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Cleans up, at once, when the process is ended by a signal. @returns takes that back */
export function onEnd(cleanUp: () => void): () => void {
  const end = (signal: NodeJS.Signals) => {
    takeBack();
    cleanUp();
    // Nobody listens any more: it ends as usual.
    process.kill(process.pid, signal);
  };
  const takeBack = () => {
    for (const signal of ENDS) process.off(signal, end);
  };
  for (const signal of ENDS) process.on(signal, end);
  return takeBack;
}

/** Runs the work with a signal that the first Ctrl-C aborts. */
export async function withInterrupt<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const controller = new AbortController();
  const stop = () => controller.abort(new Error('interrupted'));
  process.once('SIGINT', stop);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', stop);
  }
}
