/** The handlers of import and export. */
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
import { AdminError, badRequest, type Report, unsupportedMediaType } from './admin-error.ts';
import type { AdminRequest, Handlers } from './router.ts';
import type { transferOperations } from './transfer-operations.ts';

export type TransferOptions = {
  /** @throws AdminError 404 */
  readonly readDirectory: (id: string) => Promise<DirectorySettings & { readonly id: string }>;
  readonly store: Store;
  readonly readMembers: ReadMembers;
  readonly report: Report;
};

type TransferCall = {
  readonly request: AdminRequest;
  readonly directory: DirectorySettings;
  /** The group's id in the path; empty for other routes. */
  readonly id: string;
};
type Parts = TransferOptions & { readonly importer: Importer };
type Transfer = (parts: Parts, call: TransferCall) => Promise<object>;

const PAGE_LIMITS = { users: 200, groups: 50, members: 5000 } as const;

const readCount = ({ query }: AdminRequest, limit: number): number => {
  const text = query.get('count');
  if (text === undefined) return limit;
  if (!/^[1-9]\d{0,5}$/.test(text)) throw badRequest('count: must be a positive integer');
  return Math.min(limit, Number(text));
};
const readFlag = ({ query }: AdminRequest, name: string): boolean => {
  const text = query.get(name) ?? 'false';
  if (text !== 'true' && text !== 'false') throw badRequest(`${name}: must be true or false`);
  return text === 'true';
};

const pageOf = (store: Store, { directory, request }: TransferCall, page: { type: ResourceType; count: number }) => {
  const { type, count } = page;
  const cursor = count === 0 ? undefined : { after: request.query.get('after') };
  const include = { members: false, groups: false };
  return store.query(
    { directory: directory.id, type },
    { filter: undefined, startIndex: 1, count, cursor, include, matches: () => true, deadline: request.deadline },
  );
};

const overview: Transfer = async ({ store }, call) => {
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
  (type: ResourceType, limit: number): Transfer =>
  async ({ store }, call) =>
    fitPage(await pageOf(store, call, { type, count: readCount(call.request, limit) }), type);

const toValue = ({ id, type, display }: Member): MemberPage['members'][number] => ({
  value: id,
  ...(display === undefined ? {} : { display }),
  ...(type === undefined ? {} : { type }),
});
const listMembers: Transfer = async ({ readMembers }, { directory, request, id }) => {
  const from = { after: request.query.get('after'), limit: readCount(request, PAGE_LIMITS.members) };
  const page = await readMembers({ directory: directory.id, type: groupType }, id, from);
  if (page === undefined) throw new AdminError(404, `There is no group ${id}.`);
  const members = fitting(page.members.map(toValue));
  const after = members.length < page.members.length ? members.at(-1)?.value : page.after;
  return { members: [...members], ...(after === undefined ? {} : { after }) } satisfies MemberPage;
};

const readLines = ({ body = '', contentType = '' }: AdminRequest): readonly string[] => {
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
  (what: keyof Importer): Transfer =>
  async ({ importer }, { directory, request }) => {
    const { requestId, deadline } = request;
    const caller: Caller = { directory, actor: { kind: 'admin', requestId }, reason: 'import', deadline };
    const options = { keepIds: readFlag(request, 'keepIds'), dryRun: readFlag(request, 'dryRun') };
    return { results: await importer[what]({ lines: readLines(request), caller, options }) };
  };

/** @throws AdminError 404, 409 from each handler for a directory that is not live */
export const createTransferHandlers = (options: TransferOptions): Handlers<typeof transferOperations> => {
  const parts: Parts = { ...options, importer: createImporter(options.store, options.report) };
  const handle =
    (transfer: Transfer): Handlers<typeof transferOperations>['exportOverview'] =>
    async ({ directory, name, request }) => {
      const settings = await options.readDirectory(directory);
      return { status: 200, body: await transfer(parts, { request, directory: settings, id: name }) };
    };
  return {
    exportOverview: handle(overview),
    exportUsers: handle(listOf(userType, PAGE_LIMITS.users)),
    exportGroups: handle(listOf(groupType, PAGE_LIMITS.groups)),
    exportMembers: handle(listMembers),
    importResources: handle(importBy('importResources')),
    importMemberships: handle(importBy('importMemberships')),
  };
};
