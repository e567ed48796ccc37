/** Newline-delimited JSON, read line by line in bounded memory. */
import { createReadStream } from 'node:fs';

export type NumberedLine = {
  /** From 1. */
  readonly line: number;
  readonly text: string;
};

const NEWLINE = 0x0a;
/** A group with some hundred thousand members. */
const MAX_LINE_BYTES = 128 * 1024 * 1024;

/** A line of a file is too long to be one of ours. */
export class LineTooLong extends Error {}

const toLine = (line: number, parts: readonly Buffer[]): NumberedLine => ({
  line,
  text: Buffer.concat(parts)
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trim(),
});

/** Lines that are not blank. @throws LineTooLong, and what reading the file throws */
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
