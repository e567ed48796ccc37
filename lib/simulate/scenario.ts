/** The events to play: an initial sync, then days of changes. Derived from the seed alone, before the first request. */
import { createPerson, DEPARTMENTS, type Group, movePerson, type Naming, type Person, renamePerson } from './person.ts';
import { createRandom, labelOf, type Random } from './random.ts';

/** `person` is the state after the event. */
export type UserEvent =
  | { readonly kind: 'assign' | 'deactivate' | 'reactivate' | 'deleteUser'; readonly person: Person }
  | { readonly kind: 'update'; readonly person: Person }
  | { readonly kind: 'manage'; readonly person: Person; readonly manager: number };
export type MembersEvent = {
  readonly kind: 'members';
  readonly group: Group;
  readonly added: readonly number[];
  readonly removed: readonly number[];
};
export type RenameEvent = { readonly kind: 'rename'; readonly group: Group };
/** `group` is the state after the event. */
export type GroupEvent =
  | MembersEvent
  | RenameEvent
  | { readonly kind: 'push'; readonly group: Group }
  | { readonly kind: 'deleteGroup'; readonly group: Group };
export type Event = UserEvent | GroupEvent;
export type Phase = {
  readonly name: string;
  /** Tracks may run concurrently. A track holds the events of one person or group, in order. */
  readonly tracks: readonly (readonly Event[])[];
};
export type ScenarioOptions = {
  readonly seed: string;
  readonly users: number;
  readonly groups: number;
  readonly days: number;
};
/** Optional features of an identity provider. */
export type Abilities = {
  readonly guests: boolean;
  readonly managers: boolean;
  readonly deletesUsers: boolean;
  readonly renamesGroups: boolean;
  readonly deletesGroups: boolean;
};

type World = {
  readonly random: Random;
  readonly naming: Naming;
  readonly abilities: Abilities;
  readonly people: Map<number, Person>;
  readonly groups: Map<number, Group>;
  readonly managers: Set<number>;
  nextPerson: number;
  nextGroup: number;
};

/** Share of all users per day, at least one user each. */
const JOINERS = 0.02;
const MOVERS = 0.03;
const RENAMES = 0.01;
const LEAVERS = 0.02;
const RETURNS = 0.01;
const REPORTS_PER_MANAGER = 8;
const GROUPS_PER_PERSON = 3;

const share = (people: number, part: number): number => (people === 0 ? 0 : Math.max(1, Math.round(people * part)));

const addPerson = (world: World): Person => {
  const person = createPerson(world.nextPerson++, world.random, world.naming);
  world.people.set(person.key, person);
  return person;
};

const manage = (world: World, person: Person, candidates: readonly number[]): Event[] => {
  if (!world.abilities.managers || candidates.length === 0) return [];
  const manager = world.random.pick(candidates);
  world.managers.add(manager);
  return [{ kind: 'manage', person, manager }];
};

const addGroup = (world: World, members: readonly number[]): Group => {
  const key = world.nextGroup++;
  const round = Math.floor(key / DEPARTMENTS.length) + 1;
  const displayName = `${DEPARTMENTS[key % DEPARTMENTS.length]} ${round} ${world.naming.label}`;
  const group = { key, uid: world.random.hex(32), displayName, members };
  world.groups.set(key, group);
  return group;
};

const initialSync = (world: World, { users, groups }: ScenarioOptions): Phase[] => {
  const people = Array.from({ length: users }, () => addPerson(world));
  const managers = people.slice(0, Math.ceil(users / REPORTS_PER_MANAGER)).map(({ key }) => key);
  const assignments = people.slice(1).map((person) => manage(world, person, managers.slice(0, person.key)));
  const members = Array.from({ length: groups }, (): number[] => []);
  for (const { key } of people) {
    const count = 1 + world.random.integer(GROUPS_PER_PERSON);
    const chosen = new Set(Array.from({ length: count }, () => world.random.integer(groups)));
    for (const group of chosen) members[group]?.push(key);
  }
  const pushes = members.map((list): Event => ({ kind: 'push', group: addGroup(world, list) }));
  return [
    { name: 'users', tracks: people.map((person) => [{ kind: 'assign', person }]) },
    { name: 'managers', tracks: assignments },
    { name: 'groups', tracks: pushes.map((push) => [push]) },
  ];
};

