/** Judges unique values: never two owners at once, never a conflict without an owner (design section 5, invariant 2). */
import type { Effect, History, Refused } from './history.ts';
import { foldText, type Lives, nameOf, writesOf } from './lives.ts';
import { certainHold, possibleHold, type Write } from './registers.ts';

type Owner = { readonly id: string; readonly write: Write<string>; readonly all: readonly Write<string>[] };
type Names = ReadonlyMap<string, readonly (Owner & { readonly ends: readonly Effect[] })[]>;

const folded = (writes: readonly Write<string>[]): Write<string>[] =>
  writes.map(({ effect, value }) => ({ effect, value: foldText(value) }));

const keyOf = (directory: string, type: string, name: string) => `${directory} ${type} ${name}`;

/** All writes of names, by directory, type and name. */
const namesOf = (history: History, lives: Lives): Names => {
  const names = new Map<string, (Owner & { ends: readonly Effect[] })[]>();
  const add = (key: string, owner: Owner & { ends: readonly Effect[] }) =>
    names.set(key, [...(names.get(key) ?? []), owner]);
  for (const { id, creation, attributes, members, deletions } of lives.values()) {
    const { directory, type } = creation;
    const all = folded(writesOf({ id, creation, attributes, members, deletions }, nameOf(type)));
    for (const write of all) add(keyOf(directory, type, write.value), { id, write, all, ends: deletions });
  }
  // Creations that were never observed, but may have been executed.
  for (const { mark, id, directory, type, attributes } of history.creations.values()) {
    const name = attributes.values[nameOf(type)];
    if (name === undefined || (id !== undefined && lives.has(id))) continue;
    const write = { effect: attributes.effect, value: foldText(name) };
    add(keyOf(directory, type, write.value), { id: mark, write, all: [write], ends: [] });
  }
  return names;
};

const judgeOwners = (names: Names): string[] =>
  [...names].flatMap(([name, owners]) => {
    const holds = owners
      .filter(({ write }) => write.effect.outcome === 'done')
      .map(({ id, write, all, ends }) => ({ id, ...certainHold(all, write, ends) }))
      .filter(({ start, end }) => start < end);
    return holds.flatMap((one, index) =>
      holds
        .slice(index + 1)
        .filter((other) => other.id !== one.id && Math.max(one.start, other.start) < Math.min(one.end, other.end))
        .map((other) => `${one.id} and ${other.id} both had the name ${name} at ${Math.max(one.start, other.start)}`),
    );
  });

const judgeConflict = (names: Names, { directory, type, name, id, effects, ...refused }: Refused): string[] => {
  if (name === undefined) return [`${refused.what} was refused with 409, but has no unique value`];
  const owners = (names.get(keyOf(directory, type, foldText(name))) ?? [])
    .filter((owner) => owner.id !== id && !effects.includes(owner.write.effect))
    .filter(({ write }) => write.effect.outcome !== 'refused')
    .map(({ write, all, ends }) => possibleHold(all, write, ends));
  return owners.some(({ start, end }) => start < refused.end && end > refused.start)
    ? []
    : [
        `${refused.what} was refused at ${refused.start}-${refused.end}, but no resource had the name: ${refused.detail}`,
      ];
};

export const judgeNames = (history: History, lives: Lives): string[] => {
  const names = namesOf(history, lives);
  const conflicts = history.observations.refused.filter(({ status }) => status === 409);
  return [...judgeOwners(names), ...conflicts.flatMap((refused) => judgeConflict(names, refused))];
};
