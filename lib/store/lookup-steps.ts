/**
 * Changes of more look-ups than one transaction holds, as when all fifty e-mail addresses are replaced. A look-up is only
 * a hint, because what it leads to is checked, so there may be more of them than the attributes need. But each is named
 * by the resource's own item in the transaction that writes it: whoever dies or loses a race in the middle leaves none
 * that the next change, or the deletion, does not take away. Each step is counted in the item, and whatever is computed
 * from an older state of it is refused.
 */
import type { Scope, StoredResource } from '../scim/index.ts';
import { deleteEntry, entriesOf, fromIndexed, putLookup, toIndexed, toStoredKeys } from './index-entries.ts';
import { isPlace, resourceKey } from './keys.ts';
import { toStoredResource, unchangedSince } from './stored-resource.ts';
import type { Table } from './table-calls.ts';
import { transact, type WritePatience } from './transaction.ts';

type Place = { readonly scope: Pick<Scope, 'directory' | 'type'>; readonly patience: WritePatience };

const without = (from: readonly string[], others: readonly string[]) => {
  const excluded = new Set(others);
  return from.filter((one) => !excluded.has(one));
};

/** One transaction. @returns `'stale'` when the resource is no longer as `before` */
const stepTo = async (
  table: Table,
  { scope, patience }: Place,
  { before, lookups }: { before: StoredResource; lookups: readonly string[] },
): Promise<StoredResource | 'stale'> => {
  const { claims, lookups: known, steps } = fromIndexed(before.indexed);
  const [gained, lost] = [without(lookups, known), without(known, lookups)];
  if (gained.length + lost.length === 0) return before;
  const after = { ...before, indexed: toIndexed({ claims, lookups, i: steps + 1 }) };
  const own = {
    key: resourceKey(scope.directory, scope.type.name, before.id),
    update: { set: { lookups }, add: { i: 1 } },
    condition: unchangedSince(before, false),
  };
  const writes = [own, ...gained.map((key) => putLookup(key, before.id)), ...lost.map(deleteEntry)];
  const refusals = await transact(table, writes, patience);
  if (refusals === undefined) return after;
  // Done without an answer: or by somebody else, which is as good.
  const found = toStoredResource(refusals[0]?.item, table.clock());
  const isDone = found?.version === before.version && found.indexed.join() === after.indexed.join();
  return isDone ? after : 'stale';
};

/** The look-ups that the attributes need, as far as there are such. */
const neededOf = ({ directory, type }: Place['scope'], { id, attributes, indexed }: StoredResource): string[] => {
  const { lookups } = fromIndexed(indexed);
  const needed = new Set(toStoredKeys(entriesOf({ scope: { directory, type, unique: [] }, id, attributes })).lookups);
  return lookups.filter((key) => needed.has(key));
};

/** Takes away what a change that broke off has left. @returns `'stale'` as `stepTo` */
export const trimLookups = (table: Table, place: Place, before: StoredResource): Promise<StoredResource | 'stale'> =>
  stepTo(table, place, { before, lookups: neededOf(place.scope, before) });

/**
 * Without new places in an order: a list would show the resource in both.
 * @returns the resource with the look-ups that it has and those that it shall have; `'stale'` as `stepTo`
 */
export const addLookups = async (
  table: Table,
  place: Place,
  { before, wanted }: { before: StoredResource; wanted: readonly string[] },
): Promise<StoredResource | 'stale'> => {
  const { lookups } = fromIndexed(before.indexed);
  const needed = neededOf(place.scope, before);
  const stray = without(without(lookups, needed), wanted);
  const trimmed = await stepTo(table, place, { before, lookups: without(lookups, stray) });
  if (trimmed === 'stale') return 'stale';
  const kept = fromIndexed(trimmed.indexed).lookups;
  const added = without(wanted, kept).filter((key) => !isPlace(key));
  return stepTo(table, place, { before: trimmed, lookups: [...kept, ...added] });
};
