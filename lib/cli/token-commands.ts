/** `scim token ...` */
import { type Command, InvalidArgumentError, Option } from 'commander';
import * as z from 'zod';
import { Slug, TokenName } from '../admin/directory-messages.ts';
import { argumentParser, connect, printResult, type Streams, withConnection } from './command-context.ts';
import { confirm, withConfirmation } from './confirmation.ts';
import { toConnectionText } from './directory-commands.ts';
import { toTextTable } from './text-table.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

const CreateOptions = z.object({
  name: z.string().optional(),
  scope: z.enum(['read', 'write']),
  expires: z.string().optional(),
});

/** Parses `90d` as ninety days from now, `2027-01-31` as the start of that day in UTC, or a time with an offset. */
const parseExpiry = (text: string): string => {
  const days = /^([1-9][0-9]{0,4})d$/.exec(text)?.[1];
  if (days !== undefined) return new Date(Date.now() + Number(days) * DAY_MS).toISOString();
  const isDate = z.union([z.iso.date(), z.iso.datetime({ offset: true })]).safeParse(text).success;
  if (!isDate) throw new InvalidArgumentError('Expected 90d, 2027-01-31 or 2027-01-31T12:00:00Z.');
  return new Date(text).toISOString();
};

/** For example `token-20261121-101500`: names are unique within a directory. */
const defaultName = () => `token-${new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')}`;

const addCreate = (parent: Command, streams: Streams): Command =>
  parent
    .command('create')
    .summary('create a token')
    .description('Create a token for a directory. The token is shown only once.')
    .argument('<directory>', 'directory id', argumentParser(Slug))
    .option('--name <name>', 'label (default: timestamp)', argumentParser(TokenName))
    .addOption(
      new Option('--scope <scope>', 'read: GET requests and searches; write: everything')
        .choices(['read', 'write'])
        .default('write'),
    )
    .option('--expires <when>', '90d, a date or a time (default: valid until revoked)', parseExpiry)
    .action(async (directory: unknown, _: unknown, command: Command) => {
      const { name = defaultName(), scope, expires } = CreateOptions.parse(command.opts());
      const created = await (await connect(command, streams)).createToken(String(directory), {
        name,
        scopes: scope === 'read' ? ['read'] : ['read', 'write'],
        ...(expires === undefined ? {} : { expiresAt: expires }),
      });
      const heading = `Created token ${created.name} of directory ${created.directory}. Paste these into the identity provider:\n`;
      printResult(command, streams, { json: created, text: `${heading}${toConnectionText(created)}` });
    });

const addList = (parent: Command, streams: Streams): Command =>
  parent
    .command('list')
    .summary('list the tokens of a directory')
    .description('List the tokens of a directory, oldest first. The secrets are not shown.')
    .argument('<directory>', 'directory id', argumentParser(Slug))
    .action(async (directory: unknown, _: unknown, command: Command) => {
      const list = await (await connect(command, streams)).listTokens(String(directory));
      const rows = list.tokens.map((token) => [
        token.id,
        token.name,
        token.scopes.join(','),
        token.createdAt,
        token.expiresAt ?? '-',
        token.lastUsedAt ?? '-',
      ]);
      const text = toTextTable(['ID', 'NAME', 'SCOPES', 'CREATED', 'EXPIRES', 'LAST USED'], rows);
      printResult(command, streams, { json: list, text });
    });

const RotateOptions = z.object({
  name: z.string().optional(),
  overlap: z.number().optional(),
  expires: z.string().optional(),
});

/** Parses `24h`, `90m` or `7d`; only 0 needs no unit. @returns hours */
const parseHours = (text: string): number => {
  const [, count = '', unit = 'h'] = /^([0-9]{1,5})([mhd])?$/.exec(text) ?? [];
  const hours = Number(count) * ({ m: 1 / 60, h: 1, d: 24 }[unit] ?? Number.NaN);
  if (count === '' || (text === count && count !== '0')) throw new InvalidArgumentError('Expected 24h, 90m, 7d or 0.');
  return hours;
};

const addRotate = (parent: Command, streams: Streams): Command =>
  parent
    .command('rotate')
    .summary('replace a token, with an overlap')
    .description(
      'Create a token with the scopes of an existing one. The old token stays valid during the overlap, so that the identity provider can be switched over.',
    )
    .argument('<directory>', 'directory id', argumentParser(Slug))
    .argument('<token>', 'id or name of the token, not the token itself', argumentParser(TokenName))
    .option('--overlap <time>', 'how long the old token stays valid: 24h, 90m, 7d or 0 (default: 24h)', parseHours)
    .option(
      '--name <name>',
      'label of the new token (default: the old name and a timestamp)',
      argumentParser(TokenName),
    )
    .option('--expires <when>', '90d, a date or a time (default: the lifetime of the old token)', parseExpiry)
    .action(async (directory: unknown, key: unknown, ...[, command]: [unknown, Command]) => {
      const { name, overlap, expires } = RotateOptions.parse(command.opts());
      const created = await (await connect(command, streams)).rotateToken(String(directory), String(key), {
        name,
        overlapHours: overlap,
        expiresAt: expires,
      });
      const heading = `Created token ${created.name} of directory ${created.directory}. Paste these into the identity provider:\n`;
      const end = `Token ${created.replaced.name} works until ${created.replaced.expiresAt ?? 'it is revoked'}.\n`;
      printResult(command, streams, { json: created, text: `${heading}${toConnectionText(created)}${end}` });
    });

const addRevoke = (parent: Command, streams: Streams): Command =>
  withConfirmation(
    parent
      .command('revoke')
      .summary('revoke a token')
      .description('Revoke a token. It is refused everywhere within a minute.')
      .argument('<directory>', 'directory id', argumentParser(Slug))
      .argument('<token>', 'id or name of the token, not the token itself', argumentParser(TokenName)),
  ).action(async (directory: unknown, key: unknown, ...[, command]: [unknown, Command]) => {
    await confirm(command, streams, `Revoke token ${key} of directory ${directory}?`);
    await (await connect(command, streams)).revokeToken(String(directory), String(key));
    const text = `Revoked token ${key} of directory ${directory}. It is refused everywhere within a minute.\n`;
    printResult(command, streams, { json: { directory, revoked: key }, text });
  });

export function addTokenCommands(program: Command, streams: Streams): void {
  const token = program
    .command('token')
    .summary('manage tokens of identity providers')
    .description('Manage the tokens with which identity providers authenticate.');
  withConnection(addCreate(token, streams), [
    'scim token create acme --name okta-2027 --expires 365d',
    'scim token create acme --scope read --stack Rollcall',
  ]);
  withConnection(addList(token, streams), ['scim token list acme', 'scim token list acme --json']);
  withConnection(addRotate(token, streams), [
    'scim token rotate acme okta-2027',
    'scim token rotate acme okta-2027 --overlap 7d --name okta-2028',
  ]);
  withConnection(addRevoke(token, streams), [
    'scim token revoke acme okta-2027',
    'scim token revoke acme 4k2v9x0a1b7c --yes',
  ]);
}
