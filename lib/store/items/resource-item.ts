/** Converts the items of a resource to the core's types. */
import type { Member, StoredResource, WriteScope } from '../../scim/index.ts';
import type { Item } from '../table/calls.ts';
import { MEMBER_PREFIX } from '../table/keys.ts';
import type { Condition } from '../table/write.ts';
import { fromIndexed, toIndexed } from './index-entries.ts';
import { ITEM_FORMAT, isLive, MemberItem, MemberOfItem, parseAttributes, ResourceItem } from './items.ts';

/** Actor, reason and time, set on every change. */
export const stampOf = ({ actor, reason }: Pick<WriteScope, 'actor' | 'reason'>, at: string) => ({
  s: ITEM_FORMAT,
  by: actor,
  reason,
  at,
});

/** @returns undefined for a tombstone and for a pending group */
export const toStoredResource = (item: Item | undefined, now: number): StoredResource | undefined => {
  if (item === undefined) return undefined;
  const resource = ResourceItem.parse(item);
  if (resource.r === undefined || resource.pending || !isLive(resource, now)) return undefined;
  return {
    id: resource.id,
    attributes: parseAttributes(resource.r),
    version: resource.v,
    memberVersion: resource.m,
    created: resource.created,
    lastModified: resource.at,
    indexed: toIndexed(resource),
  };
};

export const toMember = (item: Item): Member => {
  const { sk, type, display } = MemberItem.parse(item);
  return { id: sk.slice(MEMBER_PREFIX.length), type, ...(display === undefined ? {} : { display }) };
};

/** @returns undefined for a tombstone: a deleted resource is in no group */
export const toMemberOf = (item: Item | undefined, now: number): MemberOfItem | undefined => {
  if (item === undefined) return undefined;
  const memberOf = MemberOfItem.parse(item);
  return isLive(memberOf, now) ? memberOf : undefined;
};

/** Condition: the resource exists and is visible. */
export const PRESENT = 'attribute_exists(#pk) AND attribute_not_exists(#gone) AND attribute_not_exists(#pending)';

/** Condition: attributes and look-ups are as read in `before`; with `exact` (If-Match) also the members. */
export const unchangedSince = (before: StoredResource, exact: boolean): Condition => {
  const { steps } = fromIndexed(before.indexed);
  const sameSteps = steps === 0 ? 'attribute_not_exists(#i)' : '#i = :steps';
  return {
    expression: `${PRESENT} AND #v = :before AND ${sameSteps}${exact ? ' AND #m = :members' : ''}`,
    values: {
      ':before': before.version,
      ...(steps === 0 ? {} : { ':steps': steps }),
      ...(exact ? { ':members': before.memberVersion } : {}),
    },
  };
};

/**
 * Detects a lost response: DynamoDB applied the write, and its own retry then fails the condition.
 * @returns whether the item is the result of this very write
 */
export const isOwnWrite = (item: Item | undefined, scope: WriteScope, written: Partial<ResourceItem>): boolean => {
  const found = ResourceItem.safeParse(item);
  if (!found.success) return false;
  const names = ['v', 'at', 'r', 'gone', 'pending'] as const;
  return found.data.by.requestId === scope.actor.requestId && names.every((name) => found.data[name] === written[name]);
};
