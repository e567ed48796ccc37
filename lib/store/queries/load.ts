/** Loads many resources, each with the memberships that a filter or the response needs. */

import { inParallel } from '../../common/parallel.ts';
import type { Include, Loaded, Member, Scope } from '../../scim/index.ts';
import { toMember, toMemberOf, toStoredResource } from '../items/resource-item.ts';
import type { Items, Table } from '../table/calls.ts';
import { isId, memberKey, memberOfKey, resourceKey, resourcePk } from '../table/keys.ts';
import { groupIdsOf, pickGroups, readGroupNames, readMembers, readResource } from './read.ts';

export type Needs = {
  readonly groups: boolean;
  /** All, none, or only those with the given ids, which is cheap in a group of any size. */
  readonly members: 'all' | 'none' | readonly string[];
};

/** Anything that is not an id cannot be a member. */
const namedMembers = ({ members }: Needs): readonly string[] | undefined =>
  typeof members === 'string' ? undefined : members.filter(isId);

const keysOf = ({ directory, type }: Scope, needs: Needs, id: string) => [
  resourceKey(directory, type.name, id),
  ...(needs.groups ? [memberOfKey(directory, type.name, id)] : []),
  ...(namedMembers(needs) ?? []).map((member) => memberKey(resourcePk(directory, type.name, id), member)),
];

const membersIn = (items: Items, pk: string, named: readonly string[]): Member[] =>
  named.flatMap((member) => {
    const edge = items.get(memberKey(pk, member));
    return edge === undefined ? [] : [toMember(edge)];
  });

const loadMany = async (table: Table, scope: Scope, { ids, needs }: Wanted): Promise<Loaded[]> => {
  const { directory, type } = scope;
  const items = await table.getAll(ids.flatMap((id) => keysOf(scope, needs, id)));
  const now = table.clock();
  const memberOfs = new Map(
    ids.map((id) => [id, needs.groups ? toMemberOf(items.get(memberOfKey(directory, type.name, id)), now) : undefined]),
  );
  const groupIds = new Set([...memberOfs.values()].flatMap(groupIdsOf));
  const names = await readGroupNames(table, scope, [...groupIds]);
  const named = namedMembers(needs);
  const loaded = ids.flatMap((id): Loaded[] => {
    const resource = toStoredResource(items.get(resourceKey(directory, type.name, id)), now);
    if (resource === undefined) return [];
    return [
      {
        resource,
        ...(needs.groups ? { groups: pickGroups(memberOfs.get(id), names) } : {}),
        ...(named !== undefined ? { members: membersIn(items, resourcePk(directory, type.name, id), named) } : {}),
      },
    ];
  });
  if (needs.members !== 'all') return loaded;
  return inParallel(loaded, async (one) => ({
    ...one,
    members: await readMembers(table, resourcePk(directory, type.name, one.resource.id)),
  }));
};

type Wanted = { readonly ids: readonly string[]; readonly needs: Needs };

/** @returns the resources in the order of `ids`, without those deleted since their ids were read */
export const loadResources = async (table: Table, scope: Scope, wanted: Wanted): Promise<Loaded[]> => {
  const { ids } = wanted;
  const needs: Needs = {
    groups: wanted.needs.groups && scope.type.memberOf !== undefined,
    members: scope.type.members === undefined ? 'none' : wanted.needs.members,
  };
  const [id] = ids;
  if (id === undefined) return [];
  if (ids.length > 1 || namedMembers(needs) !== undefined) return loadMany(table, scope, { ids, needs });
  const include = { groups: needs.groups, members: needs.members === 'all' };
  const loaded = await readResource(table, scope, { id, include });
  return loaded === undefined ? [] : [loaded];
};

/** Approximate size of an edge item. Members count, because a group may have any number. */
const BYTES_PER_MEMBER = 90;
/** @returns approximately how many bytes a resource costs to read */
export const bytesOf = ({ resource, members = [] }: Loaded): number =>
  JSON.stringify(resource.attributes).length + members.length * BYTES_PER_MEMBER;

/** @returns the memberships that the response shows */
export const needsToShow = ({ groups, members }: Include): Needs => ({ groups, members: members ? 'all' : 'none' });

const show = ({ resource, members, groups }: Loaded, include: Include): Loaded => ({
  resource,
  ...(include.members && members !== undefined ? { members } : {}),
  ...(include.groups && groups !== undefined ? { groups } : {}),
});

/**
 * Reduces resources to the memberships that the response shows. Reads them again if some were not loaded.
 * @param needs with which `loaded` were read
 * @returns the resources in the same order
 */
export const toShown = async (
  table: Table,
  scope: Scope,
  { loaded, needs, include }: { loaded: readonly Loaded[]; needs: Needs; include: Include },
): Promise<readonly Loaded[]> => {
  const complete = (needs.groups || !include.groups) && (needs.members === 'all' || !include.members);
  if (complete) return loaded.map((one) => show(one, include));
  return loadResources(table, scope, { ids: loaded.map(({ resource }) => resource.id), needs: needsToShow(include) });
};
