/** `scim directory ...` */
import { type Command, InvalidArgumentError, Option } from 'commander';
import * as z from 'zod';
import { type DirectoryAnswer, DirectorySettings, type NewTokenAnswer, Slug } from '../admin/messages.ts';
import type { AdminClient } from '../admin-client/admin-client.ts';
import { CliError } from './cli-error.ts';
import { answer, argumentOf, connect, parseUsage, type Streams, withConnection } from './command-context.ts';
import { toTextTable } from './text-table.ts';

const FIRST_TOKEN = 'default';

const CreateOptions = z.object({
  name: z.string().optional(),
  tenant: z.string().optional(),
  idp: z.string().optional(),
  mode: z.string().optional(),
  uniqueGroupNames: z.boolean(),
  label: z.map(z.string(), z.string()).optional(),
  token: z.boolean(),
});

const addLabel = (text: string, before: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> => {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('A label is written key=value.');
  return new Map(before).set(text.slice(0, at), text.slice(at + 1));
};

const toSettings = (id: string, options: z.infer<typeof CreateOptions>) =>
  parseUsage(DirectorySettings, {
    id,
    name: options.name,
    tenant: options.tenant,
    identityProvider: options.idp,
    mode: options.mode,
    uniqueGroupNames: options.uniqueGroupNames,
    labels: Object.fromEntries(options.label ?? []),
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
  parent
    .command('create')
    .summary('make a directory and its first token')
    .description("Make a directory, and a token for the customer's identity provider.")
    .argument('<id>', '1 to 40 characters of a-z, 0-9 and -', argumentOf(Slug))
    .option('--name <text>', 'a name for people')
    .option('--tenant <text>', 'your own label for the customer, told to subscribers')
    .option('--idp <name>', 'the identity provider, for example okta or entra')
    .addOption(new Option('--mode <mode>', 'rfc refuses what only some clients need').choices(['tolerant', 'rfc']))
    .option('--no-unique-group-names', 'let several groups have one name; cannot be changed later')
    .option('--label <key=value>', 'a label of your own; may be repeated', addLabel)
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
        directory.createdAt,
      ]);
      const text = toTextTable(['ID', 'NAME', 'TENANT', 'IDP', 'MODE', 'CREATED'], rows);
      answer(command, streams, { json: list, text });
    });

export function addDirectoryCommands(program: Command, streams: Streams): void {
  const directory = program.command('directory').description('Directories: one for each customer.');
  withConnection(addCreate(directory, streams), [
    'scim directory create acme --idp okta --tenant org_42',
    'scim directory create acme --stack Rollcall --label plan=gold --label region=eu',
  ]);
  withConnection(addList(directory, streams), ['scim directory list', 'scim directory list --stack Rollcall --json']);
}
