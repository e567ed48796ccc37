/** Operations on groups and their members. */
import type { JsonObject } from '../../lib/scim/index.ts';
import type { Random } from '../fuzz/random.ts';
import type { ModelClient } from './model-client.ts';
import { patchOf } from './user-operations.ts';
import { type Directory, type KnownResource, pickOne, pickSome, someGroupName, type World } from './world.ts';
import { change, create, type MembersChange, type MemberValue, remove } from './writes.ts';

const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';

const idsOf = (list: readonly KnownResource[]) => list.map(({ id }) => id);
const toMember =
  (random: Random) =>
  (value: string): MemberValue =>
    random.once(3) ? { value, display: `ResponseContext ${random.below(5)}` } : { value };

/** @returns a few user ids, sometimes with a group id */
export const fewIds = ({ users, groups }: Directory, random: Random): string[] => {
  const group = random.once(5) ? idsOf(pickSome(groups, 1, random)) : [];
  return [...idsOf(pickSome(random.once(3) ? users : users.slice(0, 12), 1 + random.below(4), random)), ...group];
};
/** @returns enough ids for several transactions, mostly more than 50, sometimes more than 100 */
export const manyIds = ({ users }: Directory, random: Random): string[] =>
  idsOf(pickSome(users, random.pick([46, 60, 80, 110, 130]), random));
export const fewMembers = (directory: Directory, random: Random) => fewIds(directory, random).map(toMember(random));
export const manyMembers = (directory: Directory, random: Random) => manyIds(directory, random).map(toMember(random));

const pickRenamable = ({ groups }: Directory, random: Random): KnownResource | undefined => {
  const group = pickOne(groups, random);
  return group?.isFixed ? undefined : group;
};

/** Some large changes get a short deadline and are interrupted. */
const timeFor = (random: Random) => (random.once(3) ? random.below(40) : undefined);

/** @param over fixed values in place of random ones */
export const createGroup = (
  world: World,
  directory: Directory,
  client: ModelClient,
  { members, time, ...over }: { members: readonly MemberValue[]; time?: number | undefined; displayName?: string },
) => {
  const displayName = someGroupName(world, client.random);
  return create(client, directory, {
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

export const createSmallGroup = (world: World, directory: Directory, client: ModelClient) =>
  createGroup(world, directory, client, { members: fewMembers(directory, client.random) });
export const createLargeGroup = (world: World, directory: Directory, client: ModelClient) =>
  createGroup(world, directory, client, {
    members: manyMembers(directory, client.random),
    time: timeFor(client.random),
  });

const renaming = (world: World, target: KnownResource, client: ModelClient) => {
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
  await change(client, { method: 'PATCH', target, attributes: given, mark, body, isConditional: random.once(4) });
};

type PatchedMembers = {
  readonly target: KnownResource;
  readonly members: MembersChange;
  readonly isLarge: boolean;
  readonly isConditional?: boolean;
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
  { target, members, isLarge, isConditional = client.random.once(5) }: PatchedMembers,
) => {
  const { random } = client;
  // Sometimes the same request renames the group.
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
    isConditional,
    time: isLarge ? timeFor(random) : undefined,
  });
};

/** Splits ids at random into disjoint additions and removals. */
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

/** PUT replaces the members; without `members` they stay unchanged. */
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
      isConditional: random.once(4),
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
