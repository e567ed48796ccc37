/** A line at the terminal that says how far long work is. */

const REDRAW_MS = 100;
const WIDTH = 24;

export type Progress = {
  /** @param total undefined where nobody knows it */
  readonly show: (what: string, done: number, total: number | undefined) => void;
  /** Takes the line away. */
  readonly end: () => void;
};

const bar = (done: number, total: number): string => {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const full = Math.round(share * WIDTH);
  return `[${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}] ${Math.floor(share * 100)}% `;
};

/** @param write to a terminal; undefined shows nothing */
export function createProgress(write: ((text: string) => void) | undefined): Progress {
  let drawn = 0;
  let shown = '';
  const clear = () => (shown === '' ? '' : `\r${' '.repeat(shown.length)}\r`);
  return {
    show: (what, done, total) => {
      const isLast = done === total;
      if (write === undefined || (!isLast && Date.now() - drawn < REDRAW_MS && shown.endsWith(what))) return;
      drawn = Date.now();
      const line = total === undefined ? `${done} ${what}` : `${bar(done, total)}${done} of ${total} ${what}`;
      write(`${clear()}${line}`);
      shown = line;
    },
    end: () => {
      write?.(clear());
      shown = '';
    },
  };
}
