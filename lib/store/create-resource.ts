/**
 * A new resource: its item, its claims and look-ups, its place in the list and the count, in one transaction without a
 * read. With more members than fit, the memberships are written first under the new id, while nobody sees the resource.
 */
import type { GroupReference, JsonObject, Member, StoredResource, WriteScope } from '../scim/index.ts';
import { own, ScimError, uniqueness } from '../scim/index.ts';
import { openGrave, type Past, resumeWrites } from './grave.ts';
import { type Entries, entriesOf, indexWrites, toIndexed, toStoredKeys } from './index-entries.ts';
import { parseAttributes, toBytes } from './items.ts';
import { countKey, createdKey, listKey, memberOfKey, resourceKey } from './keys.ts';
import { countMemberChange, type Progress, takeBack, writeSteps } from './membership.ts';
import { planMembership, unknownMembers } from './membership-plan.ts';
import { edgeKey, type GroupChange, judgeAll, type MemberStep, writesOf } from './membership-step.ts';
import { inParallel } from './parallel.ts';
import { isOwnWrite, stampOf, toStoredResource } from './stored-resource.ts';
import { sweepWrite, sweptWrite } from './sweep-item.ts';
import type { Table } from './table-calls.ts';
import { refuseTaken, takenIn } from './taken.ts';
import { type Refusals, transact, updateItem, WRITES_AT_ONCE } from './transaction.ts';
import { findUnfinished, giveUp, toDraft } from './unfinished.ts';
import type { Condition, Write } from './write.ts';

export type NewResource = {
  readonly id: string;
  readonly attributes: JsonObject;
  readonly members: readonly Member[];
  readonly joins?: readonly string[];
  /** The id was given to us: it may have been another's, and its tombstone gives way. */
  readonly restored?: boolean | undefined;
};

type Draft = {
  readonly change: GroupChange;
  readonly id: string;
  /** Ids of groups that it is in from the beginning. */
  readonly joins: readonly string[];
  readonly entries: Entries;
  /** The attributes as they are written. */
  readonly r: string;
  /** Of a restored one. */
  readonly past: Past | undefined;
};

/** At most: the resource, its MEMBEROF, its places in two orders, the count, two words that nothing is to be swept. */
const OWN_WRITES = 7;
const NO_INDEX = { claims: [], lookups: [] };
const NO_STEPS = { steps: [] };
const adding = (members: readonly Member[]) => ({ replace: false, add: members, remove: [] });
const NEW = { expression: 'attribute_not_exists(#pk)' };
const PENDING_SECONDS = 24 * 60 * 60;

/** Counters go on where a tombstone left them, because subscribers keep the highest. */
const versionOf = ({ past }: Draft) => (past?.v ?? 0) + 1;
const conditionOf = ({ past }: Draft): Condition =>
  past === undefined || past.v === 0
    ? NEW
    : { expression: 'attribute_exists(#gone) AND #v = :v', values: { ':v': past.v } };

const resumptionOf = ({ change, past }: Draft): Write[] => (past === undefined ? [] : resumeWrites(change));

const keyOf = ({ change: { scope }, id }: Draft) => resourceKey(scope.directory, scope.type.name, id);

