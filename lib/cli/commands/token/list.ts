import type { TokenView } from '../../../admin/directory-messages.ts';
import { defineCommand } from '../../command.ts';
import { adminOptions, connect, printResult } from '../../connection.ts';
import { fieldsAmong, fieldsOption, pageOf, pageOptions, pickFields, toFieldTable, toPageNote } from '../../lists.ts';
import { directoryArgument } from '../../shared-arguments.ts';

const FIELDS = [
  'id',
  'name',
  'status',
  'scopes',
  'createdAt',
  'expiresAt',
  'lastUsedAt',
  'replacedBy',
  'revokedAt',
  'directory',
] as const;
const COLUMNS = [
  ['ID', 'id'],
  ['NAME', 'name'],
  ['STATUS', 'status'],
  ['SCOPES', 'scopes'],
  ['CREATED', 'createdAt'],
  ['EXPIRES', 'expiresAt'],
  ['LAST USED', 'lastUsedAt'],
] as const;

/** `replaced`: by a rotation, even while the token still works during the overlap. */
const statusOf = ({ revokedAt, replacedBy, expiresAt }: TokenView, now: number) => {
  if (revokedAt !== undefined) return 'revoked';
  if (replacedBy !== undefined) return 'replaced';
  return expiresAt !== undefined && Date.parse(expiresAt) <= now ? 'expired' : 'active';
};

export const listTokens = defineCommand({
  path: ['token', 'list'],
  summary: 'list the tokens of a directory',
  description:
    'List the tokens of a directory, oldest first. The secrets are not shown. A token that is revoked, expired or replaced is listed until it is cleaned up, which takes some minutes.',
  arguments: { directory: directoryArgument },
  options: { fields: { ...fieldsOption.fields, parse: fieldsAmong(FIELDS) }, ...pageOptions, ...adminOptions },
  examples: [
    'scim token list acme',
    'scim token list acme --fields name,status,lastUsedAt',
    'scim token list acme --json',
  ],
  async run({ arguments: { directory }, options, streams }) {
    const { tokens } = await (await connect(options, streams)).listTokens(directory, { ended: true });
    const all = tokens.map((token) => ({ ...token, status: statusOf(token, Date.now()) }));
    const page = pageOf(options, all);
    const note = toPageNote(options, page.length, all.length);
    printResult(options, streams, {
      json: { tokens: pickFields(page, options.fields) },
      text: `${toFieldTable(COLUMNS, page, options.fields)}${note}`,
    });
  },
});
