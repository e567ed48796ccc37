/** A resource that is to be: its item, and all that makes it exist for everybody (claims, look-ups, its place in the list). */
import { uniqueness } from '../../scim/index.ts';
import { type Entries, indexWrites, toStoredKeys } from '../items/index-entries.ts';
import { toBytes } from '../items/items.ts';
import { isOwnWrite, stampOf } from '../items/resource-item.ts';
import { edgeKey, type GroupChange, judgeAll, type MemberStep } from '../members/membership-writes.ts';
import { unknownMembers } from '../members/plan-membership.ts';
import type { Table } from '../table/calls.ts';
import { countKey, createdKey, listKey, memberOfKey, resourceKey } from '../table/keys.ts';
import type { Refusals } from '../table/transact.ts';
import type { Condition, Write } from '../table/write.ts';
import { clearMarkersWrites, type TombstoneCounters } from './restore.ts';
import { assertAvailable, findConflict } from './uniqueness-conflict.ts';

export type NewResource = {
  readonly change: GroupChange;
  readonly id: string;
  /** Ids of groups that it is in from the beginning. */
  readonly joins: readonly string[];
  readonly entries: Entries;
  /** The attributes as they are written. */
  readonly r: string;
  /** Of a restored one. */
  readonly tombstone: TombstoneCounters | undefined;
};

const NO_INDEX = { claims: [], lookups: [] };
const NEW = { expression: 'attribute_not_exists(#pk)' };

/** Counters go on where a tombstone left them, because subscribers keep the highest. */
export const versionOf = ({ tombstone }: NewResource) => (tombstone?.v ?? 0) + 1;
/** It is new, or the tombstone gives way that it was read from. */
export const conditionOf = ({ tombstone }: NewResource): Condition =>
  tombstone === undefined || tombstone.v === 0
    ? NEW
    : { expression: 'attribute_exists(#gone) AND #v = :v', values: { ':v': tombstone.v } };

/** Whatever was to be swept of the one before it is done. */
export const clearOldMarkers = ({ change, tombstone }: NewResource): Write[] =>
  tombstone === undefined ? [] : clearMarkersWrites(change);

export const keyOf = ({ change: { scope }, id }: NewResource) => resourceKey(scope.directory, scope.type.name, id);

export const itemOf = (draft: NewResource) => ({
  ...stampOf(draft.change.scope, draft.change.at),
  id: draft.id,
  type: draft.change.scope.type.name,
  v: versionOf(draft),
  m: 0,
  created: draft.change.at,
  r: draft.r,
  ...toStoredKeys(draft.entries),
});

/** The groups' own items stay out of the transaction: creations at once would refuse each other by them. */
export const joinsOf = ({ change, joins }: NewResource): GroupChange[] => {
  const groupType = change.scope.type.memberOf?.type;
  return groupType === undefined ? [] : joins.map((groupId) => ({ ...change, groupType, groupId }));
};

/** The writes that make it exist for everybody: `own` first, then claims, so that a refusal tells which. */
export const visibleWrites = (draft: NewResource, own: Write): Write[] => {
  const { change, id, entries, joins, tombstone } = draft;
  const { scope, at } = change;
  const { directory, type } = scope;
  const groups = joins.length === 0 ? {} : { g: new Set(joins.map(toBytes)) };
  const memberOf: Write = {
    key: memberOfKey(directory, type.name, id),
    put: {
      ...stampOf(scope, at),
      id,
      type: type.name,
      rev: (tombstone?.rev ?? 0) + Math.min(1, joins.length),
      ...groups,
    },
  };
  return [
    own,
    ...indexWrites(id, NO_INDEX, entries).writes,
    { key: listKey(directory, type.name, id), put: {} },
    { key: createdKey(directory, type.name, { id, created: at }), put: { id } },
    { key: countKey(directory, type.name, id), update: { add: { n: 1 } } },
    ...(type.memberOf === undefined ? [] : [memberOf]),
    ...joinsOf(draft).map((join): Write => ({ key: edgeKey(join, id), put: { type: type.name } })),
    ...clearOldMarkers(draft),
  ];
};

export const idConflict = ({ change, id, tombstone }: NewResource): Error =>
  tombstone === undefined
    ? new Error(`the id ${id} is not new`)
    : uniqueness(`id "${id}" is taken by an existing ${change.scope.type.name.toLowerCase()}`);

/** @returns when the refusal is of our own earlier success; otherwise throws what stands in the way */
export const resolveRefusal = async (
  table: Table,
  draft: NewResource,
  { refusals, steps, first }: { refusals: Refusals; steps: readonly MemberStep[]; first: number },
): Promise<void> => {
  const { change, entries, r } = draft;
  const { scope, at } = change;
  if (isOwnWrite(refusals[0]?.item, scope, { v: versionOf(draft), at, r })) return;
  if (refusals[0] !== undefined) throw idConflict(draft);
  const conflict = await findConflict(table, scope, { entries: entries.claims, refusals, first: 1 });
  if (conflict !== undefined) throw conflict;
  const gone = [...judgeAll(steps, refusals, first)].filter(([, verdict]) => verdict === 'noMember');
  throw unknownMembers(
    change,
    gone.map(([step]) => step.id),
  );
};

/** Whoever races us for a value has it by now: no further transaction is needed to know. */
export const retryOptionsOf = (table: Table, { change: { scope }, id, entries }: NewResource) => ({
  deadline: scope.deadline,
  beforeRetry: () => assertAvailable(table, scope, { entries: entries.claims, id }),
});
