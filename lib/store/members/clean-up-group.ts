/** Removes the memberships of a deleted group or of a deleted member, in bounded, repeatable steps. */

import { chunksOf, inParallel } from '../../common/parallel.ts';
import { ScimError } from '../../scim/index.ts';
import { markerProgressWrite } from '../items/cleanup-marker.ts';
import { fromBytes, MemberOfItem } from '../items/items.ts';
import { toMember } from '../items/resource-item.ts';
import type { Table } from '../table/calls.ts';
import { MEMBER_PREFIX, memberKey, memberOfKey, resourcePk } from '../table/keys.ts';
import { createThrottle, type Throttle } from '../table/throttle.ts';
import { transact, updateItem } from '../table/transact.ts';
import { countMemberChange } from './change-members.ts';
import {
  edgeKey,
  judgeAll,
  MEMBERS_AT_ONCE,
  type MemberStep,
  type MembershipWrite,
  writesOf,
} from './membership-writes.ts';

const GROUPS_AT_ONCE = 100;

/**
 * Removes one chunk of a deleted group's members. A refused step has lost its MEMBEROF half already; only its edge is
 * deleted.
 */
const cleanUpChunk = async (
  table: Table,
  change: MembershipWrite,
  { chunk, throttle }: { chunk: readonly MemberStep[]; throttle: Throttle },
): Promise<void> => {
  let steps = [...chunk];
  while (steps.length > 0) {
    const refusals = await transact(table, writesOf(change, steps), {
      deadline: change.scope.deadline,
      throttle,
    });
    if (refusals === undefined) return;
    const verdicts = judgeAll(steps, refusals);
    await table.deleteAll([...verdicts.keys()].map(({ id }) => edgeKey(change, id)));
    steps = steps.filter((step) => !verdicts.has(step));
  }
};

/** @returns whether the chunk was finished before the deadline */
const cleanUpInTime = async (...chunk: Parameters<typeof cleanUpChunk>): Promise<boolean> => {
  try {
    await cleanUpChunk(...chunk);
    return true;
  } catch (error) {
    if (error instanceof ScimError && error.status === 429) return false;
    throw error;
  }
};

/**
 * Removes a deleted group from all of its members, until the deadline.
 * @returns whether no membership is left
 */
export const cleanUpGroup = async (table: Table, change: MembershipWrite): Promise<boolean> => {
  const { scope, groupType, groupId } = change;
  const pk = resourcePk(scope.directory, groupType, groupId);
  const throttle = createThrottle();
  for await (const page of table.pages({ pk, from: MEMBER_PREFIX })) {
    const steps = page.map(toMember).map(({ id, type = '' }): MemberStep => ({ kind: 'remove', id, type }));
    const finished = await inParallel(chunksOf(steps, MEMBERS_AT_ONCE), (chunk) =>
      cleanUpInTime(table, change, { chunk, throttle }),
    );
    if (finished.includes(false)) return false;
  }
  return true;
};

/**
 * A deleted member. The tombstone of its MEMBEROF item lists all of its groups, because no write can add to a
 * tombstone.
 */
export type DeletedMember = Pick<MembershipWrite, 'scope' | 'groupType' | 'at'> & {
  readonly type: string;
  readonly id: string;
  /** The id of the last group that is finished. */
  readonly after?: string | undefined;
};

const leaveGroups = async (table: Table, member: DeletedMember, groups: readonly string[]): Promise<void> => {
  const { scope, groupType, at, id } = member;
  await table.deleteAll(groups.map((group) => memberKey(resourcePk(scope.directory, groupType, group), id)));
  await inParallel(groups, (groupId) => countMemberChange(table, { scope, groupType, groupId, at }));
};

/**
 * Removes a deleted member from its groups and counts the change in each group's `m`, until the deadline. After every
 * 100 groups the progress is recorded in the cleanup marker.
 * @returns whether no membership is left
 */
export const cleanUpMember = async (table: Table, member: DeletedMember): Promise<boolean> => {
  const { scope, type, id, after = '' } = member;
  const item = await table.get(memberOfKey(scope.directory, type, id));
  const remaining = [...((item && MemberOfItem.parse(item).g) ?? [])]
    .map(fromBytes)
    .filter((group) => group > after)
    .sort();
  for (const groups of chunksOf(remaining, GROUPS_AT_ONCE)) {
    if (table.clock() >= scope.deadline) return false;
    await leaveGroups(table, member, groups);
    const progress = markerProgressWrite({ kind: 'member', directory: scope.directory, type, id }, groups.at(-1) ?? '');
    if (groups.length === GROUPS_AT_ONCE) await updateItem(table, progress, scope);
  }
  return true;
};
