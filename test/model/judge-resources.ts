/** Judges the existence and the attributes of observed resources (design section 5, invariants 1 and 3). */
import type { History, Life, Missing, ObservedResource } from './history.ts';
import { creationOf, type Lives, mayBeDead, writesOf } from './lives.ts';
import { whyNot } from './registers.ts';

const judgeMissing = (lives: Lives, missing: Missing): string[] => {
  const life = lives.get(missing.id);
  return life !== undefined && !mayBeDead(life, missing)
    ? [`${missing.id} was not found at ${missing.start}-${missing.end}, but no request deleted it`]
    : [];
};

const judgeLife = (life: Life, observed: ObservedResource): string[] => {
  const deletion = life.deletions.find(({ outcome, end }) => outcome === 'done' && end < observed.start);
  if (deletion !== undefined)
    return [`${life.id} was returned at ${observed.start}-${observed.end} after ${deletion.what}`];
  return creationOf(life).start > observed.end ? [`${life.id} was returned before its creation`] : [];
};

const judgeValues = (life: Life, observed: ObservedResource): string[] =>
  Object.entries(observed.values).flatMap(([name, value]) => {
    const read = observed.type === 'User' ? observed : { start: observed.start, end: observed.end };
    const problem = whyNot(writesOf(life, name), read, value);
    if (problem === undefined) return [];
    const observation = `${life.id} ${name} was returned as ${value} at ${observed.start}-${observed.end} (version ${observed.version})`;
    return [
      problem.lost === undefined
        ? `${observation}, which no request wrote`
        : `${observation}: lost ${problem.lost.what}`,
    ];
  });

export const judgeResources = (history: History, lives: Lives): string[] => {
  const { observed, missing } = history.observations;
  return [
    ...missing.flatMap((one) => judgeMissing(lives, one)),
    ...observed.flatMap((one) => {
      const life = lives.get(one.id);
      return life === undefined ? [] : [...judgeLife(life, one), ...judgeValues(life, one)];
    }),
  ];
};
