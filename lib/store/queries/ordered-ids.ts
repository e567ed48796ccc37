/**
 * Ids in an order that the table holds: the list, which is by id, or the entries of a sorted attribute. One partition
 * either way, read from a position on, in both directions.
 */
import { invalidCursor, type Scope } from '../../scim/index.ts';
import type { Item, Table } from '../table/calls.ts';
import { isId, isSortSk, listPk, sortPk } from '../table/keys.ts';
import type { IndexedOrder } from './plan.ts';

/** Where a resource stands. */
export type OrderedId = { readonly id: string; readonly position: string };

export const orderPk = ({ directory, type }: Scope, { path }: IndexedOrder): string =>
  path === 'id' ? listPk(directory, type.name) : sortPk(directory, type.name, path);

const toOrderedId = ({ sk, id }: Item): OrderedId => ({ id: String(id ?? sk), position: String(sk) });

type Part = { readonly after?: string | undefined; readonly limit: number };

/** @throws invalidCursor when `after` cannot be a position in the order */
export const readOrderedIds = async (
  table: Table,
  scope: Scope,
  { order, after, limit }: Part & { order: IndexedOrder },
): Promise<OrderedId[]> => {
  const isPosition = order.path === 'id' ? isId : isSortSk;
  if (after !== undefined && !isPosition(after)) throw invalidCursor('cursor is not a position of this list');
  const range = { pk: orderPk(scope, order), after, limit, reverse: order.descending };
  return (await table.query(range)).map(toOrderedId);
};

/** By counting: what is read grows with `skip`, and none of it is kept. */
export const skipOrderedIds = async (
  table: Table,
  scope: Scope,
  { order, skip, limit }: { order: IndexedOrder; skip: number; limit: number },
): Promise<OrderedId[]> => {
  const range = { pk: orderPk(scope, order), limit: skip + limit, reverse: order.descending };
  const entries: OrderedId[] = [];
  let left = skip;
  for await (const items of table.pages(range)) {
    entries.push(...items.slice(left).map(toOrderedId));
    left = Math.max(0, left - items.length);
  }
  return entries;
};
