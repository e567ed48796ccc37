/** `list` and `show` of users and groups, which differ in their data only. */
import * as z from 'zod';
import type { AdminClient, ResourceQuery } from '../admin-client/admin-client.ts';
import { CliError } from './cli-error.ts';
import type { OptionsOf } from './command.ts';
import { type AdminOptions, connect, printResult } from './connection.ts';
import { type Columns, fieldsOption, pageOptions, toFieldTable, toPageNote } from './lists.ts';
import type { Streams } from './streams.ts';
import { toTextList, toTextTable } from './text-table.ts';

type Resource = Readonly<Record<string, unknown>>;
export type Kind = {
  /** The name of the command. */
  readonly noun: 'users' | 'groups';
  /** The attribute that identifies a resource to people, and by which lists are sorted. */
  readonly name: 'userName' | 'displayName';
  readonly columns: Columns;
  /** The attribute omitted from lists, because it may have very many values. */
  readonly omitted: string;
  readonly list: (client: AdminClient, directory: string, query: ResourceQuery) => ReturnType<AdminClient['listUsers']>;
  readonly read: (client: AdminClient, ...args: Parameters<AdminClient['readUser']>) => Promise<Resource>;
};

export const users: Kind = {
  noun: 'users',
  name: 'userName',
  columns: [
    ['ID', 'id'],
    ['USERNAME', 'userName'],
    ['ACTIVE', 'active'],
    ['GIVEN NAME', 'name.givenName'],
    ['FAMILY NAME', 'name.familyName'],
    ['EXTERNAL ID', 'externalId'],
  ],
  omitted: 'groups',
  list: (client, directory, query) => client.listUsers(directory, query),
  read: (client, ...args) => client.readUser(...args),
};
export const groups: Kind = {
  noun: 'groups',
  name: 'displayName',
  columns: [
    ['ID', 'id'],
    ['NAME', 'displayName'],
    ['EXTERNAL ID', 'externalId'],
  ],
  omitted: 'members',
  list: (client, directory, query) => client.listGroups(directory, query),
  read: (client, ...args) => client.readGroup(...args),
};

const DEFAULT_LIMIT = 100;
const PAGE = 100;

const filteredBy = (name: string) =>
  ({ value: 'filter', description: `SCIM filter, for example '${name} sw "a"'` }) as const;
const sortedBy = (name: string) =>
  ({ value: 'attribute', description: 'attribute to sort by', default: name }) as const;
const listOptions = {
  filter: filteredBy('id'),
  sort: sortedBy('id'),
  descending: { description: 'sort in descending order' },
  ...fieldsOption,
  ...pageOptions,
  limit: { ...pageOptions.limit, description: 'maximum number to list', default: DEFAULT_LIMIT },
} as const;
type ListOptions = OptionsOf<typeof listOptions> & AdminOptions;

/** @param name by which the list is sorted */
export const listOptionsOf = (name: Kind['name']): typeof listOptions => ({
  ...listOptions,
  filter: filteredBy(name),
  sort: sortedBy(name),
});

/** Lists page by page, up to the limit. */
const listUpTo = async (
  list: (query: ResourceQuery) => ReturnType<AdminClient['listUsers']>,
  { filter, start, limit, sort, descending }: ListOptions,
) => {
  const found: Resource[] = [];
  for (;;) {
    const page = await list({
      startIndex: String(start + found.length),
      count: String(Math.min(PAGE, limit - found.length)),
      sortBy: sort,
      ...(descending ? { sortOrder: 'descending' } : {}),
      ...(filter === undefined ? {} : { filter }),
    });
    found.push(...page.Resources);
    const isLast = page.Resources.length === 0 || found.length >= Math.min(limit, page.totalResults - start + 1);
    if (isLast) return { totalResults: page.totalResults, Resources: found };
  }
};

type ListCall = {
  readonly arguments: { readonly directory: string };
  readonly options: ListOptions;
  readonly streams: Streams;
};
export const listResources = async (kind: Kind, { arguments: { directory }, options, streams }: ListCall) => {
  const { fields } = options;
  const client = await connect(options, streams);
  const shown: ResourceQuery =
    fields === undefined ? { excludedAttributes: kind.omitted } : { attributes: fields.join(',') };
  const found = await listUpTo((query) => kind.list(client, directory, { ...query, ...shown }), options);
  const table = toFieldTable(kind.columns, found.Resources, fields);
  const note = toPageNote(options, found.Resources.length, found.totalResults);
  printResult(options, streams, { json: found, text: `${table}${note}` });
};

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Finds the id of a resource. @param key an id, or a userName or displayName. @throws CliError unless exactly one matches */
const find = async (client: AdminClient, kind: Kind, { directory, key }: { directory: string; key: string }) => {
  if (ID.test(key)) return key;
  const query = { filter: `${kind.name} eq ${JSON.stringify(key)}`, attributes: 'id', count: '2' };
  const { totalResults, Resources } = await kind.list(client, directory, query);
  if (totalResults > 1) throw new CliError(`${totalResults} ${kind.noun} are named ${key}. Pass an id instead.`);
  const [found] = Resources;
  if (found === undefined) throw new CliError(`Directory ${directory} has no ${kind.noun.slice(0, -1)} ${key}.`);
  return String(found.id);
};

const Member = z.looseObject({ value: z.string(), type: z.string().optional(), display: z.string().optional() });
const toMemberTable = ({ members }: Resource): string => {
  const rows = z
    .array(Member)
    .default([])
    .parse(members)
    .map(({ value, type = '-', display = '-' }) => [value, type, display]);
  return `\n${toTextTable(['MEMBER', 'TYPE', 'DISPLAY'], rows)}`;
};

type ShowCall = {
  readonly arguments: { readonly directory: string; readonly key: string };
  readonly options: AdminOptions & { readonly members?: boolean };
  readonly streams: Streams;
};
export const showResource = async (kind: Kind, { arguments: { directory, key }, options, streams }: ShowCall) => {
  const client = await connect(options, streams);
  const id = await find(client, kind, { directory, key });
  const query = options.members === false ? { excludedAttributes: 'members' } : {};
  const resource = await kind.read(client, directory, id, query);
  const { members: _, ...rest } = resource;
  const text = `${toTextList(rest)}${options.members === true ? toMemberTable(resource) : ''}`;
  printResult(options, streams, { json: resource, text });
};
