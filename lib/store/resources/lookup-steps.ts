/**
 * Changes of more look-ups than one transaction holds, as when all fifty e-mail addresses are replaced. A look-up is only
 * a hint, because what it leads to is checked, so there may be more of them than the attributes need. But each is named
 * by the resource's own item in the transaction that writes it: whoever dies or loses a race in the middle leaves none
 * that the next change, or the deletion, does not take away. Each step is counted in the item, and whatever is computed
 * from an older state of it is refused.
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

/** One transaction. @returns `'stale'` when the resource is no longer as `before` */
const stepTo = async (
  table: Table,
  scope: WriteScope,
  { before, lookups }: { before: StoredResource; lookups: readonly string[] },
): Promise<StoredResource | 'stale'> => {
  const { id, indexed } = before;
  const { claims, lookups: known, steps } = fromIndexed(indexed);
  const index = [
    ...missing(lookups, known).map((key) => putLookup(key, id)),
    ...missing(known, lookups).map(deleteEntry),
  ];
  if (index.length === 0) return before;
  const own = {
    key: resourceKey(scope.directory, scope.type.name, id),
    update: { set: { lookups }, add: { i: 1 } },
    condition: unchangedSince(before, false),
  };
  // Whoever did it without an answer finds it done when he begins again.
  if ((await transact(table, [own, ...index], scope)) !== undefined) return 'stale';
  return { ...before, indexed: toIndexed({ claims, lookups, i: steps + 1 }) };
};

/** Takes away what a change that broke off has left. @returns `'stale'` as `stepTo` */
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
 * Without new places in an order: a list would show the resource in both.
 * @returns the resource with the look-ups that it has and those that it shall have; `'stale'` as `stepTo`
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
