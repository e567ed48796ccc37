/** Reads one resource with the requested memberships, which are in the same partition. */
import { type GroupReference, type Include, type Loaded, type Member, own, type Scope } from '../../scim/index.ts';
import { fromBytes, type MemberOfItem } from '../items/items.ts';
import { toMember, toMemberOf, toStoredResource } from '../items/resource-item.ts';
import type { Item, Table } from '../table/calls.ts';
import { isId, type Key, MEMBER_PREFIX, resourceKey } from '../table/keys.ts';
import { MEMBEROF, RESOURCE } from '../table/names.ts';

/** Sorts after every edge. */
const AFTER_MEMBERS = `${MEMBER_PREFIX}~`;

export const groupIdsOf = (memberOf: MemberOfItem | undefined): string[] =>
  [...(memberOf?.g ?? [])].map(fromBytes).sort();

/** Reads the current names of groups. Deleted and pending groups are omitted. */
export const readGroupNames = async (
  table: Table,
  { directory, type }: Scope,
  ids: readonly string[],
): Promise<ReadonlyMap<string, GroupReference>> => {
  const groupType = type.memberOf?.type ?? '';
  const items = await table.getAll(ids.map((id) => resourceKey(directory, groupType, id)));
  const names = new Map<string, GroupReference>();
  for (const id of ids) {
    const group = toStoredResource(items.get(resourceKey(directory, groupType, id)), table.clock());
    const display = group && own(group.attributes, 'displayName');
    if (group !== undefined) names.set(id, { id, display: typeof display === 'string' ? display : undefined });
  }
  return names;
};

export const pickGroups = (
  memberOf: MemberOfItem | undefined,
  names: ReadonlyMap<string, GroupReference>,
): GroupReference[] => groupIdsOf(memberOf).flatMap((id) => names.get(id) ?? []);

/** Reads the part of a resource's partition that `include` needs. */
const readItems = async (table: Table, { pk, sk }: Key, include: Include): Promise<readonly Item[]> => {
  if (include.members || include.groups)
    return table.query({
      pk,
      from: include.groups ? MEMBEROF : RESOURCE,
      to: include.members ? AFTER_MEMBERS : RESOURCE,
    });
  const item = await table.get({ pk, sk });
  return item === undefined ? [] : [item];
};

const isMemberItem = (item: Item) => String(item.sk).startsWith(MEMBER_PREFIX);

/** See `Store.read`. */
export const readResource = async (
  table: Table,
  scope: Scope,
  { id, include }: { id: string; include: Include },
): Promise<Loaded | undefined> => {
  if (!isId(id)) return undefined;
  const withMembers = include.members && scope.type.members !== undefined;
  const withGroups = include.groups && scope.type.memberOf !== undefined;
  const items = await readItems(table, resourceKey(scope.directory, scope.type.name, id), {
    members: withMembers,
    groups: withGroups,
  });
  const under = (sk: string) => items.find((item) => item.sk === sk);
  const resource = toStoredResource(under(RESOURCE), table.clock());
  if (resource === undefined) return undefined;
  const memberOf = toMemberOf(under(MEMBEROF), table.clock());
  const groups = withGroups && pickGroups(memberOf, await readGroupNames(table, scope, groupIdsOf(memberOf)));
  return {
    resource,
    ...(withMembers ? { members: items.filter(isMemberItem).map(toMember) } : {}),
    ...(groups ? { groups } : {}),
  };
};

/**
 * Reads a group's members. The same Query returns the group's item first, so that a deleted group has none.
 * @param groupPk the group's partition
 */
export const readMembers = async (table: Table, groupPk: string, limit = Infinity): Promise<readonly Member[]> => {
  if (limit <= 0) return [];
  const [group, ...edges] = await table.query({ pk: groupPk, from: RESOURCE, limit: limit + 1 });
  if (group?.sk !== RESOURCE || toStoredResource(group, table.clock()) === undefined) return [];
  return edges.map(toMember);
};
