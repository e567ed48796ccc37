/** GET of a resource type's endpoint: filter and index paging (RFC 7644 sections 3.4.2 to 3.4.2.4). */
import { invalidValue } from '../error.ts';
import { bindFilter } from '../filter/bind-filter.ts';
import type { BoundFilter } from '../filter/bound-filter.ts';
import { compileFilter } from '../filter/evaluate-filter.ts';
import { parseFilter } from '../filter/parse-filter.ts';
import type { JsonObject } from '../json.ts';
import { limits } from '../limits.ts';
import { toListResponse } from '../list-response.ts';
import { toRepresentation } from '../representation.ts';
import { byteLength } from '../storable.ts';
import type { Loaded } from '../store-port.ts';
import { readProjection } from './answer.ts';
import type { ResourceExchange, ScimResponse } from './request.ts';

/** @throws invalidValue unless it is an integer */
const readInteger = (query: ReadonlyMap<string, string>, name: string): number | undefined => {
  const text = query.get(name)?.trim() ?? '';
  if (text === '') return undefined;
  if (!/^[+-]?\d{1,15}$/.test(text)) throw invalidValue(`${name} must be an integer`);
  return Number(text);
};

/** RFC 7644 section 3.4.2.4: below 1 means 1; a negative count means 0; more than a page may have is cut. */
const readPaging = (query: ReadonlyMap<string, string>) => ({
  startIndex: Math.max(1, readInteger(query, 'startIndex') ?? 1),
  count: Math.min(limits.maxCount, Math.max(0, readInteger(query, 'count') ?? limits.defaultCount)),
});

const readFilter = ({ request, type, tolerate }: ResourceExchange): BoundFilter | undefined => {
  const text = request.query.get('filter');
  return text === undefined ? undefined : bindFilter(parseFilter(text), type, tolerate);
};

/** As many of the resources as an answer may hold: the page ends early, and `itemsPerPage` says so. */
const fitting = (resources: readonly JsonObject[]): readonly JsonObject[] => {
  let size = 0;
  const end = resources.findIndex((resource, i) => {
    size += byteLength(JSON.stringify(resource));
    return i > 0 && size > limits.answerBytes;
  });
  return end < 0 ? resources : resources.slice(0, end);
};

export async function list(exchange: ResourceExchange): Promise<ScimResponse> {
  const { request, store, type, locate, caller } = exchange;
  const projection = readProjection(exchange);
  const { startIndex, count } = readPaging(request.query);
  const filter = readFilter(exchange);
  const isMatch = filter && compileFilter(filter);
  const matches = (loaded: Loaded) => isMatch === undefined || isMatch(toRepresentation(loaded, type, locate));
  const { directory, deadline } = { directory: caller.directory.id, deadline: caller.deadline };
  const page = await store.query(
    { directory, type },
    { filter, startIndex, count, include: projection.include, matches, deadline },
  );
  const resources = page.resources.map((loaded) => projection.project(toRepresentation(loaded, type, locate)));
  return {
    status: 200,
    headers: {},
    body: toListResponse(fitting(resources), { totalResults: page.totalResults, startIndex }),
  };
}
