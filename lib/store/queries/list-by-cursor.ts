/**
 * Lists by cursor (RFC 9865) in an indexed order. A cursor position is a sort key, so concurrent creates and deletes do
 * not shift it. With a filter that no index serves, resources are read and filtered in order until the page is full or
 * the cap is reached; the next page continues from there.
 */

import { chunksOf, inParallel } from '../../common/parallel.ts';
import { type Loaded, limits, type Page, type Query, type Scope } from '../../scim/index.ts';
import type { Table } from '../table/calls.ts';
import { readTotal } from './list-by-index.ts';
import { bytesOf, loadResources, type Needs, needsToShow, toShown } from './load.ts';
import { type OrderedId, readOrderedIds } from './ordered-ids.ts';
import { type IndexedOrder, needsOf } from './plan.ts';

/** One BatchGetItem; several are in flight at a time. */
const LOADED_AT_ONCE = 100;
/** With a filter, each step reads twice as many resources as the last, up to this number. */
const LARGEST_STEP = 800;
/** After a step that read this much, the steps no longer grow. */
const HEAVY_STEP_BYTES = 2 * 2 ** 20;
const nextStep = (step: number, bytes: number) => (bytes < HEAVY_STEP_BYTES ? Math.min(2 * step, LARGEST_STEP) : step);

type CursorQuery = {
  readonly query: Query;
  readonly order: IndexedOrder;
  /** The memberships to read with each candidate. */
  readonly needs: Needs;
};
type Found = { readonly loaded: Loaded; readonly position: string };

/** @returns the candidates that exist and match, in order, and the approximate number of bytes read */
const filterCandidates = async (
  table: Table,
  scope: Scope,
  { candidates, cursorQuery }: { candidates: readonly OrderedId[]; cursorQuery: CursorQuery },
) => {
  const chunks = await inParallel(chunksOf(candidates, LOADED_AT_ONCE), async (chunk) => {
    const all = await loadResources(table, scope, { ids: chunk.map(({ id }) => id), needs: cursorQuery.needs });
    const byId = new Map(all.map((loaded) => [loaded.resource.id, loaded]));
    const found = chunk.flatMap(({ id, position }): Found[] => {
      const loaded = byId.get(id);
      return loaded !== undefined && cursorQuery.query.matches(loaded) ? [{ loaded, position }] : [];
    });
    return { found, bytes: all.reduce((size, one) => size + bytesOf(one), 0) };
  });
  return {
    found: chunks.flatMap(({ found }) => found),
    bytes: chunks.reduce((size, chunk) => size + chunk.bytes, 0),
  };
};

type Read = { readonly resources: number; readonly bytes: number };
const isEnough = ({ resources, bytes }: Read, now: number, deadline: number) =>
  resources >= limits.scannedResources || bytes >= limits.scannedBytes || now >= deadline;

type Collected = { readonly found: readonly Found[]; readonly next: string | undefined };

const collect = async (table: Table, scope: Scope, cursorQuery: CursorQuery): Promise<Collected> => {
  const { query, order } = cursorQuery;
  const { count, filter, deadline } = query;
  const found: Found[] = [];
  let after = query.cursor?.after;
  let read: Read = { resources: 0, bytes: 0 };
  let step = Math.max(count, LOADED_AT_ONCE);
  for (;;) {
    const size = filter === undefined ? count - found.length : Math.min(step, limits.scannedResources - read.resources);
    const candidates = await readOrderedIds(table, scope, { order, after, limit: size + 1 });
    const more = candidates.length > size;
    const matching = await filterCandidates(table, scope, { candidates: candidates.slice(0, size), cursorQuery });
    found.push(...matching.found);
    if (found.length > count || (found.length === count && more))
      return { found: found.slice(0, count), next: found[count - 1]?.position };
    if (!more) return { found, next: undefined };
    after = candidates[size - 1]?.position;
    read = { resources: read.resources + size, bytes: read.bytes + matching.bytes };
    if (filter !== undefined && isEnough(read, table.clock(), deadline)) return { found, next: after };
    step = nextStep(step, matching.bytes);
  }
};

/** With a filter, the total is known only if the first page is the whole list. */
const totalOf = ({ query }: CursorQuery, { found, next }: Collected): number | undefined =>
  query.cursor?.after === undefined && next === undefined ? found.length : undefined;

/** The memberships that the filter needs; without a filter, those that the response shows. */
const needsOfCursorQuery = (scope: Scope, { filter, include }: Query): Needs =>
  filter === undefined ? needsToShow(include) : needsOf(scope.type, filter);

/** @param query with `cursor` */
export const cursorPage = async (
  table: Table,
  scope: Scope,
  { query, order }: { query: Query; order: IndexedOrder },
): Promise<Page> => {
  const { include, filter } = query;
  const cursorQuery: CursorQuery = { query, order, needs: needsOfCursorQuery(scope, query) };
  const [counted, collected] = await Promise.all([
    filter === undefined ? readTotal(table, scope) : undefined,
    collect(table, scope, cursorQuery),
  ]);
  const { found, next } = collected;
  const positions = new Map(found.map(({ loaded, position }) => [loaded.resource.id, position]));
  const loaded = found.map((one) => one.loaded);
  const resources = await toShown(table, scope, { loaded, needs: cursorQuery.needs, include });
  return {
    totalResults: counted ?? totalOf(cursorQuery, collected),
    resources,
    cursors: { positions: resources.map(({ resource }) => positions.get(resource.id) ?? ''), next },
  };
};
