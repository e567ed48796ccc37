/** Shutdown of a local run: on a signal, with its parent process or after a failure; always once and completely. */

export type Shutdown = {
  /** Registers a cleanup step. Steps run in reverse order. */
  later(undo: () => void | Promise<void>): void;
  /** Runs all steps and ends the process. Only the first call counts; its `why` is printed on standard error. */
  end(exitCode: number, why?: string): Promise<void>;
};

/** Shutdown takes at most five seconds: if a step hangs, the remaining ones run at once and the process exits. */
const PATIENCE_MS = 4500;

const undoAll = async (steps: (() => void | Promise<void>)[]) => {
  for (let undo = steps.pop(); undo !== undefined; undo = steps.pop()) {
    try {
      await undo();
    } catch (error) {
      console.error(error); // the remaining steps still run
    }
  }
};
/** Starts all remaining steps. Their synchronous part takes effect: a lock is released, a folder is removed. */
const undoAtOnce = (steps: (() => void | Promise<void>)[]) => {
  for (const step of steps.splice(0).reverse()) void undoAll([step]);
};

/** @param exit ends the process with the code */
export function createShutdown(exit: (code: number) => void): Shutdown {
  const steps: (() => void | Promise<void>)[] = [];
  let ending: Promise<void> | undefined;
  const finish = async (exitCode: number) => {
    setTimeout(() => {
      undoAtOnce(steps);
      exit(exitCode);
    }, PATIENCE_MS).unref();
    await undoAll(steps);
    exit(exitCode);
  };
  return {
    later: (undo) => {
      steps.push(undo);
    },
    end: (exitCode, why) => {
      if (ending === undefined && why !== undefined) console.error(why);
      ending ??= finish(exitCode);
      return ending;
    },
  };
}

/** Shuts down on a signal, or when the parent process exits. */
export function endWithSignalOrParent({ end }: Shutdown): void {
  // npm and the terminal may both send the signal: with `once`, the second would kill the process during shutdown.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void end(0));
  // A shell or npm between this process and the caller may die without forwarding a signal.
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) void end(0);
  }, 500).unref();
}
