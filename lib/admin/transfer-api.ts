/** Import and export of a directory: the part of the admin API below `/admin/directories/{id}`. */
import {
  type Caller,
  countFitting,
  type DirectorySettings,
  groupType,
  type Loaded,
  limits,
  type Member,
  type Page,
  type ResourceType,
  type Store,
  toRepresentation,
  userType,
} from '../scim/index.ts';
import type { ReadMembers } from '../store/members/member-pages.ts';
import { createImporter, type Importer } from '../transfer/import-batch.ts';
import {
  type ExportOverview,
  importLimits,
  type MemberPage,
  NDJSON,
  type Resource,
  type ResourcePage,
} from '../transfer/transfer-messages.ts';
import type { AdminAnswer, AdminRequest } from './admin-api.ts';
import {
  AdminError,
  badRequest,
  methodNotAllowed,
  type Report,
  toFailure,
  unsupportedMediaType,
} from './admin-error.ts';
import { Slug } from './directory-messages.ts';

export type TransferRequest = AdminRequest & {
  readonly query: ReadonlyMap<string, string>;
  readonly requestId: string;
  /** Milliseconds since 1970 by which the request must end. */
  readonly deadline: number;
};
export type TransferOptions = {
  /** @throws AdminError 404 */
  readonly readDirectory: (id: string) => Promise<DirectorySettings & { readonly id: string }>;
  readonly store: Store;
  readonly readMembers: ReadMembers;
  readonly report: Report;
};

type Call = {
  readonly request: TransferRequest;
  readonly directory: DirectorySettings;
  /** The group's id in the path; empty for other routes. */
  readonly id: string;
};
type Parts = TransferOptions & { readonly importer: Importer };
type Operation = (parts: Parts, call: Call) => Promise<object>;

const PAGE_LIMITS = { users: 200, groups: 50, members: 5000 } as const;

const readCount = ({ query }: TransferRequest, limit: number): number => {
  const text = query.get('count');
  if (text === undefined) return limit;
  if (!/^[1-9]\d{0,5}$/.test(text)) throw badRequest('count: must be a positive integer');
  return Math.min(limit, Number(text));
};
const readFlag = ({ query }: TransferRequest, name: string): boolean => {
  const text = query.get(name) ?? 'false';
  if (text !== 'true' && text !== 'false') throw badRequest(`${name}: must be true or false`);
  return text === 'true';
};

const pageOf = (store: Store, { directory, request }: Call, page: { type: ResourceType; count: number }) => {
  const { type, count } = page;
  const cursor = count === 0 ? undefined : { after: request.query.get('after') };
  const include = { members: false, groups: false };
  return store.query(
    { directory: directory.id, type },
    { filter: undefined, startIndex: 1, count, cursor, include, matches: () => true, deadline: request.deadline },
  );
};

const overview: Operation = async ({ store }, call) => {
  const countOf = async (type: ResourceType) => (await pageOf(store, call, { type, count: 0 })).totalResults ?? 0;
  const [users, groups] = await Promise.all([countOf(userType), countOf(groupType)]);
  return { directory: { ...call.directory }, counts: { users, groups } } satisfies ExportOverview;
};

// A representation of the core is always JSON.
const toResource = (loaded: Loaded, type: ResourceType) => toRepresentation(loaded, type, undefined) as Resource;

/** @returns the first values that fit into one response, at least one */
const fitting = <Value extends object>(values: readonly Value[]): readonly Value[] =>
  values.slice(0, countFitting(values, limits.answerBytes));

/** Cuts the page off before the response gets too large. */
const fitPage = ({ resources, cursors }: Page, type: ResourceType): ResourcePage => {
  const shown = fitting(resources.map((loaded) => toResource(loaded, type)));
  const after = shown.length < resources.length ? cursors?.positions[shown.length - 1] : cursors?.next;
  return { resources: [...shown], ...(after === undefined ? {} : { after }) };
};

const listOf =
  (type: ResourceType, limit: number): Operation =>
  async ({ store }, call) =>
    fitPage(await pageOf(store, call, { type, count: readCount(call.request, limit) }), type);

