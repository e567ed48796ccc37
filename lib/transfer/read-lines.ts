/** Reads newline-delimited JSON line by line, in bounded memory. */
import { createReadStream } from 'node:fs';

export type NumberedLine = {
  /** Starting at 1. */
  readonly line: number;
  readonly text: string;
};

const NEWLINE = 0x0a;
/** Enough for a group with several hundred thousand members. */
const MAX_LINE_BYTES = 128 * 1024 * 1024;

/** A line exceeds the maximum length. */
export class LineTooLong extends Error {}

const toLine = (line: number, parts: readonly Buffer[]): NumberedLine => ({
  line,
  text: Buffer.concat(parts)
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trim(),
});

/** Yields the non-blank lines. @throws LineTooLong, and errors of the file system */
export async function* readLines(file: string): AsyncGenerator<NumberedLine> {
  let line = 1;
  let parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of createReadStream(file)) {
    let rest: Buffer = chunk;
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      const found = toLine(line, [...parts, rest.subarray(0, end)]);
      if (found.text !== '') yield found;
      line += 1;
      parts = [];
      size = 0;
      rest = rest.subarray(end + 1);
    }
    parts.push(rest);
    size += rest.length;
    if (size > MAX_LINE_BYTES) throw new LineTooLong(`line ${line} is longer than ${MAX_LINE_BYTES / 2 ** 20} MB`);
  }
  const last = toLine(line, parts);
  if (last.text !== '') yield last;
}
