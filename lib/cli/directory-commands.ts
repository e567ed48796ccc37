/** `scim directory ...` */
import type { Command } from 'commander';
import * as z from 'zod';
import {
  type DeletionAnswer,
  type DirectoryAnswer,
  DirectorySettings,
  type NewTokenAnswer,
  Slug,
} from '../admin/directory-messages.ts';
import type { AdminClient } from '../admin-client/admin-client.ts';
import { CliError } from './cli-error.ts';
import { argumentParser, connect, parseUsage, printResult, type Streams, withConnection } from './command-context.ts';
import { confirm, willAsk, withConfirmation } from './confirmation.ts';
import { DirectoryOptions, toGuard, withDirectoryOptions } from './directory-options.ts';
import { toTextList, toTextTable } from './text-table.ts';
import { counted } from './wording.ts';

const FIRST_TOKEN = 'default';

const CreateOptions = DirectoryOptions.extend({ uniqueGroupNames: z.boolean(), token: z.boolean() });

const toSettings = (id: string, options: z.infer<typeof CreateOptions>) =>
  parseUsage(DirectorySettings, {
    id,
    name: options.name,
    tenant: options.tenant,
    identityProvider: options.idp,
    defaultGroup: options.defaultGroup,
    mode: options.mode,
    uniqueGroupNames: options.uniqueGroupNames,
    labels: Object.fromEntries(options.label ?? []),
    guard: toGuard(options) ?? undefined,
  });

/** The URL and token to paste into the identity provider. */
export const toConnectionText = ({ baseUrl, token }: { baseUrl: string; token: string }): string =>
  `\n  URL    ${baseUrl}\n  Token  ${token}\n\nThe token is shown only once.\n`;

const createFirstToken = (client: AdminClient, directory: string): Promise<NewTokenAnswer> =>
  client.createToken(directory, { name: FIRST_TOKEN }).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(`Created directory ${directory}, but no token: ${reason} Run: scim token create ${directory}`);
  });

const toText = ({ id, baseUrl }: DirectoryAnswer, token: NewTokenAnswer | undefined): string =>
  token === undefined
    ? `Created directory ${id}.\n\n  URL    ${baseUrl}\n`
    : `Created directory ${id}. Paste these into the identity provider:\n${toConnectionText(token)}`;

const addCreate = (parent: Command, streams: Streams): Command =>
  withDirectoryOptions(
    parent
      .command('create')
      .summary('create a directory and its first token')
      .description("Create a directory, and a token for the customer's identity provider.")
      .argument('<id>', 'directory id: 1 to 40 characters of a-z, 0-9 and -', argumentParser(Slug)),
  )
    .option('--no-unique-group-names', 'allow several groups with the same name; cannot be changed later')
    .option('--no-token', 'do not create a token')
    .action(async (id: unknown, _: unknown, command: Command) => {
      const options = CreateOptions.parse(command.opts());
      const settings = toSettings(String(id), options);
      const client = await connect(command, streams);
      const directory = await client.createDirectory(settings);
      const token = options.token ? await createFirstToken(client, directory.id) : undefined;
      const { baseUrl, ...rest } = directory;
      printResult(command, streams, { json: { baseUrl, directory: rest, token }, text: toText(directory, token) });
    });

const addList = (parent: Command, streams: Streams): Command =>
  parent
    .command('list')
    .summary('list all directories')
    .description('List all directories, ordered by id.')
    .action(async (_: unknown, command: Command) => {
      const list = await (await connect(command, streams)).listDirectories();
      const rows = list.directories.map((directory) => [
        directory.id,
        directory.name ?? '-',
        directory.tenant ?? '-',
        directory.identityProvider ?? '-',
        directory.mode,
        directory.status,
        directory.createdAt,
      ]);
      const text = toTextTable(['ID', 'NAME', 'TENANT', 'IDP', 'MODE', 'STATUS', 'CREATED'], rows);
      printResult(command, streams, { json: list, text });
    });

const addShow = (parent: Command, streams: Streams): Command =>
  parent
    .command('show')
    .summary('show a directory')
    .description('Show the settings of a directory and the URL for its identity provider.')
    .argument('<id>', 'directory id', argumentParser(Slug))
    .action(async (id: unknown, _: unknown, command: Command) => {
      const found = await (await connect(command, streams)).readDirectory(String(id));
      printResult(command, streams, { json: found, text: toTextList(found) });
    });

const SetOptions = DirectoryOptions.extend({ removeLabel: z.array(z.string()).default([]) });

/** An empty string resets a setting. */
const orNull = (text: string | undefined) => (text === '' ? null : text);

/** @returns the merge patch, with only the settings that were passed */
const toPatch = (options: z.infer<typeof SetOptions>): Readonly<Record<string, unknown>> => {
  const labels = new Map<string, string | null>([
    ...(options.label ?? []),
    ...options.removeLabel.map((key) => [key, null] as const),
  ]);
  const patch = {
    name: orNull(options.name),
    tenant: orNull(options.tenant),
    identityProvider: orNull(options.idp),
    defaultGroup: orNull(options.defaultGroup),
    mode: options.mode,
    labels: labels.size === 0 ? undefined : Object.fromEntries(labels),
    guard: toGuard(options),
  };
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
};

