/** Judges versions: every change increases them, and If-Match prevents lost updates (design section 5, invariant 3). */
import type { ConditionalWrite, History } from './history.ts';

/** Versions never decrease: no response has an older state than an earlier response. */
const judgeDecreasing = (history: History): string[] => {
  const { observed, answered } = history.observations;
  const all = [...observed, ...answered];
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

/** A change increases the version beyond all observed before. */
const judgeUnchanged = ({ versions, observations }: History): string[] =>
  observations.answered.flatMap(({ id, start, version, versionChange }) => {
    const known = versionChange && versions.get(id)?.find((one) => one.end < start && one.version >= version);
    return known === undefined ? [] : [`${versionChange?.what} left ${id} at version ${version}, which it had before`];
  });

/** No two changes, including the creation, have the same version. */
const judgeTwice = (history: History): string[] =>
  history.observations.answered.flatMap(({ id, versionChange }) => {
    if (versionChange === undefined) return [];
    const known = history.versionChanges.get(id) ?? [];
    const other = known.find(
      (one) => one.isPrecise && versionChange.isPrecise && one.version === versionChange.version,
    );
    history.versionChanges.set(id, [...known, versionChange]);
    return other === undefined
      ? []
      : [`${id} has version ${versionChange.version} twice: ${other.what} and ${versionChange.what}`];
  });

/** A version is a single state, so If-None-Match never hides a change. */
const judgeStates = ({ observations, states }: History): string[] =>
  observations.observed.flatMap(({ id, version, values, isOneState, start }) => {
    if (!isOneState) return [];
    const key = `${id} at version ${version}`;
    const state = JSON.stringify(values);
    const other = states.get(key) ?? state;
    states.set(key, other);
    return other === state ? [] : [`${key} was ${other}, and ${state} (${start})`];
  });

/**
 * @returns a change between the If-Match version and the write. A change of several writes takes the next version with
 * its first write.
 */
const between = ({ versionChanges }: History, { id, ifMatch, version, what, isOneWrite }: ConditionalWrite) => {
  const others = versionChanges.get(id)?.filter((one) => one.what !== what && one.version > ifMatch.version);
  // A deletion is last, and the versions that competing writes returned are at most too low.
  if (version === undefined) return others?.[0];
  return others?.find((one) => one.isPrecise && one.version < (isOneWrite ? version : ifMatch.version + 2));
};

/** No write may have come between the If-Match version and the change or deletion. */
const judgeConditional = (history: History, conditional: ConditionalWrite): string[] => {
  const { id, ifMatch, start, what } = conditional;
  const newer = history.versions.get(id)?.find(({ end, version }) => end < start && version > ifMatch.version);
  if (newer !== undefined)
    return [`${what} succeeded on version ${ifMatch.version} of ${id}, which already had version ${newer.version}`];
  const other = between(history, conditional);
  return other === undefined ? [] : [`${what} succeeded on version ${ifMatch.version} after ${other.what}`];
};

export const judgeVersions = (history: History): string[] => [
  ...judgeDecreasing(history),
  ...judgeUnchanged(history),
  ...judgeTwice(history),
  ...judgeStates(history),
  ...history.observations.conditional.flatMap((one) => judgeConditional(history, one)),
];
