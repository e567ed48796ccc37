/**
 * Changes more look-ups than one transaction holds, as when 50 e-mail addresses are replaced by 50 others. Surplus
 * look-ups are harmless, because every resource found by one is checked against the filter. But the transaction that
 * writes a look-up also lists it in the resource's item (`lookups`), so after a crash or a lost race the next change,
 * or the deletion, removes it. Each step raises `i` of the item, so an update computed from an earlier state is
 * refused.
 */
import type { StoredResource, WriteScope } from '../../scim/index.ts';
import {
  deleteEntry,
  entriesOf,
  fromIndexed,
  missing,
  putLookup,
  toIndexed,
  toStoredKeys,
} from '../items/index-entries.ts';
import { unchangedSince } from '../items/resource-item.ts';
import type { Table } from '../table/calls.ts';
import { isSortEntryKey, resourceKey } from '../table/keys.ts';
import { transact } from '../table/transact.ts';

/** Sets the look-ups in one transaction. @returns `'stale'` if the resource has changed since `before` */
const stepTo = async (
  table: Table,
  scope: WriteScope,
  { before, lookups }: { before: StoredResource; lookups: readonly string[] },
): Promise<StoredResource | 'stale'> => {
  const { id, indexed } = before;
  const { claims, lookups: current, steps } = fromIndexed(indexed);
  const index = [
    ...missing(lookups, current).map((key) => putLookup(key, id)),
    ...missing(current, lookups).map(deleteEntry),
  ];
  if (index.length === 0) return before;
  const own = {
    key: resourceKey(scope.directory, scope.type.name, id),
    update: { set: { lookups }, add: { i: 1 } },
    condition: unchangedSince(before, false),
  };
  // If the write succeeded but the response was lost, the retry finds it applied.
  if ((await transact(table, [own, ...index], scope)) !== undefined) return 'stale';
  return { ...before, indexed: toIndexed({ claims, lookups, i: steps + 1 }) };
};

/** Deletes the surplus look-ups of an interrupted change. @returns `'stale'` as `stepTo` */
export const trimLookups = (
  table: Table,
  scope: WriteScope,
  before: StoredResource,
): Promise<StoredResource | 'stale'> => {
  const { lookups: needed } = toStoredKeys(entriesOf({ ...before, scope }));
  const lookups = fromIndexed(before.indexed).lookups.filter((key) => needed.includes(key));
  return stepTo(table, scope, { before, lookups });
};

/**
 * Adds the wanted look-ups to the current ones. Not sort entries: a sorted list would show the resource twice.
 * @returns the resource with both; `'stale'` as `stepTo`
 */
export const addLookups = async (
  table: Table,
  scope: WriteScope,
  { before, wanted }: { before: StoredResource; wanted: readonly string[] },
): Promise<StoredResource | 'stale'> => {
  const trimmed = await trimLookups(table, scope, before);
  if (trimmed === 'stale') return trimmed;
  const { lookups } = fromIndexed(trimmed.indexed);
  const added = missing(wanted, lookups).filter((key) => !isSortEntryKey(key));
  return stepTo(table, scope, { before: trimmed, lookups: [...lookups, ...added] });
};
