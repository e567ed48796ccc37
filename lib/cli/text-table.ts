/** Text tables with aligned columns. */

import { toTerminalText } from '../common/terminal-text.ts';

/** @returns a heading line and one line per row, each with a newline; control characters are escaped */
export const toTextTable = (headings: readonly string[], rows: readonly (readonly string[])[]): string => {
  const lines = [headings, ...rows].map((line) => line.map((cell) => toTerminalText(cell)));
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

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
const join = (path: string, name: string, parent: object) => {
  if (Array.isArray(parent)) return `${path}[${name}]`;
  return path === '' ? name : `${path}.${name}`;
};
const leaves = (path: string, value: unknown): [string, string][] =>
  isObject(value)
    ? Object.entries(value).flatMap(([name, part]) => leaves(join(path, name, value), part))
    : [[path, String(value)]];

/** @returns one line per value of a nested object: its path, for example `emails[0].value`, and the value */
export const toTextList = (value: object): string => toTextTable(['', ''], leaves('', value)).slice(1);
