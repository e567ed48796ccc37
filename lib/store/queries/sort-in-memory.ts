/** Sorts query results in memory and cuts out one page, by startIndex or from a cursor position. */
import { parseJson } from '../../common/json-text.ts';
import { compareSortKeys, isObject, type Json, type Loaded, type Query, type SortKey } from '../../scim/index.ts';
import { isId } from '../table/keys.ts';
import { foreignCursor } from './ordered-ids.ts';

export type Sortable = { readonly id: string; readonly key: SortKey };

/** Ties are ordered by id; descending is the exact reverse of ascending. */
const compare = (left: Sortable, right: Sortable, { order }: Query): number => {
  const byKey = compareSortKeys(left.key, right.key);
  const ascending = byKey === 0 ? Number(left.id > right.id) - Number(left.id < right.id) : byKey;
  return order?.descending ? -ascending : ascending;
};

/** @returns a copy in the query's order */
export const sorted = <One extends Sortable>(all: readonly One[], query: Query): One[] =>
  [...all].sort((left, right) => compare(left, right, query));

export const toSortable = (loaded: Loaded, { order }: Query) => ({
  id: loaded.resource.id,
  key: order === undefined ? null : order.keyOf(loaded),
  loaded,
});

const toPosition = ({ id, key }: Sortable): string => JSON.stringify([key, id]);

const isKey = (key: Json | undefined): key is SortKey =>
  key === null || typeof key === 'string' || typeof key === 'number';

const fromPosition = (position: string): Sortable => {
  const [key, id, ...more]: readonly (Json | undefined)[] = toArray(parseJson(position) as Json | undefined);
  if (!isKey(key) || !isId(id) || more.length > 0) throw foreignCursor();
  return { key, id };
};
const toArray = (value: Json | undefined): readonly Json[] =>
  typeof value === 'object' && value !== null && !isObject(value) ? value : [];

const firstOf = (inOrder: readonly Sortable[], query: Query): number => {
  const { cursor, startIndex } = query;
  if (cursor === undefined) return Math.max(0, startIndex - 1);
  if (cursor.after === undefined) return 0;
  const after = fromPosition(cursor.after);
  const next = inOrder.findIndex((one) => compare(one, after, query) > 0);
  return next < 0 ? inOrder.length : next;
};

/**
 * @param inOrder in the query's order.
 * @returns the page, and a function for its cursor positions (empty without a cursor)
 */
export const pageOf = <One extends Sortable>(inOrder: readonly One[], query: Query) => {
  const first = firstOf(inOrder, query);
  const end = first + Math.max(0, query.count);
  const page = inOrder.slice(first, end);
  const last = page.at(-1);
  return {
    page,
    cursorsOf: (resources: readonly Loaded[]) => {
      if (query.cursor === undefined) return {};
      const positions = new Map(page.map((one) => [one.id, toPosition(one)]));
      return {
        cursors: {
          positions: resources.map(({ resource }) => positions.get(resource.id) ?? ''),
          next: last === undefined || end >= inOrder.length ? undefined : toPosition(last),
        },
      };
    },
  };
};
