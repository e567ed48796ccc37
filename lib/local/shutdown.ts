/** How a local run ends: by a signal, with its parent, or because something failed; always once, and whole. */

export type Shutdown = {
  /** What to undo at the end; last in, first out. */
  later(undo: () => void | Promise<void>): void;
  /** Undoes everything and ends the process. Only the first call counts; `why` is then said on standard error. */
  end(exitCode: number, why?: string): Promise<void>;
};

/** The end must come within five seconds, even when a step of it hangs; the steps behind that one are taken at once. */
const PATIENCE_MS = 4500;

const undoAll = async (steps: (() => void | Promise<void>)[]) => {
  for (let undo = steps.pop(); undo !== undefined; undo = steps.pop()) {
    try {
      await undo();
    } catch (error) {
      console.error(error); // the others are undone all the same
    }
  }
};
/** What they do at once is done: a lock is released, a folder is removed. */
const undoAtOnce = (steps: (() => void | Promise<void>)[]) => {
  for (const step of steps.splice(0).reverse()) void undoAll([step]);
};

/** @param exit ends the process with the code */
export function createEnding(exit: (code: number) => void): Shutdown {
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

/** Ends the run when it is told to, or when nobody is left who could tell it. */
export function endWithSignalOrParent({ end }: Shutdown): void {
  // npm and the terminal may both send the signal: with `once` the second would kill us half-way.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void end(0));
  // A shell or npm between us and the caller may die without a word.
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) void end(0);
  }, 500).unref();
}
