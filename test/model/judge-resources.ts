/** What was shown of single resources: that it was there, its attributes (design section 5, invariants 1 and 3). */
import type { History, Life, Missing, Seen } from './history.ts';
import { type Lives, madeBy, mayBeDead, writesOf } from './lives.ts';
import { whyNot } from './registers.ts';

const judgeMissing = (lives: Lives, missing: Missing): string[] => {
  const life = lives.get(missing.id);
  return life !== undefined && !mayBeDead(life, missing)
    ? [`${missing.id} was not found at ${missing.start}-${missing.end}, but nobody deleted it`]
    : [];
};

const judgeLife = (life: Life, seen: Seen): string[] => {
  const deletion = life.deletions.find(({ outcome, end }) => outcome === 'done' && end < seen.start);
  if (deletion !== undefined) return [`${life.id} was shown at ${seen.start}-${seen.end} after ${deletion.what}`];
  return madeBy(life).start > seen.end ? [`${life.id} was shown before it was made`] : [];
};

const judgeValues = (life: Life, seen: Seen): string[] =>
  Object.entries(seen.values).flatMap(([name, value]) => {
    const read = seen.type === 'User' ? seen : { start: seen.start, end: seen.end };
    const problem = whyNot(writesOf(life, name), read, value);
    if (problem === undefined) return [];
    const shown = `${life.id} ${name} was shown as ${value} at ${seen.start}-${seen.end} (version ${seen.version})`;
    return [problem.lost === undefined ? `${shown}, which nobody wrote` : `${shown}: lost is ${problem.lost.what}`];
  });

export const judgeResources = (history: History, lives: Lives): string[] => {
  const { seen, missing } = history.observations;
  return [
    ...missing.flatMap((one) => judgeMissing(lives, one)),
    ...seen.flatMap((one) => {
      const life = lives.get(one.id);
      return life === undefined ? [] : [...judgeLife(life, one), ...judgeValues(life, one)];
    }),
  ];
};