const toValue = ({ id, type, display }: Member): MemberPage['members'][number] => ({
  value: id,
  ...(display === undefined ? {} : { display }),
  ...(type === undefined ? {} : { type }),
});
const listMembers: Operation = async ({ readMembers }, { directory, request, id }) => {
  const from = { after: request.query.get('after'), limit: readCount(request, PAGE_LIMITS.members) };
  const page = await readMembers({ directory: directory.id, type: groupType }, id, from);
  if (page === undefined) throw new AdminError(404, `There is no group ${id}.`);
  const members = fitting(page.members.map(toValue));
  const after = members.length < page.members.length ? members.at(-1)?.value : page.after;
  return { members: [...members], ...(after === undefined ? {} : { after }) } satisfies MemberPage;
};

const readLines = ({ body = '', contentType = '' }: TransferRequest): readonly string[] => {
  if (contentType.split(';')[0]?.trim().toLowerCase() !== NDJSON)
    throw unsupportedMediaType(`The body must be ${NDJSON}, one JSON object per line.`);
  if (Buffer.byteLength(body) > importLimits.bytes)
    throw new AdminError(
      413,
      `The body is larger than ${importLimits.bytes / 2 ** 20} MB. Send fewer lines per request.`,
    );
  const lines = body.split('\n');
  if (lines.filter((line) => line.trim() !== '').length > importLimits.lines)
    throw new AdminError(413, `The body has more than ${importLimits.lines} lines. Send fewer lines per request.`);
  return lines;
};

const importBy =
  (what: keyof Importer): Operation =>
  async ({ importer }, { directory, request }) => {
    const { requestId, deadline } = request;
    const caller: Caller = { directory, actor: { kind: 'admin', requestId }, reason: 'import', deadline };
    const options = { keepIds: readFlag(request, 'keepIds'), dryRun: readFlag(request, 'dryRun') };
    return { results: await importer[what]({ lines: readLines(request), caller, options }) };
  };

type Route = { readonly path: RegExp; readonly method: 'GET' | 'POST'; readonly operation: Operation };
const routes: readonly Route[] = [
  { path: /^export$/, method: 'GET', operation: overview },
  { path: /^export\/Users$/, method: 'GET', operation: listOf(userType, PAGE_LIMITS.users) },
  { path: /^export\/Groups$/, method: 'GET', operation: listOf(groupType, PAGE_LIMITS.groups) },
  { path: /^export\/Groups\/(?<id>[^/]+)\/members$/, method: 'GET', operation: listMembers },
  { path: /^import$/, method: 'POST', operation: importBy('importResources') },
  { path: /^import\/memberships$/, method: 'POST', operation: importBy('importMemberships') },
];

const PATH = /^\/directories\/(?<directory>[^/]+)\/(?<rest>.+?)\/?$/;
const findRoute = (path: string) => {
  const { directory = '', rest = '' } = PATH.exec(path)?.groups ?? {};
  const route = routes.find((one) => one.path.test(rest));
  if (route === undefined || !Slug.safeParse(directory).success) return undefined;
  return { route, directory, id: route.path.exec(rest)?.groups?.id ?? '' };
};

/**
 * Adds import and export to the admin API.
 * @param next handles all other requests
 * @returns a function that never throws
 */
export function withTransfer(
  options: TransferOptions,
  next: (request: AdminRequest) => Promise<AdminAnswer>,
): (request: TransferRequest) => Promise<AdminAnswer> {
  const parts: Parts = { ...options, importer: createImporter(options.store, options.report) };
  const answer = async (request: TransferRequest, found: NonNullable<ReturnType<typeof findRoute>>) => {
    const { operation, method } = found.route;
    if (request.method !== method) throw methodNotAllowed(method);
    const directory = await options.readDirectory(found.directory);
    return operation(parts, { request, directory, id: found.id });
  };
  return async (request) => {
    const found = findRoute(request.path);
    if (found === undefined) return next(request);
    try {
      const body = JSON.stringify(await answer(request, found));
      return { status: 200, headers: { 'Content-Type': 'application/json' }, body };
    } catch (error) {
      return toFailure(error, request.requestId, options.report);
    }
  };
}
