/**
 * Updates a resource's attributes and members, conditional on the state they were computed from. A change that fits is
 * one transaction. A larger one is checked in full first; then the members are written in steps, the group's attributes
 * last.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  type Change,
  type JsonObject,
  notFinished,
  type StoredResource,
  unavailable,
  type WriteScope,
} from '../../scim/index.ts';
import { type Claim, entriesOf, fromIndexed, indexWrites, toIndexed, toStoredKeys } from '../items/index-entries.ts';
import { isOwnWrite, stampOf, toStoredResource, unchangedSince } from '../items/resource-item.ts';
import { changeMembers } from '../members/change-members.ts';
import { edgeKey, type GroupChange, judgeAll, type MemberStep, writesOf } from '../members/membership-writes.ts';
import { type MembershipPlan, planMembership, unknownMembers } from '../members/plan-membership.ts';
import type { Item, Table } from '../table/calls.ts';
import { resourceKey } from '../table/keys.ts';
import { transact, updateItem, WRITES_AT_ONCE } from '../table/transact.ts';
import type { Write } from '../table/write.ts';
import { addLookups } from './lookup-steps.ts';
import { assertAvailable, findConflict } from './uniqueness-conflict.ts';

/** A change of the resource's own item, computed from `before`. */
type OwnChange = {
  readonly change: GroupChange;
  readonly before: StoredResource;
  /** If-Match: conditional on the members too. */
  readonly exact: boolean;
  /** The new attributes; undefined: unchanged. */
  readonly attributes: JsonObject | undefined;
  /** 1 when the request changes members. */
  readonly membersChanged: 0 | 1;
};

type Rewrite = {
  readonly own: Write & { readonly update: { readonly set: Item; readonly add?: Item } };
  readonly gained: readonly Claim[];
  readonly index: readonly Write[];
  /** Identifies our own write after a lost response. */
  readonly written: { readonly v: number; readonly r: string; readonly at: string } | undefined;
  /** The resource after the write. */
  readonly after: StoredResource;
};

const NO_INDEX_CHANGE: ReturnType<typeof indexWrites> = { gained: [], writes: [] };

const rewriteOf = ({ change, before, exact, attributes, membersChanged }: OwnChange): Rewrite => {
  const { scope, at } = change;
  const entries = attributes && entriesOf({ scope, id: before.id, attributes });
  const indexed = entries && toStoredKeys(entries);
  const current = fromIndexed(before.indexed);
  const { gained, writes } = entries === undefined ? NO_INDEX_CHANGE : indexWrites(before.id, current, entries);
  const version = before.version + 1;
  const written = attributes && { v: version, r: JSON.stringify(attributes), at };
  // A writer whose members are not counted yet must notice this If-Match write: it raises `i`.
  const exactCount = exact ? membersChanged : 0;
  const steps = current.steps + exactCount;
  return {
    own: {
      key: resourceKey(scope.directory, scope.type.name, before.id),
      update: {
        set: { ...stampOf(scope, at), ...written, ...indexed },
        ...(membersChanged === 0 ? {} : { add: { m: membersChanged, ...(exactCount === 0 ? {} : { i: exactCount }) } }),
      },
      condition: unchangedSince(before, exact),
    },
    gained,
    index: writes,
    written,
    after: {
      ...before,
      ...(attributes === undefined ? {} : { attributes, version }),
      memberVersion: before.memberVersion + membersChanged,
      lastModified: at,
      indexed: toIndexed({ ...current, ...indexed, i: steps }),
    },
  };
};

/** @returns the written resource if the refusal shows our own write, whose response was lost; otherwise `'stale'` */
const afterRefusal = (scope: WriteScope, rewrite: Rewrite, item: Item | undefined): StoredResource | 'stale' => {
  const isOurs = rewrite.written !== undefined && isOwnWrite(item, scope, rewrite.written);
  return isOurs ? rewrite.after : 'stale';
};

/**
 * One conditional UpdateItem, for a change without index writes.
 * @throws unavailable() if the outcome of a conditional write can no longer be determined
 */
const writeItem = async (table: Table, { change: { scope }, exact }: OwnChange, rewrite: Rewrite) => {
  const outcome = await updateItem(table, rewrite.own, scope);
  if ('done' in outcome) return toStoredResource(outcome.done, table.clock()) ?? 'stale';
  const after = afterRefusal(scope, rewrite, outcome.refusal.item);
  // Without If-Match the change is recomputed and at worst applied twice. With If-Match, 412 would claim that it was
  // not applied.
  if (after === 'stale' && exact && outcome.refusal.isUnclear)
    throw unavailable(new Error('response lost, then overwritten'));
  return after;
};

/**
 * Handles a change of more look-ups than one transaction holds: adds the new ones first; the change itself deletes the
 * old ones.
 * @throws uniqueness
 */
const writeAfterLookups = async (table: Table, own: OwnChange, attributes: JsonObject) => {
  const { before, change } = own;
  const { scope } = change;
  await assertAvailable(table, scope, { entries: rewriteOf(own).gained, id: before.id });
  const wanted = toStoredKeys(entriesOf({ scope, id: before.id, attributes })).lookups;
  const prepared = await addLookups(table, scope, { before, wanted });
  return prepared === 'stale' ? 'stale' : writeTogether(table, { ...own, before: prepared }, []);
};