/** Each person changes in at most one way a day, except a leaver who returns the same day. */
const changePeople = (world: World): Event[][] => {
  const { random, people, naming } = world;
  const all = people.size;
  const inactivePeople = [...people.values()].filter(({ active }) => !active);
  const activePeople = random.shuffle([...people.values()].filter(({ active }) => active));
  const change = (person: Person): Event[] => {
    people.set(person.key, person);
    return [{ kind: 'update', person }];
  };
  const setActive = (person: Person, active: boolean): Event => {
    const changed = { ...person, active };
    people.set(person.key, changed);
    return { kind: active ? 'reactivate' : 'deactivate', person: changed };
  };
  const candidates = activePeople.map(({ key }) => key);
  const movers = activePeople.splice(0, share(all, MOVERS)).map((person) => change(movePerson(person, random)));
  const renamed = activePeople
    .splice(0, share(all, RENAMES))
    .map((person) => change(renamePerson(person, random, naming)));
  const returning = inactivePeople.splice(0, share(all, RETURNS)).map((person) => [setActive(person, true)]);
  const leavers = activePeople.splice(0, share(all, LEAVERS) + 1).map((person, place) => {
    const leaving = setActive(person, false);
    // On the first day there is no earlier leaver to return, so one of today's returns at once.
    return place === 0 && returning.length === 0 ? [leaving, setActive(person, true)] : [leaving];
  });
  const deleted = world.abilities.deletesUsers
    ? inactivePeople.filter(({ key }) => !world.managers.has(key)).slice(0, 1)
    : [];
  for (const { key } of deleted) people.delete(key);
  const joiners = Array.from({ length: share(all, JOINERS) }, (): Event[] => {
    const person = addPerson(world);
    return [{ kind: 'assign', person }, ...manage(world, person, candidates)];
  });
  return [
    ...movers,
    ...renamed,
    ...leavers,
    ...returning,
    ...deleted.map((person): Event[] => [{ kind: 'deleteUser', person }]),
    ...joiners,
  ];
};

/** @returns the person keys in each group at the end of the day, by group key */
const moveMembers = (world: World, joiners: readonly number[]): Map<number, Set<number>> => {
  const { random } = world;
  const members = new Map(
    [...world.groups.values()].map(({ key, members }) => [
      key,
      new Set(members.filter((person) => world.people.has(person))),
    ]),
  );
  const keys = [...members.keys()];
  if (keys.length === 0) return members;
  const activePeople = [...world.people.values()].filter(({ active }) => active).map(({ key }) => key);
  for (const person of random.shuffle(activePeople).slice(0, share(activePeople.length, MOVERS))) {
    members.get(keys.find((key) => members.get(key)?.has(person)) ?? -1)?.delete(person);
    members.get(random.pick(keys))?.add(person);
  }
  for (const person of joiners) members.get(random.pick(keys))?.add(person);
  return members;
};

/** @param change.isRenamed whether the group is also renamed, before its members change */
const changeGroup = (world: World, before: Group, change: { members: Set<number>; isRenamed: boolean }): Event[] => {
  const stayed = before.members.filter((key) => world.people.has(key));
  const membersBefore = new Set(stayed);
  const displayName = change.isRenamed ? `${before.displayName} new` : before.displayName;
  const named = { ...before, members: stayed, displayName };
  const group = { ...named, members: [...change.members] };
  world.groups.set(group.key, group);
  const added = group.members.filter((key) => !membersBefore.has(key));
  const removed = stayed.filter((key) => !change.members.has(key));
  return [
    ...(change.isRenamed ? [{ kind: 'rename' as const, group: named }] : []),
    ...(added.length + removed.length > 0 ? [{ kind: 'members' as const, group, added, removed }] : []),
  ];
};

const deleteGroup = (world: World, key: number | undefined): Event[] => {
  const group = key === undefined ? undefined : world.groups.get(key);
  if (group === undefined || !world.abilities.deletesGroups || world.groups.size < 3) return [];
  world.groups.delete(group.key);
  return [{ kind: 'deleteGroup', group }];
};

const changeGroups = (world: World, joiners: readonly number[]): Event[][] => {
  const { random, groups, abilities } = world;
  const [renamed, deleted] = random.shuffle([...groups.keys()]);
  if (renamed === undefined) return [];
  const tracks = [deleteGroup(world, deleted)];
  for (const [key, members] of moveMembers(world, joiners)) {
    const before = groups.get(key);
    const isRenamed = key === renamed && abilities.renamesGroups;
    if (before !== undefined) tracks.push(changeGroup(world, before, { members, isRenamed }));
  }
  tracks.push([{ kind: 'push', group: addGroup(world, joiners) }]);
  return tracks.filter((track) => track.length > 0);
};

/** Deterministic: the same options and abilities give the same scenario. */
export function createScenario(options: ScenarioOptions, abilities: Abilities): readonly Phase[] {
  const random = createRandom(options.seed);
  const naming = { label: labelOf(options.seed), guests: abilities.guests };
  const world: World = {
    ...{ random, naming, abilities, people: new Map(), groups: new Map(), managers: new Set() },
    ...{ nextPerson: 0, nextGroup: 0 },
  };
  const phases = initialSync(world, options);
  for (let day = 1; day <= options.days; day++) {
    const before = new Set(world.people.keys());
    phases.push({ name: `day ${day}, users`, tracks: changePeople(world) });
    const joiners = [...world.people.keys()].filter((key) => !before.has(key));
    phases.push({ name: `day ${day}, groups`, tracks: changeGroups(world, joiners) });
  }
  return phases.filter(({ tracks }) => tracks.some((track) => track.length > 0));
}
