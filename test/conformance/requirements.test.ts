/** Every RFC requirement names tests or a reason. `npm run check:conformance` also runs the tests it names. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DOC, renderDoc } from './conformance-doc.ts';
import { faultInResults, faultInSource, faultsOf, type Requirement, readRequirements } from './requirements.ts';

test('each requirement names existing tests, or the reason why there is none', () => {
  const requirements = readRequirements();
  expect(requirements.length).toBeGreaterThan(150);
  expect(faultsOf(requirements, faultInSource)).toEqual([]);
});

test('docs/conformance.md is the output of `npm run check:conformance -- --write`', () => {
  expect(readFileSync(DOC, 'utf8')).toBe(renderDoc());
});

const row = (more: Partial<Requirement>): Requirement => ({
  id: '7644-3.6-1',
  rfc: 7644,
  section: '3.6',
  level: 'MUST',
  requirement: 'something',
  ...more,
});
const file = 'test/conformance/requirements.test.ts';
const results = new Map([
  [
    file,
    new Map([
      ['group > a', 'passed'],
      ['group > b', 'failed'],
      ['c', 'skipped'],
    ]),
  ],
]);

test.each<[string, Partial<Requirement>, string]>([
  ['neither test nor reason', {}, 'neither a test nor a reason'],
  ['no tests', { test: [] }, 'neither a test nor a reason'],
  ['no reason', { no: ' ' }, '"no" without a reason'],
  ['both', { no: 'a reason of some length', test: [{ file, name: 'group > a' }] }, 'both a test and a reason'],
  ['another section', { section: '3.7', no: 'a reason of some length' }, 'the id does not begin with 7644-3.7-'],
  ['no such file', { test: [{ file: 'test/none.test.ts', name: 'a' }] }, 'no test file test/none.test.ts'],
  ['no such test', { test: [{ file, name: 'a' }] }, 'has no test "a"'],
  ['a test that failed', { test: [{ file, name: 'group > b' }] }, '"group > b" in'],
  ['one of several that failed', { test: [{ file, name: 'group*' }] }, '"group > b" in'],
  ['a test that was skipped', { test: [{ file, name: 'c' }] }, '"c" in'],
])('a row is refused: %s', (_name, more, fault) => {
  expect(faultsOf([row(more)], faultInResults(results))).toEqual([expect.stringContaining(fault)]);
});

test('a row with a passing test and a row with a reason are accepted; a duplicate id is not', () => {
  const good = [row({ test: [{ file, name: 'group > a' }] }), row({ id: '7644-3.6-2', no: 'a reason of some length' })];
  expect(faultsOf(good, faultInResults(results))).toEqual([]);
  expect(faultsOf([...good, ...good.slice(0, 1)], faultInResults(results))).toHaveLength(1);
});

test('the quick check finds the titles of a file, including those with placeholders', () => {
  for (const name of ['a row is refused: both', 'a row is refused: *', 'the quick check*', 'a row with*'])
    expect(faultInSource({ file, name }), name).toBeUndefined();
  for (const name of ['a row is refused', 'no such title', 'no such prefix*'])
    expect(faultInSource({ file, name }), name).toBeDefined();
});
