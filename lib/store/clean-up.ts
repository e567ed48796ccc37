/**
 * The sweeper: finishes the cleanup that interrupted requests left, as recorded by their cleanup markers. That is,
 * deleted groups still in the MEMBEROF items of their members, groups whose POST died, and deleted members of very many
 * groups. No client sees any of these, so it is not urgent; the next run continues where this one stops.
 */
import { ScimError } from '../scim/index.ts';
import { CleanupMarker, clearMarkerWrite, isQuiet } from './items/cleanup-marker.ts';
import { TOMBSTONE_SECONDS } from './items/items.ts';
import { toStoredResource } from './items/resource-item.ts';
import { cleanUpGroup, cleanUpMember } from './members/clean-up-group.ts';
import type { MembershipWrite } from './members/membership-writes.ts';
import { type Item, openTable, type Table } from './table/calls.ts';
import type { TableOptions } from './table/client.ts';
import { CLEANUP_PK, resourceKey } from './table/keys.ts';
import { startRequest } from './table/request-time.ts';
import { transact, updateItem } from './table/transact.ts';

export type CleanUpReport = {
  /** Markers that are finished and deleted. */
  readonly swept: number;
  /** Markers left for a later run: too recent, or out of time. */
  readonly left: number;
};

const membershipWriteOf = (
  { directory, by, reason, groupType, id, at }: CleanupMarker,
  deadline: number,
): MembershipWrite => ({
  scope: { directory, actor: by, reason, deadline },
  groupType,
  groupId: id,
  at,
});

/**
 * Turns a group that is still `pending` into a tombstone. It was never visible.
 * @returns false if a request has resumed or completed the group
 */
const tombstonePending = async (table: Table, { directory, type, id, at }: CleanupMarker): Promise<boolean> => {
  const ttl = Math.ceil(table.clock() / 1000) + TOMBSTONE_SECONDS;
  const outcome = await updateItem(
    table,
    {
      key: resourceKey(directory, type, id),
      update: { set: { gone: true, ttl }, remove: ['r', 'claims', 'lookups'] },
      condition: {
        expression: 'attribute_exists(#pending) AND attribute_not_exists(#gone) AND #at = :at',
        values: { ':at': at },
      },
    },
    { deadline: Infinity },
  );
  if ('done' in outcome) return true;
  const { item } = outcome.refusal;
  return item === undefined || item.gone === true;
};

/** @returns whether the cleanup is complete and no request in flight can add to it */
const finishCleanup = async (table: Table, item: CleanupMarker, deadline: number): Promise<boolean> => {
  const quiet = isQuiet(item, table.clock());
  const { directory, by, reason, groupType, type, id, at } = item;
  // The id is in use again. Its reuse has already removed the old memberships.
  if (item.kind !== 'pending' && toStoredResource(await table.get(resourceKey(directory, type, id)), table.clock()))
    return true;
  if (item.kind === 'member') {
    const scope = { directory, actor: by, reason, deadline };
    return cleanUpMember(table, { scope, groupType, type, id, at, after: item.after });
  }
  if (item.kind === 'pending') {
    if (!quiet) return false;
    if (toStoredResource(await table.get(resourceKey(directory, type, id)), table.clock()) !== undefined) return true;
    if (!(await tombstonePending(table, item))) return false;
  }
  // A request that read the group before its deletion may add members for as long as requests live.
  return (await cleanUpGroup(table, membershipWriteOf(item, deadline))) && quiet;
};

/** @returns whether the cleanup is complete; its marker is then deleted */
const cleanUpMarked = async (table: Table, found: Item, deadline: number): Promise<boolean> => {
  const item = CleanupMarker.parse(found);
  if (table.clock() >= deadline || !(await finishCleanup(table, item, deadline))) return false;
  await transact(table, [clearMarkerWrite(item)], { deadline: Infinity });
  return true;
};

type CleanUpOptions = {
  /** Milliseconds since 1970. */
  readonly deadline: number;
  /** Whether this sweep may begin with a further marker. @default always */
  readonly isHeld?: () => boolean;
};

/**
 * Creates the sweeper, which processes all cleanup markers until the deadline.
 * @throws unavailable() at once; the error of a single marker only after all others have been processed
 */
export const createCleanUp = (options: TableOptions) => {
  return async ({ deadline, isHeld = () => true }: CleanUpOptions): Promise<CleanUpReport> => {
    const table = openTable({ ...options, request: startRequest() });
    const report = { swept: 0, left: 0 };
    const faults: unknown[] = [];
    const note = (error: unknown) => {
      if (error instanceof ScimError) throw error;
      faults.push(error);
      return false;
    };
    for (const item of await table.query({ pk: CLEANUP_PK })) {
      const done = isHeld() && (await cleanUpMarked(table, item, deadline).catch(note));
      report[done ? 'swept' : 'left'] += 1;
    }
    if (faults.length > 0) throw faults[0];
    return report;
  };
};
