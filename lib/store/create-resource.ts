/**
 * A new resource: its item, its claims and look-ups, its place in the list and the count, in one transaction without a
 * read. With more members than fit, the memberships are written first under the new id, while nobody sees the resource.
 */
import type { JsonObject, Member, StoredResource, WriteScope } from '../scim/index.ts';
import { ScimError } from '../scim/index.ts';
import { type Entries, entriesOf, indexWrites, pksOf, toIndexed } from './index-entries.ts';
import { countKey, listKey, memberOfKey, resourceKey } from './keys.ts';
import { type Progress, takeBack, writeSteps } from './membership.ts';
import { planMembership, unknownMembers } from './membership-plan.ts';
import { type GroupChange, judgeAll, type MemberStep, writesOf } from './membership-step.ts';
import { isOwnWrite, stampOf } from './stored-resource.ts';
import type { Table } from './table-calls.ts';
import { refuseTaken, takenIn } from './taken.ts';
import { type Refusals, transact, updateItem, WRITES_AT_ONCE } from './transaction.ts';
import type { Write } from './write.ts';

export type NewResource = {
  readonly id: string;
  readonly attributes: JsonObject;
  readonly members: readonly Member[];
};

type Draft = {
  readonly change: GroupChange;
  readonly id: string;
  readonly entries: Entries;
  /** The attributes as they are written. */
  readonly r: string;
};

const NO_INDEX = { claims: [], lookups: [] };
const NEW = { expression: 'attribute_not_exists(#pk)' };
const PENDING_SECONDS = 24 * 60 * 60;

const keyOf = ({ change: { scope }, id }: Draft) => resourceKey(scope.directory, scope.type.name, id);

const itemOf = ({ change, id, entries, r }: Draft) => ({
  ...stampOf(change.scope, change.at),
  id,
  type: change.scope.type.name,
  v: 1,
  m: 0,
  created: change.at,
  r,
  claims: pksOf(entries.claims),
  lookups: pksOf(entries.lookups),
});

/** The writes that make it exist for everybody: `own` first, then claims, so that a refusal tells which. */
const appear = ({ change, id, entries }: Draft, own: Write): Write[] => {
  const { scope, at } = change;
  const { directory, type } = scope;
  const memberOf: Write = {
    key: memberOfKey(directory, type.name, id),
    put: { ...stampOf(scope, at), id, type: type.name, rev: 0 },
  };
  return [
    own,
    ...indexWrites(id, NO_INDEX, entries).writes,
    { key: listKey(directory, type.name, id), put: {} },
    { key: countKey(directory, type.name, id), update: { add: { n: 1 } } },
    ...(type.memberOf === undefined ? [] : [memberOf]),
  ];
};

/** @returns when the refusal is of our own earlier success; otherwise throws what stands in the way */
const explain = async (
  table: Table,
  { change, id, entries, r }: Draft,
  { refusals, steps, first }: { refusals: Refusals; steps: readonly MemberStep[]; first: number },
): Promise<void> => {
  const { scope, at } = change;
  if (isOwnWrite(refusals[0]?.item, scope, { v: 1, at, r })) return;
  if (refusals[0] !== undefined) throw new Error(`the id ${id} is not new`);
  const conflict = await takenIn(table, scope, { entries: entries.claims, refusals, first: 1 });
  if (conflict !== undefined) throw conflict;
  const gone = [...judgeAll(steps, refusals, first)].filter(([, verdict]) => verdict === 'noMember');
  throw unknownMembers(
    change,
    gone.map(([step]) => step.id),
  );
};

/** Whoever races us for a value has it by now: no further transaction is needed to know. */
const patienceOf = (table: Table, { change: { scope }, id, entries }: Draft) => ({
  deadline: scope.deadline,
  beforeRetry: () => refuseTaken(table, scope, { entries: entries.claims, id }),
});

const createTogether = async (table: Table, draft: Draft, steps: readonly MemberStep[]): Promise<void> => {
  const base = appear(draft, { key: keyOf(draft), put: itemOf(draft), condition: NEW });
  const writes = [...base, ...writesOf(draft.change, steps)];
  const refusals = await transact(table, writes, patienceOf(table, draft));
  if (refusals !== undefined) await explain(table, draft, { refusals, steps, first: base.length });
};

/** A create that cannot be finished leaves a tombstone that nobody ever saw, and no membership. */
const abandon = async (table: Table, draft: Draft, progress: Progress): Promise<void> => {
  const { scope, at } = draft.change;
  const ttl = Math.ceil(table.clock() / 1000) + PENDING_SECONDS;
  const update = { set: { ...stampOf(scope, at), gone: true, ttl }, remove: ['r', 'claims', 'lookups'] };
  await updateItem(table, { key: keyOf(draft), update }, { deadline: Number.POSITIVE_INFINITY });
  await takeBack(table, draft.change, progress);
};

const createInSteps = async (table: Table, draft: Draft, steps: readonly MemberStep[]): Promise<void> => {
  const { scope } = draft.change;
  const key = keyOf(draft);
  const progress: Progress = { done: [] };
  await refuseTaken(table, scope, { entries: draft.entries.claims, id: draft.id });
  // With an end: a create that dies on the way is named by nothing that could take it away.
  const ttl = Math.ceil(table.clock() / 1000) + PENDING_SECONDS;
  const begin: Write = { key, put: { ...itemOf(draft), pending: true, ttl }, condition: NEW };
  const begun = await transact(table, [begin], scope);
  if (
    begun !== undefined &&
    !isOwnWrite(begun[0]?.item, scope, { v: 1, at: draft.change.at, r: draft.r, pending: true })
  )
    throw new Error(`the id ${draft.id} is not new`);
  try {
    await writeSteps(table, draft.change, { steps, progress });
    const own: Write = {
      key,
      update: { remove: ['pending', 'ttl'] },
      condition: { expression: 'attribute_exists(#pending) AND attribute_not_exists(#gone)' },
    };
    const refusals = await transact(table, appear(draft, own), patienceOf(table, draft));
    if (refusals !== undefined) await explain(table, draft, { refusals, steps: [], first: 0 });
  } catch (error) {
    // Out of time, or without the table, nothing more can be done here: what is left stays invisible.
    if (error instanceof ScimError && error.status < 429) await abandon(table, draft, progress);
    throw error;
  }
};

/** See `Store.create`. */
export const createResource = async (
  table: Table,
  scope: WriteScope,
  { id, attributes, members }: NewResource,
): Promise<StoredResource> => {
  const at = new Date(table.clock()).toISOString();
  const change: GroupChange = { scope, groupType: scope.type.name, groupId: id, at };
  const entries = entriesOf(scope, attributes);
  const draft: Draft = { change, id, entries, r: JSON.stringify(attributes) };
  const steps =
    members.length === 0
      ? []
      : (await planMembership(table, change, { replace: false, add: members, remove: [] })).steps;
  const base = 4 + entries.claims.length + entries.lookups.length;
  if (base + 2 * steps.length <= WRITES_AT_ONCE) await createTogether(table, draft, steps);
  else await createInSteps(table, draft, steps);
  return {
    id,
    attributes,
    version: 1,
    memberVersion: 0,
    created: at,
    lastModified: at,
    indexed: toIndexed({ claims: pksOf(entries.claims), lookups: pksOf(entries.lookups) }),
  };
};
