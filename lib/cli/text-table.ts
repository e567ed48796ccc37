/** Aligned columns for people. */

const CONTROL = /\p{Cc}/gu;

/** @returns a line of headings and one for each row, each with a newline; control characters become `?` */
export const toTextTable = (headings: readonly string[], rows: readonly (readonly string[])[]): string => {
  const lines = [headings, ...rows].map((line) => line.map((cell) => cell.replace(CONTROL, '?')));
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
};