const addSet = (parent: Command, streams: Streams): Command =>
  withDirectoryOptions(
    parent
      .command('set')
      .summary('change the settings of a directory')
      .description(
        'Change settings of a directory. Settings that are not passed stay as they are; an empty string resets one.',
      )
      .argument('<id>', 'directory id', argumentParser(Slug)),
  )
    .option('--remove-label <key>', 'remove a label; may be repeated', (key: string, previous: string[] = []) => [
      ...previous,
      key,
    ])
    .action(async (id: unknown, _: unknown, command: Command) => {
      const patch = toPatch(SetOptions.parse(command.opts()));
      if (Object.keys(patch).length === 0)
        throw new CliError('Nothing to change. Pass at least one option, for example --name "Acme Inc."', 2);
      const changed = await (await connect(command, streams)).changeDirectory(String(id), patch);
      printResult(command, streams, { json: changed, text: toTextList(changed) });
    });

const addPause = (parent: Command, streams: Streams): Command =>
  parent
    .command('pause')
    .summary('pause writes over SCIM')
    .description('Refuse every write over SCIM with status 429. Takes effect within 30 seconds. Reads continue.')
    .argument('<id>', 'directory id', argumentParser(Slug))
    .action(async (id: unknown, _: unknown, command: Command) => {
      const paused = await (await connect(command, streams)).pauseDirectory(String(id));
      printResult(command, streams, {
        json: paused,
        text: `Paused directory ${id}. To resume it: scim directory resume ${id}\n`,
      });
    });

const addResume = (parent: Command, streams: Streams): Command =>
  parent
    .command('resume')
    .summary('resume writes over SCIM')
    .description('Accept writes again after a pause, or after the guard tripped. Takes effect within 30 seconds.')
    .argument('<id>', 'directory id', argumentParser(Slug))
    .action(async (id: unknown, _: unknown, command: Command) => {
      const resumed = await (await connect(command, streams)).resumeDirectory(String(id));
      printResult(command, streams, { json: resumed, text: `Resumed directory ${id}.\n` });
    });

const toProgress = (id: string, { remaining, waitSeconds }: DeletionAnswer): string =>
  remaining > 0
    ? `Deleting ${id}: about ${counted(remaining, 'resource')} left.`
    : `Deleting ${id}: no resources left; waiting ${counted(waitSeconds, 'second')} for caches to expire.`;

const confirmDeletion = async (command: Command, streams: Streams, id: string): Promise<void> => {
  if (!willAsk(command, streams)) return confirm(command, streams, `Delete directory ${id} and everything in it?`);
  const client = await connect(command, streams);
  const noResources = { count: '0' };
  const [users, groups] = await Promise.all([client.listUsers(id, noResources), client.listGroups(id, noResources)]);
  const content = `${counted(users.totalResults, 'user')} and ${counted(groups.totalResults, 'group')}`;
  return confirm(command, streams, `Delete directory ${id} with its tokens, ${content}?`);
};

const addDelete = (parent: Command, streams: Streams): Command =>
  withConfirmation(
    parent
      .command('delete')
      .summary('delete a directory and everything in it')
      .description(
        'Delete a directory with its users, groups and tokens. Its clients are refused within a minute. If interrupted, run it again.',
      )
      .argument('<id>', 'directory id', argumentParser(Slug)),
  ).action(async (id: unknown, _: unknown, command: Command) => {
    const show = (step: DeletionAnswer) => {
      // On a terminal, each line overwrites the previous one.
      const text = toProgress(String(id), step);
      streams.err(streams.terminal ? `\r\u001b[K${text}` : `${text}\n`);
    };
    await confirmDeletion(command, streams, String(id));
    const client = await connect(command, streams);
    await client.deleteDirectory(String(id), show).finally(() => streams.terminal && streams.err('\r\u001b[K'));
    printResult(command, streams, { json: { deleted: id }, text: `Deleted directory ${id}.\n` });
  });

export function addDirectoryCommands(program: Command, streams: Streams): void {
  const directory = program
    .command('directory')
    .summary('manage directories, one per customer')
    .description('Manage directories, one per customer.');
  withConnection(addCreate(directory, streams), [
    'scim directory create acme --idp okta --tenant org_42',
    'scim directory create acme --stack Rollcall --guard 10% --label plan=gold --label region=eu',
  ]);
  withConnection(addList(directory, streams), ['scim directory list', 'scim directory list --stack Rollcall --json']);
  withConnection(addShow(directory, streams), ['scim directory show acme']);
  withConnection(addSet(directory, streams), [
    'scim directory set acme --name "Acme Inc." --idp entra',
    'scim directory set acme --guard 50 --guard-minutes 30',
    'scim directory set acme --guard off --remove-label plan',
  ]);
  withConnection(addPause(directory, streams), ['scim directory pause acme']);
  withConnection(addResume(directory, streams), ['scim directory resume acme']);
  withConnection(addDelete(directory, streams), [
    'scim directory delete acme',
    'scim directory delete acme --yes --json',
  ]);
}
