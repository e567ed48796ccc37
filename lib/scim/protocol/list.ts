/**
 * Lists of a resource type: filtered, sorted and paged (RFC 7644 sections 3.4.2 to 3.4.3, RFC 9865). A GET of its
 * endpoint and a POST of a SearchRequest to its `.search` return the same result.
 */

import { invalidCount } from '../error.ts';
import { bindFilter } from '../filter/bind-filter.ts';
import { compileFilter } from '../filter/evaluate-filter.ts';
import { parseFilter } from '../filter/parse-filter.ts';
import type { JsonObject } from '../json/json.ts';
import { limits } from '../limits.ts';
import { type CursorContent, type CursorScope, createCursorKey, openCursor, sealCursor } from '../lists/cursor.ts';
import { fromMessage, fromQuery, type ListRequest, type Paging } from '../lists/list-request.ts';
import { toListResponse } from '../lists/list-response.ts';
import { bindSort, type Sort } from '../lists/sort.ts';
import { createProjection } from '../resource/projection.ts';
import { toRepresentation } from '../resource/representation.ts';
import type { Loaded, Order, Page, Query } from '../store-port.ts';
import { readBody } from './body.ts';
import { fitPage } from './fitting.ts';
import type { ResourceExchange, ScimResponse } from './request.ts';

const toOrder = (sort: Sort | undefined, represent: (loaded: Loaded) => JsonObject): Order | undefined =>
  sort && { target: sort.target, descending: sort.descending, keyOf: (loaded) => sort.keyOf(represent(loaded)) };

/** For hosts whose clients do not come back to another process. */
const PROCESS_KEY = createCursorKey();

type Start = Pick<Query, 'startIndex' | 'count' | 'cursor'>;

/**
 * Where the page begins. A count of 0 requests only the total, so it does not page by cursor.
 * @throws invalidCount for a later page with another count than the first (RFC 9865 section 2.1)
 */
const toStart = async (paging: Paging, open: (cursor: string) => Promise<CursorContent>): Promise<Start> => {
  if ('startIndex' in paging) return paging;
  const startIndex = 1;
  if (paging.cursor === '') {
    const { count = limits.defaultCount } = paging;
    return count === 0 ? { startIndex, count } : { startIndex, count, cursor: { after: undefined } };
  }
  const { position, count } = await open(paging.cursor);
  if (paging.count !== undefined && paging.count !== count)
    throw invalidCount(`count must stay ${count}, as on the first page: send the same or omit it.`);
  return { startIndex, count, cursor: { after: position } };
};

/** @returns the position after the first `shown` resources of the page */
const nextPosition = ({ cursors, resources }: Page, shown: number): string | undefined =>
  shown < resources.length ? cursors?.positions[shown - 1] : cursors?.next;

const answer = async (exchange: ResourceExchange, request: ListRequest): Promise<ScimResponse> => {
  const { store, type, tolerate, locate, caller } = exchange;
  const { paging } = request;
  const represent = (loaded: Loaded) => toRepresentation(loaded, type, locate);
  const projection = createProjection(request, type, tolerate);
  const filter =
    request.filter === undefined ? undefined : bindFilter(parseFilter(request.filter, tolerate), type, tolerate);
  const sort = bindSort(request, type, tolerate);
  const isMatch = filter && compileFilter(filter);
  const scope: CursorScope = { directory: caller.directory.id, typeName: type.name, filter, sort };
  const key = async () => (await caller.cursorKey?.()) ?? PROCESS_KEY;
  const start = await toStart(paging, async (cursor) => openCursor(await key(), scope, cursor));
  const page = await store.query(
    { directory: caller.directory.id, type },
    {
      filter,
      ...start,
      order: toOrder(sort, represent),
      include: projection.include,
      matches: (loaded) => isMatch === undefined || isMatch(represent(loaded)),
      deadline: caller.deadline,
    },
  );
  const resources = page.resources.map((loaded) => projection.project(represent(loaded)));
  // A page that is cut short has a lower `itemsPerPage`.
  const { body: shown, headers } = fitPage(resources, type);
  const next = nextPosition(page, shown.length);
  const body = toListResponse(shown, {
    totalResults: page.totalResults,
    startIndex: 'startIndex' in paging ? paging.startIndex : undefined,
    nextCursor: next === undefined ? undefined : await sealCursor(await key(), scope, { ...start, position: next }),
  });
  return { status: 200, headers, body };
};

export const list = (exchange: ResourceExchange): Promise<ScimResponse> =>
  answer(exchange, fromQuery(exchange.request.query));

export const search = (exchange: ResourceExchange): Promise<ScimResponse> =>
  answer(exchange, fromMessage(readBody(exchange, {}), exchange.tolerate));
