/**
 * Finishes what requests left behind: deleted groups whose members still name them, groups whose POST died, deleted
 * members with very many groups. Invisible to everybody meanwhile, so it has time; whatever it is in the middle of when
 * it ends, the next run goes on with.
 */
import { ScimError } from '../scim/index.ts';
import { CleanupMarker, clearMarkerWrite, isRested } from './items/cleanup-marker.ts';
import { toStoredResource } from './items/resource-item.ts';
import { cleanUpGroup, cleanUpMember } from './members/clean-up-group.ts';
import type { MembershipWrite } from './members/membership-writes.ts';
import { type Item, openTable, type Table } from './table/calls.ts';
import type { TableOptions } from './table/client.ts';
import { CLEANUP_PK, resourceKey } from './table/keys.ts';
import { transact, updateItem } from './table/transact.ts';

const TOMBSTONE_SECONDS = 24 * 60 * 60;

export type CleanUpReport = {
  /** What is done for good. */
  readonly swept: number;
  /** What a later run goes on with: not old enough, or out of time. */
  readonly left: number;
};

const changeOf = ({ directory, by, reason, groupType, id, at }: CleanupMarker, deadline: number): MembershipWrite => ({
  scope: { directory, actor: by, reason, deadline },
  groupType,
  groupId: id,
  at,
});

/**
 * A group that never came is made a tombstone that nobody ever saw.
 * @returns false when a request took it up meanwhile, or it came
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

/** @returns whether nothing is left of it, now and from writers that are still under way */
const settle = async (table: Table, item: CleanupMarker, deadline: number): Promise<boolean> => {
  const rested = isRested(item, table.clock());
  const { directory, by, reason, groupType, type, id, at } = item;
  // Its id was given to a new resource: what is left of it was taken away then.
  if (item.kind !== 'pending' && toStoredResource(await table.get(resourceKey(directory, type, id)), table.clock()))
    return true;
  if (item.kind === 'member') {
    const scope = { directory, actor: by, reason, deadline };
    return cleanUpMember(table, { scope, groupType, type, id, at, after: item.after });
  }
  if (item.kind === 'pending') {
    if (!rested) return false;
    if (toStoredResource(await table.get(resourceKey(directory, type, id)), table.clock()) !== undefined) return true;
    if (!(await tombstonePending(table, item))) return false;
  }
  // A writer that does not know yet that the group is gone may add to it for as long as a request lives.
  return (await cleanUpGroup(table, changeOf(item, deadline))) && rested;
};

/** @returns whether it is done for good, so that its item is gone too */
const cleanUpMarked = async (table: Table, found: Item, deadline: number): Promise<boolean> => {
  const item = CleanupMarker.parse(found);
  if (table.clock() >= deadline || !(await settle(table, item, deadline))) return false;
  await transact(table, [clearMarkerWrite(item)], { deadline: Infinity });
  return true;
};

/**
 * @returns sweeps everything that is due, until the deadline (milliseconds since 1970)
 * @throws unavailable() at once; what is wrong with one item only when all others were swept
 */
export const createCleanUp = (options: TableOptions) => {
  const table = openTable(options);
  return async ({ deadline }: { readonly deadline: number }): Promise<CleanUpReport> => {
    const report = { swept: 0, left: 0 };
    const faults: unknown[] = [];
    const note = (error: unknown) => {
      if (error instanceof ScimError) throw error;
      faults.push(error);
      return false;
    };
    for (const item of await table.query({ pk: CLEANUP_PK }))
      report[(await cleanUpMarked(table, item, deadline).catch(note)) ? 'swept' : 'left'] += 1;
    if (faults.length > 0) throw faults[0];
    return report;
  };
};
