/**
 * Reads ids in an indexed order: the list, which is by id, or the sort entries of an attribute. Either is one
 * partition, read from a position in either direction.
 */
import { invalidCursor, type Scope } from '../../scim/index.ts';
import type { Item, Table } from '../table/calls.ts';
import { isId, isSortSk, listPk, sortPk } from '../table/keys.ts';
import type { IndexedOrder } from './plan.ts';

/** A resource's id and its cursor position, which is the sort key. */
export type OrderedId = { readonly id: string; readonly position: string };

export const orderPk = ({ directory, type }: Scope, { path }: IndexedOrder): string =>
  path === 'id' ? listPk(directory, type.name) : sortPk(directory, type.name, path);

const toOrderedId = ({ sk, id }: Item): OrderedId => ({ id: String(id ?? sk), position: String(sk) });

type Part = { readonly after?: string | undefined; readonly limit: number };

/** The position in a cursor does not fit the order of this list. */
export const foreignCursor = () =>
  invalidCursor('cursor does not belong to this list; start again with an empty cursor');

/** @throws invalidCursor if `after` cannot be a position in this order */
export const readOrderedIds = async (
  table: Table,
  scope: Scope,
  { order, after, limit }: Part & { order: IndexedOrder },
): Promise<OrderedId[]> => {
  const isPosition = order.path === 'id' ? isId : isSortSk;
  if (after !== undefined && !isPosition(after)) throw foreignCursor();
  const range = { pk: orderPk(scope, order), after, limit, reverse: order.descending };
  return (await table.query(range)).map(toOrderedId);
};

/** Reads and discards the first `skip` keys, so the cost grows with `skip`. */
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
