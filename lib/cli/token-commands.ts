/** `scim token ...` */
import { type Command, InvalidArgumentError, Option } from 'commander';
import * as z from 'zod';
import { Slug, TokenName } from '../admin/directory-messages.ts';
import { answer, argumentOf, connect, type Streams, withConnection } from './command-context.ts';
import { confirm, withConfirmation } from './confirmation.ts';
import { toPaste } from './directory-commands.ts';
import { toTextTable } from './text-table.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

const CreateOptions = z.object({
  name: z.string().optional(),
  scope: z.enum(['read', 'write']),
  expires: z.string().optional(),
});

/** `90d` is in ninety days, `2027-01-31` the beginning of that day in UTC; a time of day needs its offset. */
const parseExpiry = (text: string): string => {
  const days = /^([1-9][0-9]{0,4})d$/.exec(text)?.[1];
  if (days !== undefined) return new Date(Date.now() + Number(days) * DAY_MS).toISOString();
  const isDate = z.union([z.iso.date(), z.iso.datetime({ offset: true })]).safeParse(text).success;
  if (!isDate) throw new InvalidArgumentError('Write 90d, 2027-01-31 or 2027-01-31T12:00:00Z.');
  return new Date(text).toISOString();
};

/** For example `token-20261121-101500`: a directory's tokens have different names. */
const defaultName = () => `token-${new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')}`;

const addCreate = (parent: Command, streams: Streams): Command =>
  parent
    .command('create')
    .summary('make a token')
    .description('Make a token of a directory. Its text is shown this once.')
    .argument('<directory>', "the directory's id", argumentOf(Slug))
    .option('--name <name>', 'how you will know it again (default: the time)', argumentOf(TokenName))
    .addOption(
      new Option('--scope <scope>', 'read: only GET and searches; write: everything')
        .choices(['read', 'write'])
        .default('write'),
    )
    .option('--expires <when>', '90d, a date or a time; without it the token lives until it is revoked', parseExpiry)
    .action(async (directory: unknown, _: unknown, command: Command) => {
      const { name = defaultName(), scope, expires } = CreateOptions.parse(command.opts());
      const made = await (await connect(command, streams)).createToken(String(directory), {
        name,
        scopes: scope === 'read' ? ['read'] : ['read', 'write'],
        ...(expires === undefined ? {} : { expiresAt: expires }),
      });
      const heading = `Token ${made.name} of directory ${made.directory}. Paste these into the identity provider:\n`;
      answer(command, streams, { json: made, text: `${heading}${toPaste(made)}` });
    });

const addList = (parent: Command, streams: Streams): Command =>
  parent
    .command('list')
    .summary('list the tokens of a directory')
    .description('List the tokens of a directory, oldest first, without their texts.')
    .argument('<directory>', "the directory's id", argumentOf(Slug))
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
      const text = toTextTable(['ID', 'NAME', 'SCOPES', 'CREATED', 'EXPIRES', 'LAST USE'], rows);
      answer(command, streams, { json: list, text });
    });

const RotateOptions = z.object({
  name: z.string().optional(),
  overlap: z.number().optional(),
  expires: z.string().optional(),
});

/** `24h`, `90m`, `7d`; 0 without a unit. @returns hours */
const parseHours = (text: string): number => {
  const [, count = '', unit = 'h'] = /^([0-9]{1,5})([mhd])?$/.exec(text) ?? [];
  const hours = Number(count) * ({ m: 1 / 60, h: 1, d: 24 }[unit] ?? Number.NaN);
  if (count === '' || (text === count && count !== '0')) throw new InvalidArgumentError('Write 24h, 90m, 7d or 0.');
  return hours;
};

const addRotate = (parent: Command, streams: Streams): Command =>
  parent
    .command('rotate')
    .summary('make a new token in place of one, with an overlap')
    .description('Make a token of the same scopes. The old one lives on for the overlap, so that you can change over.')
    .argument('<directory>', "the directory's id", argumentOf(Slug))
    .argument('<token>', "the token's id or name, not its text", argumentOf(TokenName))
    .option('--overlap <time>', 'how long the old token lives on: 24h, 90m, 7d or 0 (default: 24h)', parseHours)
    .option('--name <name>', "of the new token (default: the old one's name and the time)", argumentOf(TokenName))
    .option('--expires <when>', '90d, a date or a time (default: it lives as long as the old one did)', parseExpiry)
    .action(async (directory: unknown, key: unknown, ...[, command]: [unknown, Command]) => {
      const { name, overlap, expires } = RotateOptions.parse(command.opts());
      const made = await (await connect(command, streams)).rotateToken(String(directory), String(key), {
        name,
        overlapHours: overlap,
        expiresAt: expires,
      });
      const heading = `Token ${made.name} of directory ${made.directory}. Paste these into the identity provider:\n`;
      const end = `Token ${made.replaced.name} works until ${made.replaced.expiresAt ?? 'it is revoked'}.\n`;
      answer(command, streams, { json: made, text: `${heading}${toPaste(made)}${end}` });
    });

const addRevoke = (parent: Command, streams: Streams): Command =>
  withConfirmation(
    parent
      .command('revoke')
      .summary('revoke a token')
      .description('Revoke a token. Within a minute it is refused everywhere.')
      .argument('<directory>', "the directory's id", argumentOf(Slug))
      .argument('<token>', "the token's id or name, not its text", argumentOf(TokenName)),
  ).action(async (directory: unknown, key: unknown, ...[, command]: [unknown, Command]) => {
    await confirm(command, streams, `Revoke token ${key} of directory ${directory}?`);
    await (await connect(command, streams)).revokeToken(String(directory), String(key));
    const text = `Token ${key} of directory ${directory} is revoked. It is refused everywhere within a minute.\n`;
    answer(command, streams, { json: { directory, revoked: key }, text });
  });

export function addTokenCommands(program: Command, streams: Streams): void {
  const token = program.command('token').description('Tokens: what identity providers authenticate with.');
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
