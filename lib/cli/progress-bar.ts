/** A bar on one line of a terminal; nothing where there is none. */
const WIDTH = 24;
const EVERY_MS = 100;
const CLEAR = '\r\u001b[K';

export type ProgressBar = {
  /** @param text is said behind the bar */
  show(progress: { done: number; all: number; text: string }): void;
  /** Takes the bar away. */
  clear(): void;
};

/** @param write where to; undefined: to no terminal */
export function createProgressBar(write: ((text: string) => void) | undefined): ProgressBar {
  let shownAt = Number.NEGATIVE_INFINITY;
  return {
    show({ done, all, text }) {
      const now = performance.now();
      if (write === undefined || (now - shownAt < EVERY_MS && done < all)) return;
      shownAt = now;
      const filled = all === 0 ? WIDTH : Math.round((done / all) * WIDTH);
      write(`${CLEAR}[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${done}/${all} ${text}`);
    },
    clear: () => write?.(CLEAR),
  };
}
