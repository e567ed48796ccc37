/** Shared state of the model check's clients: directories, their observed resources, and contended values. */
import type { DirectorySettings, JsonObject } from '../../lib/scim/index.ts';
import type { Random } from '../fuzz/random.ts';
import type { Precondition, TypeName } from './history.ts';

/** A resource that a response has contained. */
export type KnownResource = {
  readonly id: string;
  readonly type: TypeName;
  readonly mark: string;
  readonly directory: Directory;
  /** The latest observed version, and the start of the request that returned it. */
  version: Precondition | undefined;
  /** Whether it is never renamed or deleted, because others depend on its name. */
  readonly isFixed: boolean;
};

export type Directory = {
  readonly settings: DirectorySettings;
  readonly known: Map<string, KnownResource>;
  readonly users: KnownResource[];
  readonly groups: KnownResource[];
  /** Resources that may have been deleted. */
  readonly deleted: KnownResource[];
  /** Id of the default group, which every new user joins. */
  everyone: string | undefined;
};

export type World = {
  readonly directories: readonly Directory[];
  /** The large directory, which most operations use. */
  readonly main: Directory;
  /** Number of contended names and addresses. */
  readonly names: number;
};

export const EVERYONE = 'Everyone';

export const openDirectory = (id: string, over: Partial<DirectorySettings> = {}): Directory => ({
  settings: { id, mode: 'tolerant', uniqueGroupNames: true, ...over },
  known: new Map(),
  users: [],
  groups: [],
  deleted: [],
  everyone: undefined,
});

export const listOf = (directory: Directory, type: TypeName) => (type === 'User' ? directory.users : directory.groups);

export const addResource = (
  directory: Directory,
  known: Omit<KnownResource, 'version' | 'directory' | 'isFixed'>,
): KnownResource => {
  const before = directory.known.get(known.id);
  if (before !== undefined) return before;
  const isFixed = known.mark.startsWith(EVERYONE);
  const added: KnownResource = { ...known, directory, version: undefined, isFixed };
  directory.known.set(known.id, added);
  listOf(directory, known.type).push(added);
  return added;
};

export const markDeleted = (known: KnownResource) => {
  const list = listOf(known.directory, known.type);
  const at = list.indexOf(known);
  if (at < 0) return;
  list.splice(at, 1);
  known.directory.deleted.push(known);
};

/** Prefers a few old and new resources, so that clients compete. */
export const pickOne = (list: readonly KnownResource[], random: Random): KnownResource | undefined => {
  if (list.length === 0) return undefined;
  if (random.once(6)) return random.pick(list.slice(0, 2));
  const few = random.once(2) ? list.slice(0, 8) : list.slice(-8);
  return random.pick(random.once(2) ? few : list);
};

/** @returns at most `count` distinct elements */
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
/** Number of disjoint lists of fifty addresses. */
export const ADDRESS_LISTS = 3;
export const addressList = (list: number): JsonObject[] =>
  Array.from({ length: 50 }, (_, i) => ({ value: `list-${list}-${i}@a.example` }));
