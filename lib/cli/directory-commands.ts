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
import { answer, argumentOf, connect, parseUsage, type Streams, withConnection } from './command-context.ts';
import { confirm, willAsk, withConfirmation } from './confirmation.ts';
import { DirectoryOptions, toGuard, withDirectoryOptions } from './directory-options.ts';
import { toTextList, toTextTable } from './text-table.ts';

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

/** What to paste into the identity provider. */
export const toPaste = ({ baseUrl, token }: { baseUrl: string; token: string }): string =>
  `\n  URL    ${baseUrl}\n  Token  ${token}\n\nThe token is shown this once only.\n`;

const createFirstToken = (client: AdminClient, directory: string): Promise<NewTokenAnswer> =>
  client.createToken(directory, { name: FIRST_TOKEN }).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(
      `Directory ${directory} is made, but has no token: ${reason} Try: scim token create ${directory}`,
    );
  });

const toText = ({ id, baseUrl }: DirectoryAnswer, token: NewTokenAnswer | undefined): string =>
  token === undefined
    ? `Directory ${id} is ready.\n\n  URL    ${baseUrl}\n`
    : `Directory ${id} is ready. Paste these into the identity provider:\n${toPaste(token)}`;

const addCreate = (parent: Command, streams: Streams): Command =>
  withDirectoryOptions(
    parent
      .command('create')
      .summary('make a directory and its first token')
      .description("Make a directory, and a token for the customer's identity provider.")
      .argument('<id>', '1 to 40 characters of a-z, 0-9 and -', argumentOf(Slug)),
  )
    .option('--no-unique-group-names', 'let several groups have one name; cannot be changed later')
    .option('--no-token', 'make no token')
    .action(async (id: unknown, _: unknown, command: Command) => {
      const options = CreateOptions.parse(command.opts());
      const settings = toSettings(String(id), options);
      const client = await connect(command, streams);
      const directory = await client.createDirectory(settings);
      const token = options.token ? await createFirstToken(client, directory.id) : undefined;
      const { baseUrl, ...rest } = directory;
      answer(command, streams, { json: { baseUrl, directory: rest, token }, text: toText(directory, token) });
    });

const addList = (parent: Command, streams: Streams): Command =>
  parent
    .command('list')
    .summary('list the directories')
    .description('List the directories in the order of their ids.')
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
      answer(command, streams, { json: list, text });
    });

const addShow = (parent: Command, streams: Streams): Command =>
  parent
    .command('show')
    .summary('show a directory')
    .description('Show the settings of a directory, and the URL for its identity provider.')
    .argument('<id>', "the directory's id", argumentOf(Slug))
    .action(async (id: unknown, _: unknown, command: Command) => {
      const found = await (await connect(command, streams)).readDirectory(String(id));
      answer(command, streams, { json: found, text: toTextList(found) });
    });

const SetOptions = DirectoryOptions.extend({ removeLabel: z.array(z.string()).default([]) });

/** An empty text takes a setting back. */
const orNull = (text: string | undefined) => (text === '' ? null : text);

/** @returns the merge patch, without what nothing was said of */
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
      .summary('change settings')
      .description('Change settings of a directory: those that are named. An empty text takes one back.')
      .argument('<id>', "the directory's id", argumentOf(Slug)),
  )
    .option('--remove-label <key>', 'take a label away; may be repeated', (key: string, before: string[] = []) => [
      ...before,
      key,
    ])
    .action(async (id: unknown, _: unknown, command: Command) => {
      const patch = toPatch(SetOptions.parse(command.opts()));
      if (Object.keys(patch).length === 0) throw new CliError('Say what to change, for example --name "Acme Inc."', 2);
      const changed = await (await connect(command, streams)).changeDirectory(String(id), patch);
      answer(command, streams, { json: changed, text: toTextList(changed) });
    });

const addPause = (parent: Command, streams: Streams): Command =>
  parent
    .command('pause')
    .summary('refuse writes over SCIM')
    .description('Refuse every write over SCIM with 429, within half a minute; reading goes on.')
    .argument('<id>', "the directory's id", argumentOf(Slug))
    .action(async (id: unknown, _: unknown, command: Command) => {
      const paused = await (await connect(command, streams)).pauseDirectory(String(id));
      answer(command, streams, {
        json: paused,
        text: `Directory ${id} is paused. To go on: scim directory resume ${id}\n`,
      });
    });

const addResume = (parent: Command, streams: Streams): Command =>
  parent
    .command('resume')
    .summary('take writes again')
    .description('Take writes again, after a pause or after the guard was tripped, within half a minute.')
    .argument('<id>', "the directory's id", argumentOf(Slug))
    .action(async (id: unknown, _: unknown, command: Command) => {
      const resumed = await (await connect(command, streams)).resumeDirectory(String(id));
      answer(command, streams, { json: resumed, text: `Directory ${id} takes writes again.\n` });
    });

const toProgress = (id: string, { remaining, waitSeconds }: DeletionAnswer): string =>
  remaining > 0
    ? `Deleting ${id}: about ${remaining} users and groups remain.`
    : `Deleting ${id}: everything is removed; ${waitSeconds} seconds until no function can know it any more.`;

const askWhetherToDelete = async (command: Command, streams: Streams, id: string): Promise<void> => {
  if (!willAsk(command, streams)) return confirm(command, streams, `Delete directory ${id} with everything in it?`);
  const client = await connect(command, streams);
  const none = { count: '0' };
  const [users, groups] = await Promise.all([client.listUsers(id, none), client.listGroups(id, none)]);
  const content = `${users.totalResults} users and ${groups.totalResults} groups`;
  return confirm(command, streams, `Delete directory ${id} with its tokens, ${content}?`);
};

const addDelete = (parent: Command, streams: Streams): Command =>
  withConfirmation(
    parent
      .command('delete')
      .summary('delete a directory with everything in it')
      .description(
        'Delete a directory with its users, groups and tokens. Its clients are refused within a minute. When it is interrupted, say it again.',
      )
      .argument('<id>', "the directory's id", argumentOf(Slug)),
  ).action(async (id: unknown, _: unknown, command: Command) => {
    const show = (step: DeletionAnswer) => {
      // At a terminal each line takes the place of the one before.
      const text = toProgress(String(id), step);
      streams.err(streams.terminal ? `\r\u001b[K${text}` : `${text}\n`);
    };
    await askWhetherToDelete(command, streams, String(id));
    const client = await connect(command, streams);
    await client.deleteDirectory(String(id), show).finally(() => streams.terminal && streams.err('\r\u001b[K'));
    answer(command, streams, { json: { deleted: id }, text: `Directory ${id} is deleted.\n` });
  });

export function addDirectoryCommands(program: Command, streams: Streams): void {
  const directory = program.command('directory').description('Directories: one for each customer.');
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
