/**
 * One membership is a pair of items that are only ever written together, and only here: the member's edge under the
 * group, and the group's id in the set of the member's MEMBEROF item.
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

/** The group whose memberships are written: in which directory, for whom and until when. */
export type MembershipWrite = {
  readonly scope: Pick<WriteScope, 'directory' | 'actor' | 'reason' | 'deadline'>;
  /** The group's resource type: not that of `scope` when a member is deleted. */
  readonly groupType: string;
  readonly groupId: string;
  readonly at: string;
};
/** A change of the group's members that a request asks for. */
export type GroupChange = MembershipWrite & { readonly scope: WriteScope };

/** The edge, and the member's MEMBEROF. */
export const WRITES_PER_MEMBER = 2;
/** So many members in one transaction; sorted by id, so that two pushes of the same people meet in one order. */
export const MEMBERS_AT_ONCE = WRITES_AT_ONCE / WRITES_PER_MEMBER;
export const inOrder = <Step extends { readonly id: string }>(steps: readonly Step[]): Step[] =>
  [...steps].sort((a, b) => (a.id < b.id ? -1 : Number(a.id > b.id)));

/** An edge is deleted by itself only where its other half can never come back: of a deleted member, of a deleted group. */
export const edgeKey = ({ scope, groupType, groupId }: MembershipWrite, memberId: string): Key =>
  memberKey(resourcePk(scope.directory, groupType, groupId), memberId);

const add = (change: MembershipWrite, { id, type, display }: Member & { type: string }): Write[] => [
  { key: edgeKey(change, id), put: { type, display } },
  {
    key: memberOfKey(change.scope.directory, type, id),
    update: { set: stampOf(change.scope, change.at), add: { g: new Set([toBytes(change.groupId)]), rev: 1 } },
    // The member exists, is not deleted, and is not in the group already.
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

/** Only where the edge still is: a removal at the same time must stay one. */
const redisplay = (change: MembershipWrite, { id, type, display }: Member & { type: string }): Write[] => [
  { key: edgeKey(change, id), put: { type, display }, condition: { expression: 'attribute_exists(#pk)' } },
];

const writesOfStep = (change: MembershipWrite, step: MemberStep): Write[] => {
  if (step.kind === 'remove') return remove(change, step);
  return step.kind === 'add' ? add(change, step) : redisplay(change, step);
};

export const writesOf = (change: MembershipWrite, steps: readonly MemberStep[]): Write[] =>
  steps.flatMap((step) => writesOfStep(change, step));

/** `done`: it is so already. `noMember`: who should become a member does not exist. `stray`: the edge of a deleted member. */
export type Verdict = 'done' | 'noMember' | 'orphaned';

const judge = (step: MemberStep, item: Item | undefined): Verdict => {
  if (step.kind === 'redisplay') return 'done';
  const memberOf = MemberOfItem.safeParse(item);
  const dead = !memberOf.success || memberOf.data.gone === true;
  if (!dead) return 'done';
  return step.kind === 'add' ? 'noMember' : 'orphaned';
};

/**
 * What a refused transaction says of each step.
 * @param first the position of the steps' first write
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

export const holds = (memberOf: MemberOfItem, groupId: string): boolean =>
  [...(memberOf.g ?? [])].some((bytes) => fromBytes(bytes) === groupId);

export const groupNotFound = ({ groupType, groupId }: GroupChange) => notFound(groupType, groupId);
