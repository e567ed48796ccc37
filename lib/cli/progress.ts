/** A progress line on the terminal. */

const REDRAW_MS = 100;
const WIDTH = 24;

export type Progress = {
  /** @param total undefined if unknown */
  readonly show: (noun: string, done: number, total: number | undefined) => void;
  /** Clears the line. */
  readonly end: () => void;
};

const bar = (done: number, total: number): string => {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const full = Math.round(share * WIDTH);
  return `[${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}] ${Math.floor(share * 100)}% `;
};

/** @param write writes to a terminal; undefined shows nothing */
export function createProgress(write: ((text: string) => void) | undefined): Progress {
  let drawn = 0;
  let shown = '';
  const clear = () => (shown === '' ? '' : `\r${' '.repeat(shown.length)}\r`);
  return {
    show: (noun, done, total) => {
      const isLast = done === total;
      if (write === undefined || (!isLast && Date.now() - drawn < REDRAW_MS && shown.endsWith(noun))) return;
      drawn = Date.now();
      const line = total === undefined ? `${done} ${noun}` : `${bar(done, total)}${done} of ${total} ${noun}`;
      write(`${clear()}${line}`);
      shown = line;
    },
    end: () => {
      write?.(clear());
      shown = '';
    },
  };
}
