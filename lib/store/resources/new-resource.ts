/** A resource about to be created: its item plus the claims, look-ups and list entry that make it visible. */
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
  /** Ids of groups that the resource joins in the same transaction. */
  readonly joins: readonly string[];
  readonly entries: Entries;
  /** The attributes as stored. */
  readonly r: string;
  /** Set if the id belonged to a deleted resource. */
  readonly tombstone: TombstoneCounters | undefined;
};

const NO_INDEX = { claims: [], lookups: [] };
const NEW = { expression: 'attribute_not_exists(#pk)' };

/** Counters continue from the tombstone's, because subscribers keep the highest. */
export const versionOf = ({ tombstone }: NewResource) => (tombstone?.v ?? 0) + 1;
/** The id is unused, or its item is still the tombstone that was read. */
export const conditionOf = ({ tombstone }: NewResource): Condition =>
  tombstone === undefined || tombstone.v === 0
    ? NEW
    : { expression: 'attribute_exists(#gone) AND #v = :v', values: { ':v': tombstone.v } };

/** Deletes the cleanup markers of the id's previous resource, whose memberships `prepareReuse` has removed. */
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

/** The groups' own items are not part of the transaction, because concurrent creates would conflict on them. */
export const joinsOf = ({ change, joins }: NewResource): GroupChange[] => {
  const groupType = change.scope.type.memberOf?.type;
  return groupType === undefined ? [] : joins.map((groupId) => ({ ...change, groupType, groupId }));
};

/**
 * The writes that make the resource visible: `own` first, then the claims, so that a refusal can be attributed by
 * position.
 */
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
    ? new Error(`id ${id} is already in use`)
    : uniqueness(`id "${id}" is taken by an existing ${change.scope.type.name.toLowerCase()}`);

/** Returns if our own earlier attempt succeeded; otherwise throws the conflict. */
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

/** A competing request has committed by now, so a read is enough to detect the conflict. */
export const retryOptionsOf = (table: Table, { change: { scope }, id, entries }: NewResource) => ({
  deadline: scope.deadline,
  beforeRetry: () => assertAvailable(table, scope, { entries: entries.claims, id }),
});
