/**
 * Prepares a deleted resource's id for reuse: removes the memberships that its deletion has left, and keeps the
 * counters of its tombstone, so that versions and sequences never decrease.
 */
import { notFinished } from '../../scim/index.ts';
import { clearMarkerWrite } from '../items/cleanup-marker.ts';
import { fromBytes, MemberOfItem, ResourceItem } from '../items/items.ts';
import { cleanUpGroup } from '../members/clean-up-group.ts';
import type { GroupChange } from '../members/membership-writes.ts';
import type { Table } from '../table/calls.ts';
import { memberKey, resourcePk } from '../table/keys.ts';
import { MEMBEROF, RESOURCE } from '../table/names.ts';
import type { Write } from '../table/write.ts';

/** The last version and membership revision of the id; 0 without a tombstone. */
export type TombstoneCounters = { readonly v: number; readonly rev: number };

/**
 * Deletes edges left by an interrupted deletion. The tombstone lists all of their groups, because no write can add to
 * it.
 */
const deleteOldEdges = async (table: Table, { scope, groupId }: GroupChange, memberOf: MemberOfItem) => {
  const groupType = scope.type.memberOf?.type ?? '';
  const groups = [...(memberOf.g ?? [])].map(fromBytes);
  await table.deleteAll(groups.map((group) => memberKey(resourcePk(scope.directory, groupType, group), groupId)));
};

/**
 * @param change `groupId` is the id of the resource, of any type
 * @returns zeros if the id was never used, or is in use: the create then fails on its condition
 * @throws notFinished if old memberships remain at the deadline
 */
export const prepareReuse = async (table: Table, change: GroupChange): Promise<TombstoneCounters> => {
  const { scope, groupId } = change;
  const pk = resourcePk(scope.directory, scope.type.name, groupId);
  const items = await table.query({ pk, from: MEMBEROF, to: RESOURCE });
  const resource = ResourceItem.safeParse(items.find(({ sk }) => sk === RESOURCE)).data;
  if (resource !== undefined && resource.gone === undefined) return { v: 0, rev: 0 };
  const memberOf = MemberOfItem.safeParse(items.find(({ sk }) => sk === MEMBEROF)).data;
  if (memberOf !== undefined) await deleteOldEdges(table, change, memberOf);
  if (scope.type.members !== undefined) {
    if (!(await cleanUpGroup(table, change))) throw notFinished();
  }
  return { v: resource?.v ?? 0, rev: memberOf?.rev ?? 0 };
};

/** Deletes the id's cleanup markers, so that the sweeper does not remove its new memberships. */
export const clearMarkersWrites = ({ scope, groupId }: GroupChange): Write[] => {
  const marker = { directory: scope.directory, type: scope.type.name, id: groupId };
  const kinds = ['member', ...(scope.type.members === undefined ? [] : (['group'] as const))] as const;
  return kinds.map((kind) => clearMarkerWrite({ ...marker, kind }));
};
