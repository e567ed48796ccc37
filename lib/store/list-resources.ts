/**
 * Lists without a filter, in the order of ids. The 256 counts give the total, and by their running sum where any
 * startIndex begins: three calls for any page of a directory of any size.
 */
import type { Page, Query, Scope } from '../scim/index.ts';
import { CountItem } from './items.ts';
import { countPk, listPk } from './keys.ts';
import { loadResources } from './load-resources.ts';
import type { Item, Table } from './table-calls.ts';

type Counts = readonly { readonly prefix: string; readonly n: number }[];

const readCounts = async (table: Table, { directory, type }: Scope): Promise<Counts> => {
  const items = await table.query({ pk: countPk(directory, type.name) });
  return items.map((item) => CountItem.parse(item)).map(({ sk, n }) => ({ prefix: sk, n }));
};

const sum = (counts: Counts) => counts.reduce((total, { n }) => total + n, 0);

/** @returns the first digits of the ids among which the position is, and how many of those come before it */
const locate = (counts: Counts, startIndex: number) => {
  let before = startIndex - 1;
  for (const { prefix, n } of counts) {
    if (before < n) return { prefix, offset: before };
    before -= n;
  }
  return undefined;
};

const readIds = async (table: Table, { directory, type }: Scope, range: { from?: string; limit: number }) =>
  (await table.query({ pk: listPk(directory, type.name), ...range })).map((item: Item) => String(item.sk));

/** Both at once for the first page, which is the one that is mostly asked for. */
const readFirst = async (table: Table, scope: Scope, count: number) => {
  const [counts, ids] = await Promise.all([readCounts(table, scope), readIds(table, scope, { limit: count })]);
  return { total: sum(counts), ids };
};

const readFrom = async (table: Table, scope: Scope, { startIndex, count }: Query) => {
  const counts = await readCounts(table, scope);
  const place = locate(counts, startIndex);
  if (place === undefined) return { total: sum(counts), ids: [] };
  const ids = await readIds(table, scope, { from: place.prefix, limit: place.offset + count });
  return { total: sum(counts), ids: ids.slice(place.offset) };
};

export const listResources = async (table: Table, scope: Scope, query: Query): Promise<Page> => {
  const { startIndex, count, include } = query;
  if (count <= 0) return { totalResults: sum(await readCounts(table, scope)), resources: [] };
  const { total, ids } = startIndex <= 1 ? await readFirst(table, scope, count) : await readFrom(table, scope, query);
  const needs = { groups: include.groups, members: include.members ? ('all' as const) : ('none' as const) };
  return { totalResults: total, resources: await loadResources(table, scope, { ids, needs }) };
};
