/** What the clients of a model check know in common: directories, whom they hold, and the values that are fought over. */
import type { DirectorySettings, JsonObject } from '../../lib/scim/index.ts';
import type { Random } from '../fuzz/random.ts';
import type { Precondition, TypeName } from './history.ts';

/** A resource that some answer showed. */
export type Known = {
  readonly id: string;
  readonly type: TypeName;
  readonly mark: string;
  readonly directory: Directory;
  /** The version that was shown last, and when the request that showed it began. */
  version: Precondition | undefined;
  /** Whose name everybody counts on: it is not renamed, and not deleted. */
  readonly isFixed: boolean;
};

export type Directory = {
  readonly settings: DirectorySettings;
  readonly known: Map<string, Known>;
  readonly users: Known[];
  readonly groups: Known[];
  /** Deleted, perhaps. */
  readonly gone: Known[];
  /** The group that every new user joins. */
  everyone: string | undefined;
};

export type World = {
  readonly directories: readonly Directory[];
  /** The large one, where most happens. */
  readonly main: Directory;
  /** Names and addresses of so many are fought over. */
  readonly names: number;
};

export const EVERYONE = 'Everyone';

export const openDirectory = (id: string, over: Partial<DirectorySettings> = {}): Directory => ({
  settings: { id, mode: 'tolerant', uniqueGroupNames: true, ...over },
  known: new Map(),
  users: [],
  groups: [],
  gone: [],
  everyone: undefined,
});

export const listOf = (directory: Directory, type: TypeName) => (type === 'User' ? directory.users : directory.groups);

export const learn = (directory: Directory, known: Omit<Known, 'version' | 'directory' | 'isFixed'>): Known => {
  const before = directory.known.get(known.id);
  if (before !== undefined) return before;
  const isFixed = known.mark.startsWith(EVERYONE);
  const learned: Known = { ...known, directory, version: undefined, isFixed };
  directory.known.set(known.id, learned);
  listOf(directory, known.type).push(learned);
  return learned;
};

export const bury = (known: Known) => {
  const list = listOf(known.directory, known.type);
  const at = list.indexOf(known);
  if (at < 0) return;
  list.splice(at, 1);
  known.directory.gone.push(known);
};

/** Mostly one of a few old or new ones, so that the clients meet. */
export const pickOne = (list: readonly Known[], random: Random): Known | undefined => {
  if (list.length === 0) return undefined;
  if (random.once(6)) return random.pick(list.slice(0, 2));
  const few = random.once(2) ? list.slice(0, 8) : list.slice(-8);
  return random.pick(random.once(2) ? few : list);
};

/** @returns so many different ones at most */
export const pickSome = <One>(list: readonly One[], count: number, random: Random): One[] => {
  const left = [...list];
  return Array.from({ length: Math.min(count, left.length) }, () => left.splice(random.below(left.length), 1)).flat();
};

const anyCase = (text: string, random: Random) => (random.once(4) ? text.toUpperCase() : text);

export const someUserName = ({ names }: World, random: Random) =>
  anyCase(`user-${random.below(names)}@a.example`, random);
export const someGroupName = ({ names }: World, random: Random) =>
  anyCase(`Team ${random.below(Math.ceil(names / 2))}`, random);
export const someExternalId = ({ names }: World, random: Random) => `00u${random.below(names)}`;
export const someAddress = ({ names }: World, random: Random) =>
  anyCase(`mail-${random.below(names)}@a.example`, random);
/** Lists of fifty addresses, without one in common. */
export const ADDRESS_LISTS = 3;
export const addressList = (list: number): JsonObject[] =>
  Array.from({ length: 50 }, (_, i) => ({ value: `list-${list}-${i}@a.example` }));