const itemOf = (draft: Draft) => ({
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
const joinsOf = ({ change, joins }: Draft): GroupChange[] => {
  const groupType = change.scope.type.memberOf?.type;
  return groupType === undefined ? [] : joins.map((groupId) => ({ ...change, groupType, groupId }));
};

/** The groups' versions, after the fact. @returns the groups that are still there */
const countJoins = async (table: Table, draft: Draft): Promise<GroupReference[]> => {
  const { id, change } = draft;
  const counted = await inParallel(joinsOf(draft), async (join): Promise<GroupReference[]> => {
    const group = toStoredResource(await countMemberChange(table, join), table.clock());
    if (group !== undefined) {
      const display = own(group.attributes, 'displayName');
      return [{ id: group.id, display: typeof display === 'string' ? display : undefined }];
    }
    await takeBack(table, join, { done: [{ kind: 'add', id, type: change.scope.type.name }] });
    return [];
  });
  return counted.flat();
};

/** The writes that make it exist for everybody: `own` first, then claims, so that a refusal tells which. */
const appear = (draft: Draft, own: Write): Write[] => {
  const { change, id, entries, joins, past } = draft;
  const { scope, at } = change;
  const { directory, type } = scope;
  const groups = joins.length === 0 ? {} : { g: new Set(joins.map(toBytes)) };
  const memberOf: Write = {
    key: memberOfKey(directory, type.name, id),
    put: { ...stampOf(scope, at), id, type: type.name, rev: (past?.rev ?? 0) + Math.min(1, joins.length), ...groups },
  };
  return [
    own,
    ...indexWrites(id, NO_INDEX, entries).writes,
    { key: listKey(directory, type.name, id), put: {} },
    { key: createdKey(directory, type.name, { id, created: at }), put: { id } },
    { key: countKey(directory, type.name, id), update: { add: { n: 1 } } },
    ...(type.memberOf === undefined ? [] : [memberOf]),
    ...joinsOf(draft).map((join): Write => ({ key: edgeKey(join, id), put: { type: type.name } })),
    ...resumptionOf(draft),
  ];
};

const notNew = ({ change, id, past }: Draft): Error =>
  past === undefined
    ? new Error(`the id ${id} is not new`)
    : uniqueness(`id "${id}" is taken by an existing ${change.scope.type.name.toLowerCase()}`);

/** @returns when the refusal is of our own earlier success; otherwise throws what stands in the way */
const explain = async (
  table: Table,
  draft: Draft,
  { refusals, steps, first }: { refusals: Refusals; steps: readonly MemberStep[]; first: number },
): Promise<void> => {
  const { change, entries, r } = draft;
  const { scope, at } = change;
  if (isOwnWrite(refusals[0]?.item, scope, { v: versionOf(draft), at, r })) return;
  if (refusals[0] !== undefined) throw notNew(draft);
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

const createTogether = async (table: Table, draft: Draft, members: readonly Member[]): Promise<Draft> => {
  const { steps } = members.length === 0 ? NO_STEPS : await planMembership(table, draft.change, adding(members));
  const base = appear(draft, { key: keyOf(draft), put: itemOf(draft), condition: conditionOf(draft) });
  const writes = [...base, ...writesOf(draft.change, steps)];
  const refusals = await transact(table, writes, patienceOf(table, draft));
  if (refusals !== undefined) await explain(table, draft, { refusals, steps, first: base.length });
  return draft;
};

/** A create that cannot be finished leaves a tombstone that nobody ever saw, and no membership. */
const abandon = async (table: Table, draft: Draft, progress: Progress): Promise<void> => {
  const { scope, at } = draft.change;
  const ttl = Math.ceil(table.clock() / 1000) + PENDING_SECONDS;
  const update = { set: { ...stampOf(scope, at), gone: true, ttl }, remove: ['r', 'claims', 'lookups'] };
  await updateItem(table, { key: keyOf(draft), update }, { deadline: Infinity });
  await takeBack(table, draft.change, progress);
};

/** As it lies until its members are written. */
const pendingOf = (draft: Draft, condition: Condition): Write[] => {
  const { change, id, r } = draft;
  const { scope, groupType, at } = change;
  const left = { scope, kind: 'pending', type: scope.type.name, id, groupType, at, draft: toDraft(r) } as const;
  return [
    { key: keyOf(draft), put: { ...itemOf(draft), pending: true }, condition },
    sweepWrite(left),
    ...resumptionOf(draft),
  ];
};

/** @returns whether it lies there now */
const layDown = async (table: Table, draft: Draft, condition: Condition): Promise<boolean> => {
  const { scope, at } = draft.change;
  const refusals = await transact(table, pendingOf(draft, condition), scope);
  const own = { v: versionOf(draft), at, r: draft.r, pending: true } as const;
  return refusals === undefined || isOwnWrite(refusals[0]?.item, scope, own);
};

type Begun = { readonly draft: Draft; readonly steps: readonly MemberStep[] };

/** @returns what is left of a creation that ran out of time; undefined when there is none, or another request has it */
const takeUp = async (table: Table, draft: Draft, members: readonly Member[]): Promise<Begun | undefined> => {
  const found = draft.past === undefined ? await findUnfinished(table, draft.change, draft.r) : undefined;
  if (found === undefined) return undefined;
  const { id, at } = found;
  const entries = entriesOf({ scope: draft.change.scope, id, attributes: parseAttributes(draft.r) });
  const resumed: Draft = { ...draft, id, entries, change: { ...draft.change, groupId: id } };
  const { steps } = await planMembership(table, resumed.change, { ...adding(members), replace: true });
  const isTaken = await layDown(table, resumed, {
    expression: 'attribute_exists(#pending) AND attribute_not_exists(#gone) AND #at = :was',
    values: { ':was': at },
  });
  return isTaken ? { draft: resumed, steps } : undefined;
};

/** Everything is checked before the first write. */
const begin = async (table: Table, draft: Draft, members: readonly Member[]): Promise<Begun> => {
  const { scope } = draft.change;
  await refuseTaken(table, scope, { entries: draft.entries.claims, id: draft.id });
  const resumed = await takeUp(table, draft, members);
  if (resumed !== undefined) return resumed;
  const { steps } = await planMembership(table, draft.change, adding(members));
  if (!(await layDown(table, draft, conditionOf(draft)))) throw notNew(draft);
  return { draft, steps };
};

/** Out of time, what is there waits for the same request; without the table, it stays invisible until it is swept. */
const leave = async (table: Table, draft: Draft, { error, progress }: { error: unknown; progress: Progress }) => {
  if (!(error instanceof ScimError)) return;
  if (error.status === 429) await giveUp(table, draft.change);
  if (error.status < 429) await abandon(table, draft, progress);
};

/** @returns the draft under the id that it has now */
const createInSteps = async (table: Table, wanted: Draft, members: readonly Member[]): Promise<Draft> => {
  const { draft, steps } = await begin(table, wanted, members);
  const { scope } = draft.change;
  const progress: Progress = { done: [] };
  try {
    await writeSteps(table, draft.change, { steps, progress });
    const own: Write = {
      key: keyOf(draft),
      update: { remove: ['pending'] },
      condition: { expression: 'attribute_exists(#pending) AND attribute_not_exists(#gone)' },
    };
    const left = { kind: 'pending', type: scope.type.name, id: draft.id, directory: scope.directory } as const;
    const refusals = await transact(table, [...appear(draft, own), sweptWrite(left)], patienceOf(table, draft));
    if (refusals !== undefined) await explain(table, draft, { refusals, steps: [], first: 0 });
  } catch (error) {
    await leave(table, draft, { error, progress });
    throw error;
  }
  return draft;
};

/** See `Store.create`. */
export const createResource = async (
  table: Table,
  scope: WriteScope,
  { id, attributes, members, joins = [], restored }: NewResource,
): Promise<StoredResource & { readonly groups?: readonly GroupReference[] }> => {
  const at = new Date(table.clock()).toISOString();
  const change: GroupChange = { scope, groupType: scope.type.name, groupId: id, at };
  const entries = entriesOf({ scope, id, attributes });
  const past = restored === true ? await openGrave(table, change) : undefined;
  const wanted: Draft = { change, id, joins, entries, r: JSON.stringify(attributes), past };
  const base = OWN_WRITES + entries.claims.length + entries.lookups.length + joins.length + resumptionOf(wanted).length;
  const fits = base + 2 * members.length <= WRITES_AT_ONCE;
  const draft = await (fits ? createTogether : createInSteps)(table, wanted, members);
  const groups = await countJoins(table, draft);
  return {
    id: draft.id,
    attributes,
    version: versionOf(draft),
    memberVersion: 0,
    created: at,
    lastModified: at,
    indexed: toIndexed(toStoredKeys(entries)),
    ...(joins.length === 0 ? {} : { groups }),
  };
};