/**
 * Writes all of a change in one transaction: the resource's item first, then its index, then members.
 * @throws uniqueness; invalidValue if a member is deleted meanwhile
 */
const writeTogether = async (
  table: Table,
  own: OwnChange,
  steps: readonly MemberStep[],
): Promise<StoredResource | 'stale'> => {
  const { change, before, attributes } = own;
  const { scope } = change;
  const rewrite = rewriteOf(own);
  if (rewrite.index.length === 0 && steps.length === 0) return writeItem(table, own, rewrite);
  const writes = [rewrite.own, ...rewrite.index, ...writesOf(change, steps)];
  if (writes.length > WRITES_AT_ONCE && attributes !== undefined) return writeAfterLookups(table, own, attributes);
  const refusals = await transact(table, writes, scope);
  if (refusals === undefined) return rewrite.after;
  if (refusals[0] !== undefined) return afterRefusal(scope, rewrite, refusals[0].item);
  const conflict = await findConflict(table, scope, { entries: rewrite.gained, refusals, first: 1 });
  if (conflict !== undefined) throw conflict;
  const verdicts = judgeAll(steps, refusals, 1 + rewrite.index.length);
  const gone = steps.filter((step) => verdicts.get(step) === 'noMember').map(({ id }) => id);
  if (gone.length > 0) throw unknownMembers(change, gone);
  const orphanedEdges = steps.filter((step) => verdicts.get(step) === 'orphaned');
  await table.deleteAll(orphanedEdges.map(({ id }) => edgeKey(change, id)));
  const remaining = steps.filter((step) => !verdicts.has(step));
  if (remaining.length === 0 && orphanedEdges.length === 0 && attributes === undefined) return before;
  const membersChanged = remaining.length + orphanedEdges.length > 0 ? 1 : 0;
  return writeTogether(table, { ...own, membersChanged }, remaining);
};

/** @returns whether an If-Match write happened meanwhile: it may have undone the members just written */
const hasConditionalWrite = (before: StoredResource, counted: StoredResource): boolean =>
  fromIndexed(before.indexed).steps !== fromIndexed(counted.indexed).steps;

/** Writes members in steps. With If-Match the version is taken before them; attributes are written after them. */
const writeInSteps = async (
  table: Table,
  own: OwnChange,
  steps: readonly MemberStep[],
): Promise<StoredResource | 'stale'> => {
  const { change, before, exact, attributes } = own;
  if (attributes !== undefined)
    await assertAvailable(table, change.scope, { entries: rewriteOf(own).gained, id: before.id });
  let base = before;
  if (exact) {
    // Takes the new version first. It fails if the members have moved; afterwards every update computed before it
    // fails.
    const claimed = await writeItem(table, own, rewriteOf({ ...own, attributes: undefined }));
    if (claimed === 'stale') return 'stale';
    base = claimed;
  }
  const item = await changeMembers(table, change, { steps });
  const counted = toStoredResource(item, table.clock()) ?? 'stale';
  if (counted === 'stale' || (!exact && hasConditionalWrite(before, counted))) return 'stale';
  if (attributes === undefined) return counted;
  if (table.clock() >= change.scope.deadline) throw notFinished();
  // A new stamp: with the old one, the group would be older than its members, and they would look uncounted.
  const late = { ...change, at: new Date(table.clock()).toISOString() };
  const after = await writeTogether(table, { ...own, change: late, before: base, exact: false, membersChanged: 0 }, []);
  return after === 'stale' ? after : { ...after, memberVersion: Math.max(after.memberVersion, counted.memberVersion) };
};

const fitsTogether = (own: OwnChange, steps: readonly MemberStep[]): boolean =>
  1 + rewriteOf(own).index.length + 2 * steps.length <= WRITES_AT_ONCE;

/** Equality as JSON, regardless of key order. */
const isSame = (a: JsonObject, b: JsonObject) => isDeepStrictEqual(JSON.parse(JSON.stringify(a)), b);

/** See `Store.update`. */
export const updateResource = async (
  table: Table,
  scope: WriteScope,
  { before, change }: { before: StoredResource; change: Change },
): Promise<StoredResource | 'stale'> => {
  const at = new Date(table.clock()).toISOString();
  const group: GroupChange = { scope, groupType: scope.type.name, groupId: before.id, at };
  const attributes =
    change.attributes === undefined || isSame(change.attributes, before.attributes) ? undefined : change.attributes;
  const { steps, orphanedEdges }: MembershipPlan = await planMembership(table, group, change.members);
  if (attributes === undefined && steps.length === 0 && orphanedEdges.length === 0) return before;
  await table.deleteAll(orphanedEdges.map((id) => edgeKey(group, id)));
  const membersChanged = steps.length + orphanedEdges.length > 0 ? 1 : 0;
  const own: OwnChange = { change: group, before, exact: change.exact, attributes, membersChanged };
  const writesItem = change.exact || attributes !== undefined;
  if (writesItem && (steps.length === 0 || fitsTogether(own, steps))) return writeTogether(table, own, steps);
  return writeInSteps(table, own, steps);
};
