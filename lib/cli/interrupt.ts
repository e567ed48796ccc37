/** Handling of Ctrl-C and other signals that end the process. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Registers a synchronous clean-up for when a signal ends the process. @returns a function that unregisters it */
export function onTermination(cleanUp: () => void): () => void {
  const end = (signal: NodeJS.Signals) => {
    unregister();
    cleanUp();
    // Without the listeners, the signal ends the process.
    process.kill(process.pid, signal);
  };
  const unregister = () => {
    for (const signal of SIGNALS) process.off(signal, end);
  };
  for (const signal of SIGNALS) process.on(signal, end);
  return unregister;
}

/** Runs work with a signal that the first Ctrl-C aborts; a second Ctrl-C ends the process. */
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
