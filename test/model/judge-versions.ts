/** Versions: they rise with every change, and who insists on one overruns nobody (design section 5, invariant 3). */
import type { History, Insisted } from './history.ts';

/** Versions never fall, so nobody is shown a state that is older than what was answered before. */
const judgeFalling = (history: History): string[] => {
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

/** Whoever changes something moves the version beyond all that were shown before. */
const judgeStanding = ({ versions, observations }: History): string[] =>
  observations.answered.flatMap(({ id, start, version, moved }) => {
    const known = moved && versions.get(id)?.find((one) => one.end < start && one.version >= version);
    return known === undefined ? [] : [`${moved?.what} left ${id} at version ${version}, where it was before`];
  });

/** No two changes have the same version: the creation is one of them. */
const judgeTwice = (history: History): string[] =>
  history.observations.answered.flatMap(({ id, moved }) => {
    if (moved === undefined) return [];
    const known = history.moves.get(id) ?? [];
    const other = known.find((one) => one.isPrecise && moved.isPrecise && one.version === moved.version);
    history.moves.set(id, [...known, moved]);
    return other === undefined ? [] : [`${id} has version ${moved.version} twice: ${other.what} and ${moved.what}`];
  });

/** A version is one state: with If-None-Match nobody is told that nothing changed when something did. */
const judgeStates = ({ observations, states }: History): string[] =>
  observations.seen.flatMap(({ id, version, values, isOneState, start }) => {
    if (!isOneState) return [];
    const key = `${id} at version ${version}`;
    const state = JSON.stringify(values);
    const other = states.get(key) ?? state;
    states.set(key, other);
    return other === state ? [] : [`${key} was ${other}, and ${state} (${start})`];
  });

/**
 * A change that came between the version that was named and what was done on it: whatever is done in several writes takes
 * the version behind it with its first.
 */
const between = ({ moves }: History, { id, ifMatch, version, what, isOneWrite }: Insisted) => {
  const others = moves.get(id)?.filter((one) => one.what !== what && one.version > ifMatch.version);
  // A deletion is the last of all, and what its rivals were answered is too low at most.
  if (version === undefined) return others?.[0];
  return others?.find((one) => one.isPrecise && one.version < (isOneWrite ? version : ifMatch.version + 2));
};

/** If-Match: nothing may have come between the version that was named and the change, or the deletion. */
const judgeInsisted = (history: History, insisted: Insisted): string[] => {
  const { id, ifMatch, start, what } = insisted;
  const newer = history.versions.get(id)?.find(({ end, version }) => end < start && version > ifMatch.version);
  if (newer !== undefined)
    return [`${what} was done on version ${ifMatch.version} of ${id}, which was at ${newer.version} before`];
  const other = between(history, insisted);
  return other === undefined ? [] : [`${what} was done on version ${ifMatch.version}, after ${other.what}`];
};

export const judgeVersions = (history: History): string[] => [
  ...judgeFalling(history),
  ...judgeStanding(history),
  ...judgeTwice(history),
  ...judgeStates(history),
  ...history.observations.insisted.flatMap((one) => judgeInsisted(history, one)),
];
