/** Plain English in code, tests and documents: the words that read as if translated occur nowhere. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const REFUSED = /\b(whoever|whomever|nobody|somebody|anew|goes on|go on|is there already|are there already|so many)\b/i;
const READ = /\.(ts|mjs|md|sh|yml|json)$/;
/** Vectors and fixtures quote others; this file names the words; the RFC's own examples and generated data are not ours. */
const LEFT_OUT = /\/fixtures\/|^test\/house\/language\.test\.ts$|package-lock\.json$/;

const files = execFileSync('git', ['ls-files'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => READ.test(file) && !LEFT_OUT.test(file));

test('the project is read', () => {
  expect(files.length).toBeGreaterThan(500);
  expect(files).toEqual(expect.arrayContaining(['README.md', 'lib/scim/index.ts', 'docs/events.md']));
});

test('no file has a word of the list', () => {
  const found = files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, index) => (REFUSED.test(line) ? [`${file}:${index + 1}: ${line.trim().slice(0, 100)}`] : [])),
  );
  expect(found).toEqual([]);
});
