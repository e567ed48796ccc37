/** Read requests. Each records an observation that must be consistent with the writes. */
import * as z from 'zod';
import type { JsonObject } from '../../lib/scim/index.ts';
import { type ObservedPage, observePage, observeResource } from './answers.ts';
import type { Condition, Listed, Span, TypeName } from './history.ts';
import { foldText, nameOf } from './lives.ts';
import { type Answer, type ModelClient, outcomeOf, type Written } from './model-client.ts';
import type { Directory, KnownResource } from './world.ts';
import { endpointOf } from './writes.ts';

const MEMBERSHIPS: Readonly<Record<TypeName, string>> = { User: 'groups', Group: 'members' };

/**
 * Records a 404 only for ids observed in this directory.
 * @param version with If-None-Match
 */
export const readOne = async (
  client: ModelClient,
  directory: Directory,
  { id, type, version }: Pick<KnownResource, 'id' | 'type'> & { readonly version?: number | undefined },
): Promise<Answer> => {
  const { history } = client;
  const ifNoneMatch = version === undefined ? undefined : `W/"${version}"`;
  const answer = await client.ask(directory, { method: 'GET', path: [endpointOf(type), id], ifNoneMatch });
  const { start, end } = answer;
  // 304: the resource still has that version.
  if (answer.status === 304 && version !== undefined)
    history.observations.answered.push({ id, start, end, version, versionChange: undefined });
  if (answer.status === 200)
    observeResource(history, answer.body, { directory, span: answer, withMembers: true, withGroups: true });
  else if (answer.status === 404 && directory.known.has(id)) history.observations.missing.push({ start, end, id });
  return answer;
};

export type Search = {
  readonly type: TypeName;
  readonly filter?: string | undefined;
  readonly condition: Condition;
  readonly sortBy?: string | undefined;
  readonly descending?: boolean;
  /** Whether memberships are requested. */
  readonly full: boolean;
  readonly count: number;
};

const queryOf = ({ type, filter, sortBy, descending, full, count }: Search): Record<string, string> => ({
  count: String(count),
  ...(filter === undefined ? {} : { filter }),
  ...(sortBy === undefined ? {} : { sortBy, sortOrder: descending ? 'descending' : 'ascending' }),
  ...(full ? {} : { excludedAttributes: MEMBERSHIPS[type] }),
});

const describe = ({ type, filter, sortBy, descending }: Search, how: string) =>
  [endpointOf(type), how, filter, sortBy && `by ${sortBy}`, descending && 'descending'].filter(Boolean).join(' ');

type Page = { readonly answer: Answer; readonly page: ObservedPage };

const getPage = async (
  client: ModelClient,
  directory: Directory,
  { search, paging }: { search: Search; paging: Record<string, string> },
): Promise<Page | undefined> => {
  const path = [endpointOf(search.type)];
  const answer = await client.ask(directory, { method: 'GET', path, query: { ...queryOf(search), ...paging } });
  if (answer.status !== 200) {
    if (outcomeOf(answer) === 'refused')
      client.history.findings.push(`${describe(search, JSON.stringify(paging))} returned ${answer.status}`);
    return undefined;
  }
  const context = { directory, span: answer, withMembers: search.full, withGroups: search.full };
  return { answer, page: observePage(client.history, answer.body, context) };
};

/** Retries a failed page. @returns undefined after four attempts */
const getPageWithRetries = async (...parameters: Parameters<typeof getPage>): Promise<Page | undefined> => {
  for (let attempt = 0; attempt < 4; attempt++) {
    const page = await getPage(...parameters);
    if (page !== undefined) return page;
  }
  return undefined;
};

type Whole = Span & Pick<Listed, 'ids' | 'totals'>;
const add = (whole: Whole | undefined, { answer, page }: Page): Whole => {
  const { start, end } = answer;
  const total = page.total === undefined ? [] : [{ start, end, total: page.total }];
  return {
    start: whole?.start ?? start,
    end,
    ids: [...(whole?.ids ?? []), ...page.ids],
    totals: [...(whole?.totals ?? []), ...total],
  };
};

/** Whether the sort attribute is immutable, so that the order is as stable as by id. */
const isImmutable = (sortBy: string | undefined) =>
  sortBy === undefined || sortBy === 'id' || sortBy === 'meta.created';

