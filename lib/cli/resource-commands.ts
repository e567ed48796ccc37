/** `scim users ...` and `scim groups ...`: the resources of a directory. */
import { type Command, InvalidArgumentError } from 'commander';
import * as z from 'zod';
import { Slug } from '../admin/directory-messages.ts';
import type { AdminClient, ResourceQuery } from '../admin-client/admin-client.ts';
import { CliError } from './cli-error.ts';
import { argumentParser, connect, printResult, type Streams, withConnection } from './command-context.ts';
import { toTextList, toTextTable } from './text-table.ts';

type Resource = Readonly<Record<string, unknown>>;
type Kind = {
  /** The name of the command. */
  readonly noun: 'users' | 'groups';
  /** The attribute that identifies a resource to people. */
  readonly name: 'userName' | 'displayName';
  readonly columns: readonly (readonly [heading: string, of: (resource: Resource) => unknown])[];
  /** The attribute omitted from lists, because it may have very many values. */
  readonly omitted: string;
  readonly list: (client: AdminClient, directory: string, query: ResourceQuery) => ReturnType<AdminClient['listUsers']>;
  readonly read: (client: AdminClient, ...args: Parameters<AdminClient['readUser']>) => Promise<Resource>;
};

const users: Kind = {
  noun: 'users',
  name: 'userName',
  columns: [
    ['USERNAME', ({ userName }) => userName],
    ['ACTIVE', ({ active }) => (active === false ? 'no' : 'yes')],
    [
      'NAME',
      ({ displayName, name }) =>
        displayName ?? z.looseObject({ formatted: z.string() }).safeParse(name).data?.formatted,
    ],
    ['EXTERNAL ID', ({ externalId }) => externalId],
  ],
  omitted: 'groups',
  list: (client, directory, query) => client.listUsers(directory, query),
  read: (client, ...args) => client.readUser(...args),
};
const groups: Kind = {
  noun: 'groups',
  name: 'displayName',
  columns: [
    ['NAME', ({ displayName }) => displayName],
    ['EXTERNAL ID', ({ externalId }) => externalId],
  ],
  omitted: 'members',
  list: (client, directory, query) => client.listGroups(directory, query),
  read: (client, ...args) => client.readGroup(...args),
};

const ListOptions = z.object({ filter: z.string().optional(), limit: z.number().default(100) });
const PAGE = 100;

const parseLimit = (text: string): number => {
  if (!/^[1-9][0-9]{0,6}$/.test(text)) throw new InvalidArgumentError('Expected a whole number from 1 to 9999999.');
  return Number(text);
};

/** Lists page by page, up to the limit. */
const listUpTo = async (
  list: (query: ResourceQuery) => ReturnType<AdminClient['listUsers']>,
  { filter, limit }: z.infer<typeof ListOptions>,
) => {
  const found: Resource[] = [];
  for (;;) {
    const page = await list({
      startIndex: String(found.length + 1),
      count: String(Math.min(PAGE, limit - found.length)),
      ...(filter === undefined ? {} : { filter }),
    });
    found.push(...page.Resources);
    const isLast = page.Resources.length === 0 || found.length >= Math.min(limit, page.totalResults);
    if (isLast) return { totalResults: page.totalResults, Resources: found };
  }
};

const cell = (value: unknown) => (value === undefined || value === null ? '-' : String(value));

const addList = (parent: Command, streams: Streams, kind: Kind): Command =>
  parent
    .command('list')
    .summary(`list the ${kind.noun} of a directory`)
    .description(`List the ${kind.noun} of a directory, without their ${kind.omitted}.`)
    .argument('<directory>', 'directory id', argumentParser(Slug))
    .option('--filter <filter>', `SCIM filter, for example '${kind.name} sw "a"'`)
    .option('--limit <number>', `maximum number of ${kind.noun} to list (default: 100)`, parseLimit)
    .action(async (directory: unknown, _: unknown, command: Command) => {
      const options = ListOptions.parse(command.opts());
      const client = await connect(command, streams);
      const list = (query: ResourceQuery) =>
        kind.list(client, String(directory), { ...query, excludedAttributes: kind.omitted });
      const found = await listUpTo(list, options);
      const rows = found.Resources.map((resource) => [
        cell(resource.id),
        ...kind.columns.map(([, of]) => cell(of(resource))),
      ]);
      const table = toTextTable(['ID', ...kind.columns.map(([heading]) => heading)], rows);
      const more =
        found.totalResults > rows.length
          ? `Showing ${rows.length} of ${found.totalResults}. Pass --limit to list more.\n`
          : '';
      printResult(command, streams, { json: found, text: `${table}${more}` });
    });

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

const addShow = (parent: Command, streams: Streams, kind: Kind): Command =>
  parent
    .command('show')
    .summary(`show one ${kind.noun.slice(0, -1)}`)
    .description(`Show one ${kind.noun.slice(0, -1)} of a directory.`)
    .argument('<directory>', 'directory id', argumentParser(Slug))
    .argument('<key>', `id or ${kind.name}`)
    .action(async (directory: unknown, key: unknown, ...[, command]: [unknown, Command]) => {
      const client = await connect(command, streams);
      const withMembers = z.object({ members: z.boolean().default(false) }).parse(command.opts()).members;
      const id = await find(client, kind, { directory: String(directory), key: String(key) });
      const query = kind === groups && !withMembers ? { excludedAttributes: 'members' } : {};
      const resource = await kind.read(client, String(directory), id, query);
      const { members: _, ...rest } = resource;
      const text = `${toTextList(rest)}${withMembers ? toMemberTable(resource) : ''}`;
      printResult(command, streams, { json: resource, text });
    });

export function addResourceCommands(program: Command, streams: Streams): void {
  const ofUsers = program
    .command('users')
    .summary('list and show users')
    .description('List and show the users of a directory.');
  withConnection(addList(ofUsers, streams, users), [
    'scim users list acme',
    'scim users list acme --filter \'userName sw "ann"\' --json',
  ]);
  withConnection(addShow(ofUsers, streams, users), ['scim users show acme ann@acme.com']);
  const ofGroups = program
    .command('groups')
    .summary('list and show groups')
    .description('List and show the groups of a directory.');
  withConnection(addList(ofGroups, streams, groups), ['scim groups list acme --limit 500']);
  withConnection(addShow(ofGroups, streams, groups).option('--members', 'include the members'), [
    'scim groups show acme Engineering --members',
  ]);
}
