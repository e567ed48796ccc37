/** Finds all mutants of the store, and draws some of them. */
import { readdirSync } from 'node:fs';
import { createRandom } from '../events/random.ts';
import { findAttributes } from './attributes.ts';
import { findConditions } from './conditions.ts';
import { KINDS, type Mutant } from './mutant.ts';
import { parseProject } from './syntax.ts';
import { createFindWrites } from './writes.ts';

const listSources = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`)
    .sort();

const idOf = ({ file, start, end, replacement }: Mutant) => `${file} ${start} ${end} ${replacement}`;

export const findMutants = (folder: string): readonly Mutant[] => {
  const files = listSources(folder);
  const program = parseProject(files);
  const sources = files.flatMap((file) => {
    const source = program.getSourceFile(file);
    return source === undefined ? [] : [[file, source] as const];
  });
  const findWrites = createFindWrites(program);
  const mutants = [
    ...sources.flatMap(([file, source]) => [...findConditions(source, file), ...findWrites(source, file)]),
    ...findAttributes(program.getTypeChecker(), sources),
  ];
  return [...new Map(mutants.map((mutant) => [idOf(mutant), mutant])).values()];
};

/** Draws about as many mutants of each kind. The same seed draws the same mutants of the same sources. */
export const drawMutants = (mutants: readonly Mutant[], seed: number, count: number): readonly Mutant[] => {
  const random = createRandom(seed);
  const piles = KINDS.map((kind) => random.shuffle(mutants.filter((mutant) => mutant.kind === kind)));
  const drawn: Mutant[] = [];
  while (drawn.length < count && piles.some((pile) => pile.length > 0))
    for (const pile of piles) {
      const next = drawn.length < count ? pile.pop() : undefined;
      if (next !== undefined) drawn.push(next);
    }
  return drawn;
};