const record = (
  client: ModelClient,
  directory: Directory,
  { search, whole, how, maySkip = false }: ListObservation,
) => {
  const { type, condition, sortBy, descending = false } = search;
  client.history.observations.listed.push({
    ...whole,
    what: describe(search, how),
    directory: directory.settings.id,
    type,
    condition,
    sortedBy: isImmutable(sortBy) ? undefined : { name: sortBy ?? '', descending },
    maySkip,
  });
};
type ListObservation = {
  readonly search: Search;
  readonly whole: Whole;
  readonly how: string;
  readonly maySkip?: boolean;
};

/** Lists all pages by cursor. */
export const listByCursor = async (client: ModelClient, directory: Directory, search: Search): Promise<void> => {
  let whole: Whole | undefined;
  let cursor: string | undefined = '';
  while (cursor !== undefined) {
    const one: Page | undefined = await getPageWithRetries(client, directory, { search, paging: { cursor } });
    if (one === undefined) return;
    whole = add(whole, one);
    cursor = one.page.nextCursor;
  }
  if (whole !== undefined) record(client, directory, { search, whole, how: 'by cursor' });
};

/** @param isQuiet whether there are no concurrent writes. @returns the total; undefined if a page failed */
export const listByIndex = async (
  client: ModelClient,
  directory: Directory,
  { search, isQuiet }: { search: Search; isQuiet: boolean },
): Promise<number | undefined> => {
  let whole: Whole | undefined;
  for (let startIndex = 1; ; startIndex += search.count) {
    const one = await getPageWithRetries(client, directory, { search, paging: { startIndex: String(startIndex) } });
    if (one === undefined) return undefined;
    whole = add(whole, one);
    if (startIndex + search.count > (one.page.total ?? 0)) break;
  }
  record(client, directory, { search, whole, how: 'by startIndex', maySkip: !isQuiet });
  return whole.totals.at(-1)?.total;
};

/** Reads one page of a search. */
export const find = async (client: ModelClient, directory: Directory, search: Search): Promise<void> => {
  const one = await getPage(client, directory, { search, paging: {} });
  if (one === undefined) return;
  const whole = add(undefined, one);
  const isWhole = (one.page.total ?? 0) <= search.count;
  record(client, directory, { search, whole, how: 'where', maySkip: !isWhole });
};

/** Reads only the total. */
export const countAll = async (client: ModelClient, directory: Directory, type: TypeName): Promise<void> => {
  const search: Search = { type, condition: { kind: 'all' }, full: true, count: 0 };
  const one = await getPage(client, directory, { search, paging: {} });
  if (one !== undefined)
    record(client, directory, { search, whole: add(undefined, one), how: 'counted', maySkip: true });
};

/** Searches served by an index, each with the condition on its results. */
export const equals = (name: string, value: string, isExact = false): Pick<Search, 'filter' | 'condition'> => {
  const folded = (text: string) => (isExact ? text : foldText(text));
  const wanted = folded(JSON.stringify(value));
  return {
    filter: `${name} eq ${JSON.stringify(value)}`,
    condition: { kind: 'attribute', name, holds: (text) => folded(text) === wanted },
  };
};
export const hasAddress = (value: string): Pick<Search, 'filter' | 'condition'> => {
  const wanted = JSON.stringify(value).toLowerCase();
  return {
    filter: `emails.value eq ${JSON.stringify(value)}`,
    condition: { kind: 'attribute', name: 'emails', holds: (text) => text.toLowerCase().includes(wanted) },
  };
};

const ADDRESSES = z.array(z.object({ value: z.string() })).min(1);
const firstAddress = (value: unknown): string | undefined => ADDRESSES.safeParse(value).data?.[0]?.value;

/** The searches that must find a resource. */
const searchesFor = (type: TypeName, body: JsonObject): Pick<Search, 'filter' | 'condition'>[] => {
  const name = body[nameOf(type)];
  const address = firstAddress(body.emails);
  return [
    ...(typeof body.externalId === 'string' ? [equals('externalId', body.externalId, true)] : []),
    ...(typeof name === 'string' ? [equals(nameOf(type), name)] : []),
    ...(type === 'User' && typeof body.displayName === 'string' ? [equals('displayName', body.displayName)] : []),
    ...(address === undefined ? [] : [hasAddress(address)]),
  ];
};

/** Searches for a resource by each of its values (design section 5, invariant 1). */
export const findByEachValue = async (client: ModelClient, { directory, type, body }: Written): Promise<void> => {
  for (const search of searchesFor(type, body))
    await find(client, directory, { type, full: true, count: 200, ...search });
};
