/** The search for mutants of the store (docs/mutants.md). */
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { drawMutants, findMutants } from '../mutants/find-mutants.ts';
import { applyMutant, KINDS } from '../mutants/mutant.ts';
import { listTests, nearestFirst } from '../mutants/nearest.ts';

const mutants = findMutants('lib/store');
const changesOf = (file: string) => mutants.filter((mutant) => mutant.file === file).map(({ change }) => change);

test('conditions, writes and attributes are found', () => {
  expect(changesOf('lib/store/items/index-entries.ts')).toEqual(
    expect.arrayContaining([
      "'attribute_not_exists(#pk) OR #id = :id': attribute_not_exists -> attribute_exists",
      "'attribute_not_exists(#pk) OR #id = :id': = -> <>",
      "'attribute_not_exists(#pk) OR #id = :id': OR -> AND",
      'dropped: ...missing(before.claims, stored.claims).map(deleteEntry)',
      'left out: id',
    ]),
  );
  expect(changesOf('lib/store/members/change-members.ts')).toEqual(
    expect.arrayContaining([
      'negated: gone.length > 0 && alone',
      'dropped: await rollBackMembers(table, change, progress);',
      'left out: m: 1',
    ]),
  );
});

test('an attribute is found where the item is built, also in another module', () => {
  expect(changesOf('lib/store/items/resource-item.ts')).toContain('left out: by: actor');
  expect(changesOf('lib/store/resources/new-resource.ts')).toContain('left out: r: draft.r');
});

test('mutants can be parsed, and differ from the source', () => {
  for (const mutant of drawMutants(mutants, 1, 60)) {
    const text = readFileSync(mutant.file, 'utf8');
    const mutated = applyMutant(text, mutant);
    const { diagnostics = [] } = ts.transpileModule(mutated, { reportDiagnostics: true });
    expect(
      diagnostics.map(({ messageText }) => messageText),
      `${mutant.file}:${mutant.line} ${mutant.change}`,
    ).toEqual([]);
    expect(mutated).not.toBe(text);
  }
});

test('a seed draws the same mutants again, about as many of each kind', () => {
  const drawn = drawMutants(mutants, 7, 30);
  expect(drawMutants(mutants, 7, 30)).toEqual(drawn);
  expect(drawMutants(mutants, 8, 30)).not.toEqual(drawn);
  expect(new Set(drawn).size).toBe(30);
  for (const kind of KINDS) expect(drawn.filter((mutant) => mutant.kind === kind)).toHaveLength(10);
  expect(drawMutants(mutants, 7, 1_000_000)).toHaveLength(mutants.length);
});

test('the nearest tests come first: importers, then namesakes, then the fastest', () => {
  expect(listTests()).toContain('test/store/guard.test.ts');
  const seconds = new Map([
    ['test/store/retries.test.ts', 1],
    ['test/store/budgets.test.ts', 2],
    ['test/store/guard.test.ts', 9],
    ['test/store/directory-deletion.test.ts', 8],
  ]);
  expect(nearestFirst('lib/store/directories/deactivation-guard.ts', seconds)).toEqual([
    'test/store/guard.test.ts',
    'test/store/directory-deletion.test.ts',
    'test/store/retries.test.ts',
    'test/store/budgets.test.ts',
  ]);
});
