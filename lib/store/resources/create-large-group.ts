/**
 * A new group with more members than fit into a transaction: it lies there `pending` until they are written, and appears
 * with its name claim at last. Out of time, it waits for the same request (unfinished.ts); dead, for the sweeper.
 */
import { type Member, ScimError } from '../../scim/index.ts';
import { clearMarkerWrite, markerWrite } from '../items/cleanup-marker.ts';
import { entriesOf } from '../items/index-entries.ts';
import { parseAttributes } from '../items/items.ts';
import { isOwnWrite, stampOf } from '../items/resource-item.ts';
import { type Progress, rollBackMembers, writeSteps } from '../members/change-members.ts';
import type { MemberStep } from '../members/membership-writes.ts';
import { planMembership } from '../members/plan-membership.ts';
import type { Table } from '../table/calls.ts';
import { transact, updateItem } from '../table/transact.ts';
import type { Condition, Write } from '../table/write.ts';
import {
  clearOldMarkers,
  conditionOf,
  idConflict,
  itemOf,
  keyOf,
  type NewResource,
  resolveRefusal,
  retryOptionsOf,
  versionOf,
  visibleWrites,
} from './new-resource.ts';
import { contentHash, findUnfinished, releaseForRetry } from './unfinished-creates.ts';
import { assertAvailable } from './uniqueness-conflict.ts';

const PENDING_SECONDS = 24 * 60 * 60;
const adding = (members: readonly Member[]) => ({ replace: false, add: members, remove: [] });

/** A create that cannot be finished leaves a tombstone that nobody ever saw, and no membership. */
const tombstonePending = async (table: Table, draft: NewResource, progress: Progress): Promise<void> => {
  const { scope, at } = draft.change;
  const ttl = Math.ceil(table.clock() / 1000) + PENDING_SECONDS;
  const update = { set: { ...stampOf(scope, at), gone: true, ttl }, remove: ['r', 'claims', 'lookups'] };
  await updateItem(table, { key: keyOf(draft), update }, { deadline: Infinity });
  await rollBackMembers(table, draft.change, progress);
};

/** As it lies until its members are written. */
const pendingOf = (draft: NewResource, condition: Condition): Write[] => {
  const { change, id, r } = draft;
  const { scope, groupType, at } = change;
  const left = { scope, kind: 'pending', type: scope.type.name, id, groupType, at, draft: contentHash(r) } as const;
  return [
    { key: keyOf(draft), put: { ...itemOf(draft), pending: true }, condition },
    markerWrite(left),
    ...clearOldMarkers(draft),
  ];
};

/** @returns whether it lies there now */
const writePending = async (table: Table, draft: NewResource, condition: Condition): Promise<boolean> => {
  const { scope, at } = draft.change;
  const refusals = await transact(table, pendingOf(draft, condition), scope);
  const own = { v: versionOf(draft), at, r: draft.r, pending: true } as const;
  return refusals === undefined || isOwnWrite(refusals[0]?.item, scope, own);
};

type Begun = { readonly draft: NewResource; readonly steps: readonly MemberStep[] };

/** @returns what is left of a creation that ran out of time; undefined when there is none, or another request has it */
const resumeUnfinished = async (
  table: Table,
  draft: NewResource,
  members: readonly Member[],
): Promise<Begun | undefined> => {
  const found = draft.tombstone === undefined ? await findUnfinished(table, draft.change, draft.r) : undefined;
  if (found === undefined) return undefined;
  const { id, at } = found;
  const entries = entriesOf({ scope: draft.change.scope, id, attributes: parseAttributes(draft.r) });
  const resumed: NewResource = { ...draft, id, entries, change: { ...draft.change, groupId: id } };
  const { steps } = await planMembership(table, resumed.change, { ...adding(members), replace: true });
  const isTaken = await writePending(table, resumed, {
    expression: 'attribute_exists(#pending) AND attribute_not_exists(#gone) AND #at = :was',
    values: { ':was': at },
  });
  return isTaken ? { draft: resumed, steps } : undefined;
};

/** Everything is checked before the first write. */
const begin = async (table: Table, draft: NewResource, members: readonly Member[]): Promise<Begun> => {
  const { scope } = draft.change;
  await assertAvailable(table, scope, { entries: draft.entries.claims, id: draft.id });
  const resumed = await resumeUnfinished(table, draft, members);
  if (resumed !== undefined) return resumed;
  const { steps } = await planMembership(table, draft.change, adding(members));
  if (!(await writePending(table, draft, conditionOf(draft)))) throw idConflict(draft);
  return { draft, steps };
};

/** Out of time, what is there waits for the same request; without the table, it stays invisible until it is swept. */
const leave = async (table: Table, draft: NewResource, { error, progress }: { error: unknown; progress: Progress }) => {
  if (!(error instanceof ScimError)) return;
  if (error.status === 429) await releaseForRetry(table, draft.change);
  if (error.status < 429) await tombstonePending(table, draft, progress);
};

/** @returns the draft under the id that it has now */
export const createInSteps = async (
  table: Table,
  wanted: NewResource,
  members: readonly Member[],
): Promise<NewResource> => {
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
    const refusals = await transact(
      table,
      [...visibleWrites(draft, own), clearMarkerWrite(left)],
      retryOptionsOf(table, draft),
    );
    if (refusals !== undefined) await resolveRefusal(table, draft, { refusals, steps: [], first: 0 });
  } catch (error) {
    await leave(table, draft, { error, progress });
    throw error;
  }
  return draft;
};
