/**
 * Lists without a filter by startIndex. The 256 counts give the total; in the order of ids, their running sum also
 * locates any startIndex, so any page of a directory of any size takes three calls. In the other indexed orders, the
 * keys before the page are read and skipped.
 */
import type { Page, Query, Scope } from '../../scim/index.ts';
import { CountItem } from '../items/items.ts';
import type { Table } from '../table/calls.ts';
import { countPk } from '../table/keys.ts';
import { loadResources, needsToShow } from './load.ts';
import { orderPk, skipOrderedIds } from './ordered-ids.ts';
import type { IndexedOrder } from './plan.ts';

type Counts = readonly { readonly prefix: string; readonly n: number }[];

const readCounts = async (table: Table, { directory, type }: Scope): Promise<Counts> => {
  const items = await table.query({ pk: countPk(directory, type.name) });
  return items.map((item) => CountItem.parse(item)).map(({ sk, n }) => ({ prefix: sk, n }));
};

const sum = (counts: Counts) => counts.reduce((total, { n }) => total + n, 0);

/** The number of resources of the type in the directory. */
export const readTotal = async (table: Table, scope: Scope): Promise<number> => sum(await readCounts(table, scope));

/** @returns the id prefix that contains the position, and the number of ids with that prefix before it */
const locate = (counts: Counts, startIndex: number) => {
  let before = startIndex - 1;
  for (const { prefix, n } of counts) {
    if (before < n) return { prefix, offset: before };
    before -= n;
  }
  return undefined;
};

/** @returns a sort key after every id with the prefix */
const afterPrefix = (prefix: string) => `${prefix}~`;

type Window = { readonly order: IndexedOrder; readonly startIndex: number; readonly count: number };
type Ids = { readonly total: number; readonly ids: readonly string[] };

const idsById = async (table: Table, scope: Scope, { order, startIndex, count }: Window): Promise<Ids> => {
  const { descending } = order;
  const counts = await readCounts(table, scope);
  const start = locate(descending ? [...counts].reverse() : counts, startIndex);
  if (start === undefined) return { total: sum(counts), ids: [] };
  const part = descending ? { to: afterPrefix(start.prefix), reverse: true } : { from: start.prefix };
  const items = await table.query({ pk: orderPk(scope, order), ...part, limit: start.offset + count });
  return { total: sum(counts), ids: items.slice(start.offset).map(({ sk }) => String(sk)) };
};

/** Reads total and ids concurrently, which suits the first page, the most frequent one. */
const idsByCounting = async (table: Table, scope: Scope, { order, startIndex, count }: Window): Promise<Ids> => {
  const [total, entries] = await Promise.all([
    readTotal(table, scope),
    skipOrderedIds(table, scope, { order, skip: startIndex - 1, limit: count }),
  ]);
  return { total, ids: entries.map(({ id }) => id) };
};

/** @param query with startIndex */
export const listResources = async (
  table: Table,
  scope: Scope,
  { query, order }: { query: Query; order: IndexedOrder },
): Promise<Page> => {
  const { count, include } = query;
  if (count <= 0) return { totalResults: await readTotal(table, scope), resources: [] };
  const startIndex = Math.max(1, query.startIndex);
  const readIds = order.path === 'id' && startIndex > 1 ? idsById : idsByCounting;
  const { total, ids } = await readIds(table, scope, { order, startIndex, count });
  return { totalResults: total, resources: await loadResources(table, scope, { ids, needs: needsToShow(include) }) };
};
