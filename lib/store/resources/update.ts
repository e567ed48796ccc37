/**
 * Changes of a resource's attributes and members, conditional on what they were computed from. What fits into one
 * transaction is one; beyond that everything is checked first, then come the members, the group's own attributes last.
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

/** A change of the group's own item, as computed from `before`. */
type OwnChange = {
  readonly change: GroupChange;
  readonly before: StoredResource;
  /** Conditional on the members too. */
  readonly exact: boolean;
  /** The attributes as they shall be; undefined: unchanged. */
  readonly attributes: JsonObject | undefined;
  /** 1 when the request changes members. */
  readonly membersChanged: 0 | 1;
};

type Rewrite = {
  readonly own: Write & { readonly update: { readonly set: Item; readonly add?: Item } };
  readonly gained: readonly Claim[];
  readonly index: readonly Write[];
  /** By what a write of attributes is known again. */
  readonly written: { readonly v: number; readonly r: string; readonly at: string } | undefined;
  /** The resource, once it is written. */
  readonly after: StoredResource;
};

const NO_INDEX_CHANGE: ReturnType<typeof indexWrites> = { gained: [], writes: [] };

const rewriteOf = ({ change, before, exact, attributes, membersChanged }: OwnChange): Rewrite => {
  const { scope, at } = change;
  const entries = attributes && entriesOf({ scope, id: before.id, attributes });
  const indexed = entries && toStoredKeys(entries);
  const known = fromIndexed(before.indexed);
  const { gained, writes } = entries === undefined ? NO_INDEX_CHANGE : indexWrites(before.id, known, entries);
  const version = before.version + 1;
  const written = attributes && { v: version, r: JSON.stringify(attributes), at };
  // Whoever has written members that are not counted yet must see that somebody insisted on what was before them.
  const exactCount = exact ? membersChanged : 0;
  const steps = known.steps + exactCount;
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
      indexed: toIndexed({ ...known, ...indexed, i: steps }),
    },
  };
};

/** @returns the resource after a refused write of its own item: ours, if it was done without an answer */
const afterRefusal = (scope: WriteScope, rewrite: Rewrite, item: Item | undefined): StoredResource | 'stale' => {
  const isOurs = rewrite.written !== undefined && isOwnWrite(item, scope, rewrite.written);
  return isOurs ? rewrite.after : 'stale';
};

/**
 * One conditional UpdateItem: no index is touched.
 * @throws unavailable() when nobody can tell any more whether a change that insists on a version was done
 */
const writeItem = async (table: Table, { change: { scope }, exact }: OwnChange, rewrite: Rewrite) => {
  const outcome = await updateItem(table, rewrite.own, scope);
  if ('done' in outcome) return toStoredResource(outcome.done, table.clock()) ?? 'stale';
  const after = afterRefusal(scope, rewrite, outcome.refusal.item);
  // Without If-Match it is computed anew, which does it once more at worst; with it, 412 would say that it was not done.
  if (after === 'stale' && exact && outcome.refusal.isUnclear)
    throw unavailable(new Error('unanswered, then overtaken'));
  return after;
};

/**
 * More look-ups change than one transaction holds: the new ones come first, then the change, with which the old ones go.
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
 * One transaction: the resource's item first, then its index, then members.
 * @throws uniqueness; invalidValue when a member went meanwhile
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
  const left = steps.filter((step) => !verdicts.has(step));
  if (left.length === 0 && orphanedEdges.length === 0 && attributes === undefined) return before;
  const membersChanged = left.length + orphanedEdges.length > 0 ? 1 : 0;
  return writeTogether(table, { ...own, membersChanged }, left);
};

/** Whether somebody insisted on a version before the members that were written: perhaps they were taken back by that. */
const hasConditionalWrite = (before: StoredResource, counted: StoredResource): boolean =>
  fromIndexed(before.indexed).steps !== fromIndexed(counted.indexed).steps;

/** Members in steps, and what the group itself needs before and after them. */
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
    // Nobody who read the members before may write after this, and nobody who wrote since is overrun.
    const versioned = await writeItem(table, own, rewriteOf({ ...own, attributes: undefined }));
    if (versioned === 'stale') return 'stale';
    base = versioned;
  }
  const item = await changeMembers(table, change, { steps });
  const counted = toStoredResource(item, table.clock()) ?? 'stale';
  if (counted === 'stale' || (!exact && hasConditionalWrite(before, counted))) return 'stale';
  if (attributes === undefined) return counted;
  if (table.clock() >= change.scope.deadline) throw notFinished();
  // Stamped anew: it would be older than its members, who would look as if nobody had counted them.
  const late = { ...change, at: new Date(table.clock()).toISOString() };
  const after = await writeTogether(table, { ...own, change: late, before: base, exact: false, membersChanged: 0 }, []);
  return after === 'stale' ? after : { ...after, memberVersion: Math.max(after.memberVersion, counted.memberVersion) };
};

const fitsTogether = (own: OwnChange, steps: readonly MemberStep[]): boolean =>
  1 + rewriteOf(own).index.length + 2 * steps.length <= WRITES_AT_ONCE;

/** Equal as JSON, in whatever order the keys are. */
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
  const namesGroup = change.exact || attributes !== undefined;
  if (namesGroup && (steps.length === 0 || fitsTogether(own, steps))) return writeTogether(table, own, steps);
  return writeInSteps(table, own, steps);
};
