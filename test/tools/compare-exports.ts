/**
 * `node --import tsx test/tools/compare-exports.ts BEFORE AFTER`: compares two exports, ignoring versions and times. Exit
 * code 0: they are equal; 1: one line for each of the first 20 differences.
 */
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';

const [before = '', after = ''] = process.argv.slice(2);
const TIMES = new Set(['exportedAt', 'created', 'createdAt', 'lastModified', 'version', 'connectedAt', 'lastUsedAt']);

const withoutTimes = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutTimes);
  if (typeof value !== 'object' || value === null) return value;
  const parts = Object.entries(value).filter(([name]) => !TIMES.has(name));
  return Object.fromEntries(parts.map(([name, part]) => [name, withoutTimes(part)]));
};

type Line = { readonly id?: string };
/** Lines by id; the header has the key `header`. */
const read = (file: string) =>
  new Map(
    readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text) as Line)
      .map((line) => [line.id ?? 'header', withoutTimes(line)]),
  );

const [left, right] = [read(before), read(after)];
const differences = [...new Set([...left.keys(), ...right.keys()])].filter(
  (id) => !isDeepStrictEqual(left.get(id), right.get(id)),
);
for (const id of differences.slice(0, 20))
  console.log(`${id}\n  before ${JSON.stringify(left.get(id))}\n  after  ${JSON.stringify(right.get(id))}`);
console.log(`${left.size} and ${right.size} lines, ${differences.length} differences`);
if (differences.length > 0 || left.size < 2) process.exitCode = 1;
