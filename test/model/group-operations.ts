/** What clients do to groups and their members. */
import type { JsonObject } from '../../lib/scim/index.ts';
import type { Random } from '../fuzz/random.ts';
import type { ModelClient } from './model-client.ts';
import { patchOf } from './user-operations.ts';
import { type Directory, type Known, pickOne, pickSome, someGroupName, type World } from './world.ts';
import { change, type MembersChange, type MemberValue, make, remove } from './writes.ts';

const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';

const idsOf = (list: readonly Known[]) => list.map(({ id }) => id);
const toMember =
  (random: Random) =>
  (value: string): MemberValue =>
    random.once(3) ? { value, display: `Shown ${random.below(5)}` } : { value };

/** Few, sometimes with a group among them. */
export const fewIds = ({ users, groups }: Directory, random: Random): string[] => {
  const group = random.once(5) ? idsOf(pickSome(groups, 1, random)) : [];
  return [...idsOf(pickSome(random.once(3) ? users : users.slice(0, 12), 1 + random.below(4), random)), ...group];
};
/** So many that they go in chunks: more than fifty, sometimes more than a hundred. */
export const manyIds = ({ users }: Directory, random: Random): string[] =>
  idsOf(pickSome(users, random.pick([46, 60, 80, 110, 130]), random));
export const fewMembers = (directory: Directory, random: Random) => fewIds(directory, random).map(toMember(random));
export const manyMembers = (directory: Directory, random: Random) => manyIds(directory, random).map(toMember(random));

const pickRenamable = ({ groups }: Directory, random: Random): Known | undefined => {
  const group = pickOne(groups, random);
  return group?.isFixed ? undefined : group;
};

/** Large changes have little time now and then, and end in the middle. */
const timeFor = (random: Random) => (random.once(3) ? random.below(40) : undefined);

/** @param over what is not left to chance */
export const makeGroup = (
  world: World,
  directory: Directory,
  client: ModelClient,
  { members, time, ...over }: { members: readonly MemberValue[]; time?: number | undefined; displayName?: string },
) => {
  const displayName = someGroupName(world, client.random);
  return make(client, directory, {
    type: 'Group',
    members,
    time,
    body: (mark) => ({
      schemas: [GROUP],
      displayName,
      externalId: `${mark}/${mark}`,
      members: [...members],
      ...over,
    }),
  });
};

export const makeSmallGroup = (world: World, directory: Directory, client: ModelClient) =>
  makeGroup(world, directory, client, { members: fewMembers(directory, client.random) });
export const makeLargeGroup = (world: World, directory: Directory, client: ModelClient) =>
  makeGroup(world, directory, client, {
    members: manyMembers(directory, client.random),
    time: timeFor(client.random),
  });

const renaming = (world: World, target: Known, client: ModelClient) => {
  const mark = client.history.nextMark();
  const externalId = `${target.mark}/${mark}`;
  return { mark, attributes: { displayName: someGroupName(world, client.random), externalId } };
};

export const renameGroup = async (world: World, directory: Directory, client: ModelClient) => {
  const { random } = client;
  const target = pickRenamable(directory, random);
  if (target === undefined) return;
  const { mark, attributes } = renaming(world, target, client);
  const { externalId } = attributes;
  const given: JsonObject = random.once(3) ? { externalId } : attributes;
  const body = patchOf({ op: 'replace', value: given });
  await change(client, { method: 'PATCH', target, attributes: given, mark, body, insists: random.once(4) });
};

type PatchedMembers = {
  readonly target: Known;
  readonly members: MembersChange;
  readonly isLarge: boolean;
  readonly insists?: boolean;
};

const operationsOf = ({ replace, add, remove }: MembersChange): JsonObject[] => {
  const value = [...add];
  if (replace) return [{ op: 'replace', path: 'members', value }];
  const apart = remove.map((id): JsonObject => ({ op: 'remove', path: `members[value eq "${id}"]` }));
  const together: JsonObject = { op: 'remove', path: 'members', value: remove.map((id) => ({ value: id })) };
  const removals = remove.length > 10 ? [together] : apart;
  return [...(add.length === 0 ? [] : [{ op: 'add', path: 'members', value }]), ...removals];
};

export const patchMembers = async (
  world: World,
  client: ModelClient,
  { target, members, isLarge, insists = client.random.once(5) }: PatchedMembers,
) => {
  const { random } = client;
  // Sometimes the group is renamed by the way.
  const { mark, attributes } = renaming(world, target, client);
  const renames = !target.isFixed && random.once(6);
  const operations = [...(renames ? [{ op: 'replace', value: attributes }] : []), ...operationsOf(members)];
  if (operations.length === 0) return;
  await change(client, {
    method: 'PATCH',
    target,
    mark,
    members,
    attributes: renames ? attributes : undefined,
    body: patchOf(...operations),
    insists,
    time: isLarge ? timeFor(random) : undefined,
  });
};

/** @returns the ids cut in two, without one that is in both */
export const divide = (ids: readonly string[], random: Random) => {
  const at = random.below(ids.length + 1);
  return { replace: false, add: ids.slice(0, at).map(toMember(random)), remove: ids.slice(at) };
};

const patch =
  (members: (directory: Directory, random: Random) => MembersChange, isLarge: boolean) =>
  async (world: World, directory: Directory, client: ModelClient) => {
    const target = pickOne(directory.groups, client.random);
    if (target === undefined) return;
    const { add, remove, replace } = members(directory, client.random);
    await patchMembers(world, client, {
      target,
      members: {
        replace,
        add: add.filter(({ value }) => value !== target.id),
        remove: remove.filter((id) => id !== target.id),
      },
      isLarge,
    });
  };

export const patchFew = patch((directory, random) => divide(fewIds(directory, random), random), false);
export const patchMany = patch((directory, random) => divide(manyIds(directory, random), random), true);
export const replaceFew = patch(
  (directory, random) => ({ replace: true, add: fewMembers(directory, random), remove: [] }),
  false,
);
export const replaceMany = patch(
  (directory, random) => ({ replace: true, add: manyMembers(directory, random), remove: [] }),
  true,
);

/** With members they become exactly these; without, they stay. */
const put =
  (membersOf: (directory: Directory, random: Random) => MemberValue[] | undefined) =>
  async (world: World, directory: Directory, client: ModelClient) => {
    const { random } = client;
    const target = pickRenamable(directory, random);
    if (target === undefined) return;
    const { mark, attributes } = renaming(world, target, client);
    const members = membersOf(directory, random)?.filter(({ value }) => value !== target.id);
    await change(client, {
      method: 'PUT',
      target,
      mark,
      attributes,
      members: members && { replace: true, add: members, remove: [] },
      body: { schemas: [GROUP], ...attributes, ...(members && { members }) },
      insists: random.once(4),
      time: members !== undefined && members.length > 40 ? timeFor(random) : undefined,
    });
  };

export const putWithoutMembers = put(() => undefined);
export const putFew = put(fewMembers);
export const putMany = put(manyMembers);

export const deleteGroup = async (_: World, directory: Directory, client: ModelClient) => {
  const target = pickRenamable(directory, client.random);
  if (target !== undefined) await remove(client, target, client.random.once(3));
};
