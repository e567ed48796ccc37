/** What was shown of single resources: that it was there, its attributes, its version (design section 5, invariants 1 and 3). */
import type { History, Insisted, Life, Missing, Seen } from './history.ts';
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

/** Versions never fall, so nobody is shown a state that is older than what was answered before. */
const judgeVersions = (history: History): string[] => {
  const { seen, answered } = history.observations;
  const all = [...seen, ...answered];
  for (const { id, end, version } of all) {
    const known = history.versions.get(id) ?? [];
    known.push({ end, version });
    history.versions.set(id, known);
  }
  return all.flatMap(({ id, start, version }) => {
    const newer = history.versions.get(id)?.find((known) => known.end < start && known.version > version);
    return newer === undefined ? [] : [`${id} was at version ${newer.version}, and later at ${version} (${start})`];
  });
};

/** Two acknowledged changes of a user never have the same version. */
const judgeChanges = (lives: Lives): string[] =>
  [...lives.values()].flatMap((life) => {
    const byVersion = new Map<number, string>();
    return life.attributes.flatMap(({ effect, mark }) => {
      if (effect.outcome !== 'done' || effect.version === undefined) return [];
      const other = byVersion.get(effect.version) ?? mark;
      byVersion.set(effect.version, mark);
      return other === mark ? [] : [`${life.id} has version ${effect.version} twice: ${other} and ${mark}`];
    });
  });

/** If-Match: nothing may have come between the version that was named and the change. */
const judgeInsisted = (history: History, lives: Lives, { id, ifMatch, start, effect, what }: Insisted): string[] => {
  const newer = history.versions.get(id)?.find(({ end, version }) => end < start && version > ifMatch.version);
  if (newer !== undefined)
    return [`${what} was done on version ${ifMatch.version} of ${id}, which was at ${newer.version} before`];
  const between = lives.get(id)?.attributes.find((write) => {
    const { version = 0, outcome } = write.effect;
    return (
      outcome === 'done' && write.effect !== effect && version > ifMatch.version && version < (effect.version ?? 0)
    );
  });
  return between === undefined ? [] : [`${what} was done on version ${ifMatch.version}, after ${between.effect.what}`];
};

export const judgeResources = (history: History, lives: Lives): string[] => {
  const { seen, missing, insisted } = history.observations;
  return [
    ...missing.flatMap((one) => judgeMissing(lives, one)),
    ...seen.flatMap((one) => {
      const life = lives.get(one.id);
      return life === undefined ? [] : [...judgeLife(life, one), ...judgeValues(life, one)];
    }),
    ...judgeVersions(history),
    ...judgeChanges(lives),
    ...insisted.flatMap((one) => judgeInsisted(history, lives, one)),
  ];
};
