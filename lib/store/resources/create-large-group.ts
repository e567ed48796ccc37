/**
 * Creates a group with more members than fit into one transaction. The group is `pending`, and invisible, until they
 * are written; the last transaction claims its name and makes it visible. If the request runs out of time, the pending
 * group waits for the same request again (unfinished-creates.ts); if the request dies, the sweeper removes the group.
 */
import { type Member, namesOf, ScimError } from '../../scim/index.ts';
import { clearMarkerWrite, markerWrite } from '../items/cleanup-marker.ts';
import { entriesOf } from '../items/index-entries.ts';
import { parseAttributes, TOMBSTONE_SECONDS } from '../items/items.ts';
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

const adding = (members: readonly Member[]) => ({ replace: false, add: members, remove: [] });

/**
 * Ends a create that failed: the pending group becomes a tombstone that was never visible, and its memberships are
 * removed.
 */
const tombstonePending = async (table: Table, draft: NewResource, progress: Progress): Promise<void> => {
  const { scope, at } = draft.change;
  const ttl = Math.ceil(table.clock() / 1000) + TOMBSTONE_SECONDS;
  const update = { set: { ...stampOf(scope, at), gone: true, ttl }, remove: ['r', 'claims', 'lookups'] };
  await updateItem(table, { key: keyOf(draft), update }, { deadline: Infinity });
  await rollBackMembers(table, draft.change, progress);
};

/** The writes of a pending group and its cleanup marker. */
const pendingWrites = (draft: NewResource, condition: Condition): Write[] => {
  const { change, id, r } = draft;
  const { scope, groupType, at } = change;
  // Kept by the tombstone if the create fails.
  const names = JSON.stringify(namesOf(scope.type, parseAttributes(r)));
  const marker = { scope, kind: 'pending', type: scope.type.name, id, groupType, at, draft: contentHash(r) } as const;
  return [
    { key: keyOf(draft), put: { ...itemOf(draft), pending: true, names }, condition },
    markerWrite(marker),
    ...clearOldMarkers(draft),
  ];
};

/** @returns whether this request now owns the pending group */
const writePending = async (table: Table, draft: NewResource, condition: Condition): Promise<boolean> => {
  const { scope, at } = draft.change;
  const refusals = await transact(table, pendingWrites(draft, condition), scope);
  const own = { v: versionOf(draft), at, r: draft.r, pending: true } as const;
  return refusals === undefined || isOwnWrite(refusals[0]?.item, scope, own);
};

type Started = { readonly draft: NewResource; readonly steps: readonly MemberStep[] };

/** @returns the pending group of an earlier attempt; undefined if there is none, or another request has resumed it */
const resumeUnfinished = async (
  table: Table,
  draft: NewResource,
  members: readonly Member[],
): Promise<Started | undefined> => {
  const found = draft.tombstone === undefined ? await findUnfinished(table, draft.change, draft.r) : undefined;
  if (found === undefined) return undefined;
  const { id, at } = found;
  const entries = entriesOf({ scope: draft.change.scope, id, attributes: parseAttributes(draft.r) });
  const resumed: NewResource = { ...draft, id, entries, change: { ...draft.change, groupId: id } };
  const { steps } = await planMembership(table, resumed.change, { ...adding(members), replace: true });
  const isResumed = await writePending(table, resumed, {
    expression: 'attribute_exists(#pending) AND attribute_not_exists(#gone) AND #at = :was',
    values: { ':was': at },
  });
  return isResumed ? { draft: resumed, steps } : undefined;
};

/** Checks everything before the first write, then writes the pending group or resumes an unfinished one. */
const start = async (table: Table, draft: NewResource, members: readonly Member[]): Promise<Started> => {
  const { scope } = draft.change;
  await assertAvailable(table, scope, { entries: draft.entries.claims, id: draft.id });
  const resumed = await resumeUnfinished(table, draft, members);
  if (resumed !== undefined) return resumed;
  const { steps } = await planMembership(table, draft.change, adding(members));
  if (!(await writePending(table, draft, conditionOf(draft)))) throw idConflict(draft);
  return { draft, steps };
};

/**
 * Out of time (429): the pending group stays for the same request again. Outage: it stays, invisible, for the sweeper.
 * Any other refusal: it is tombstoned.
 */
const handleFailure = async (
  table: Table,
  draft: NewResource,
  { error, progress }: { error: unknown; progress: Progress },
) => {
  if (!(error instanceof ScimError)) return;
  if (error.status === 429) await releaseForRetry(table, draft.change);
  if (error.status < 429) await tombstonePending(table, draft, progress);
};

/** @returns the draft, under the earlier id if an unfinished create was resumed */
export const createInSteps = async (
  table: Table,
  wanted: NewResource,
  members: readonly Member[],
): Promise<NewResource> => {
  const { draft, steps } = await start(table, wanted, members);
  const { scope } = draft.change;
  const progress: Progress = { done: [] };
  try {
    await writeSteps(table, draft.change, { steps, progress });
    const own: Write = {
      key: keyOf(draft),
      update: { remove: ['pending', 'names'] },
      condition: { expression: 'attribute_exists(#pending) AND attribute_not_exists(#gone)' },
    };
    const marker = { kind: 'pending', type: scope.type.name, id: draft.id, directory: scope.directory } as const;
    const refusals = await transact(
      table,
      [...visibleWrites(draft, own), clearMarkerWrite(marker)],
      retryOptionsOf(table, draft),
    );
    if (refusals !== undefined) await resolveRefusal(table, draft, { refusals, steps: [], first: 0 });
  } catch (error) {
    await handleFailure(table, draft, { error, progress });
    throw error;
  }
  return draft;
};
