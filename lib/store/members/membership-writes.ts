/**
 * A membership consists of two halves: the member's edge item under the group, and the group's id in the set `g` of the
 * member's MEMBEROF item. Only this file writes them, and always both in one transaction.
 */
import { type Member, notFound, type WriteScope } from '../../scim/index.ts';
import { fromBytes, MemberOfItem, toBytes } from '../items/items.ts';
import { stampOf } from '../items/resource-item.ts';
import type { Item } from '../table/calls.ts';
import { type Key, memberKey, memberOfKey, resourcePk } from '../table/keys.ts';
import { type Refusals, WRITES_AT_ONCE } from '../table/transact.ts';
import type { Write } from '../table/write.ts';

export type MemberStep =
  | {
      readonly kind: 'add' | 'redisplay';
      readonly id: string;
      readonly type: string;
      readonly display?: string | undefined;
    }
  | { readonly kind: 'remove'; readonly id: string; readonly type: string };

/** The group whose memberships are written, with directory, actor, reason and deadline. */
export type MembershipWrite = {
  readonly scope: Pick<WriteScope, 'directory' | 'actor' | 'reason' | 'deadline'>;
  /** The group's resource type. Differs from that of `scope` when a member is deleted. */
  readonly groupType: string;
  readonly groupId: string;
  readonly at: string;
};
/** A change of a group's members by a request on the group. */
export type GroupChange = MembershipWrite & { readonly scope: WriteScope };

/** The edge, and the member's MEMBEROF. */
export const WRITES_PER_MEMBER = 2;
/**
 * Members per transaction. Steps are sorted by id, so that two requests with the same members write them in the same
 * order.
 */
export const MEMBERS_AT_ONCE = WRITES_AT_ONCE / WRITES_PER_MEMBER;
export const sortById = <Step extends { readonly id: string }>(steps: readonly Step[]): Step[] =>
  [...steps].sort((a, b) => (a.id < b.id ? -1 : Number(a.id > b.id)));

/**
 * The key of an edge. An edge is deleted alone only if its member or its group is deleted, so that its other half
 * cannot return.
 */
export const edgeKey = ({ scope, groupType, groupId }: MembershipWrite, memberId: string): Key =>
  memberKey(resourcePk(scope.directory, groupType, groupId), memberId);

const add = (change: MembershipWrite, { id, type, display }: Member & { type: string }): Write[] => [
  { key: edgeKey(change, id), put: { type, display } },
  {
    key: memberOfKey(change.scope.directory, type, id),
    update: { set: stampOf(change.scope, change.at), add: { g: new Set([toBytes(change.groupId)]), rev: 1 } },
    // The member exists, is not deleted, and is not in the group yet.
    condition: {
      expression: 'attribute_exists(#pk) AND attribute_not_exists(#gone) AND NOT contains(#g, :group)',
      values: { ':group': toBytes(change.groupId) },
    },
  },
];

const remove = (change: MembershipWrite, { id, type }: { id: string; type: string }): Write[] => [
  { key: edgeKey(change, id), delete: true },
  {
    key: memberOfKey(change.scope.directory, type, id),
    update: {
      set: stampOf(change.scope, change.at),
      deleteFromSet: { g: new Set([toBytes(change.groupId)]) },
      add: { rev: 1 },
    },
    condition: {
      expression: 'attribute_not_exists(#gone) AND contains(#g, :group)',
      values: { ':group': toBytes(change.groupId) },
    },
  },
];

/** Conditional on the edge, so that it does not undo a concurrent removal. */
const redisplay = (change: MembershipWrite, { id, type, display }: Member & { type: string }): Write[] => [
  { key: edgeKey(change, id), put: { type, display }, condition: { expression: 'attribute_exists(#pk)' } },
];

const writesOfStep = (change: MembershipWrite, step: MemberStep): Write[] => {
  if (step.kind === 'remove') return remove(change, step);
  return step.kind === 'add' ? add(change, step) : redisplay(change, step);
};

export const writesOf = (change: MembershipWrite, steps: readonly MemberStep[]): Write[] =>
  steps.flatMap((step) => writesOfStep(change, step));

/**
 * Why a step was refused. `done`: already in effect. `noMember`: the new member does not exist. `orphaned`: the edge
 * belongs to a deleted member.
 */
export type Verdict = 'done' | 'noMember' | 'orphaned';

const judge = (step: MemberStep, item: Item | undefined): Verdict => {
  if (step.kind === 'redisplay') return 'done';
  const memberOf = MemberOfItem.safeParse(item);
  const dead = !memberOf.success || memberOf.data.gone === true;
  if (!dead) return 'done';
  return step.kind === 'add' ? 'noMember' : 'orphaned';
};

/**
 * @param first the position of the steps' first write in the transaction
 * @returns the verdicts on the refused steps of a cancelled transaction
 */
export const judgeAll = (steps: readonly MemberStep[], refusals: Refusals, first = 0): Map<MemberStep, Verdict> => {
  const verdicts = new Map<MemberStep, Verdict>();
  let position = first;
  for (const step of steps) {
    position += step.kind === 'redisplay' ? 1 : 2;
    const refusal = refusals[position - 1];
    if (refusal !== undefined) verdicts.set(step, judge(step, refusal.item));
  }
  return verdicts;
};

export const isMemberOf = (memberOf: MemberOfItem, groupId: string): boolean =>
  [...(memberOf.g ?? [])].some((bytes) => fromBytes(bytes) === groupId);

export const groupNotFound = ({ groupType, groupId }: GroupChange) => notFound(groupType, groupId);
