/** Memberships of a deleted group, and those of a deleted member: taken away in bounded, repeatable steps. */

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

/** One chunk of a deleted group's members: what is refused has lost its other half already. */
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

/** @returns whether it was done before the deadline */
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
 * Takes a deleted group out of its members, until the deadline.
 * @returns whether nothing is left
 */
export const cleanUpGroup = async (table: Table, change: MembershipWrite): Promise<boolean> => {
  const { scope, groupType, groupId } = change;
  const pk = resourcePk(scope.directory, groupType, groupId);
  const throttle = createThrottle();
  for await (const page of table.pages({ pk, from: MEMBER_PREFIX })) {
    const steps = page.map(toMember).map(({ id, type = '' }): MemberStep => ({ kind: 'remove', id, type }));
    const isSwept = await inParallel(chunksOf(steps, MEMBERS_AT_ONCE), (chunk) =>
      cleanUpInTime(table, change, { chunk, throttle }),
    );
    if (isSwept.includes(false)) return false;
  }
  return true;
};

/** A deleted member: nobody can add to the tombstone of its MEMBEROF item, so what that names is all there is. */
export type DeletedMember = Pick<MembershipWrite, 'scope' | 'groupType' | 'at'> & {
  readonly type: string;
  readonly id: string;
  /** The id of the last group that is done. */
  readonly after?: string | undefined;
};

const leaveGroups = async (table: Table, member: DeletedMember, groups: readonly string[]): Promise<void> => {
  const { scope, groupType, at, id } = member;
  await table.deleteAll(groups.map((group) => memberKey(resourcePk(scope.directory, groupType, group), id)));
  await inParallel(groups, (groupId) => countMemberChange(table, { scope, groupType, groupId, at }));
};

/**
 * Takes a deleted member out of its groups, and counts that in them, until the deadline. Each hundred groups are noted
 * in the word to the sweeper.
 * @returns whether nothing is left
 */
export const cleanUpMember = async (table: Table, member: DeletedMember): Promise<boolean> => {
  const { scope, type, id, after = '' } = member;
  const item = await table.get(memberOfKey(scope.directory, type, id));
  const left = [...((item && MemberOfItem.parse(item).g) ?? [])]
    .map(fromBytes)
    .filter((group) => group > after)
    .sort();
  for (const groups of chunksOf(left, GROUPS_AT_ONCE)) {
    if (table.clock() >= scope.deadline) return false;
    await leaveGroups(table, member, groups);
    const note = markerProgressWrite({ kind: 'member', directory: scope.directory, type, id }, groups.at(-1) ?? '');
    if (groups.length === GROUPS_AT_ONCE) await updateItem(table, note, scope);
  }
  return true;
};
