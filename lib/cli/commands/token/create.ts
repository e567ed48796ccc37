import { defineCommand } from '../../command.ts';
import { adminOptions, connect, printResult } from '../../connection.ts';
import { parseExpiry } from '../../parsers.ts';
import { directoryArgument, parseTokenName } from '../../shared-arguments.ts';
import { toConnectionText } from '../../token-text.ts';

/** For example `token-20261121-101500`: names are unique within a directory. */
const defaultName = () => `token-${new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')}`;

export const createToken = defineCommand({
  path: ['token', 'create'],
  summary: 'create a token',
  description: 'Create a token for a directory. The token is shown only once.',
  arguments: { directory: directoryArgument },
  options: {
    name: { value: 'name', description: 'label (default: timestamp)', parse: parseTokenName },
    scope: {
      value: 'scope',
      description: 'read: GET requests and searches; write: everything',
      choices: ['read', 'write'],
      default: 'write',
    },
    expires: { value: 'when', description: '90d, a date or a time (default: valid until revoked)', parse: parseExpiry },
    ...adminOptions,
  },
  examples: [
    'scim token create acme --name okta-2027 --expires 365d',
    'scim token create acme --scope read --stack Rollcall',
  ],
  async run({ arguments: { directory }, options, streams }) {
    const { name = defaultName(), scope, expires } = options;
    const created = await (await connect(options, streams)).createToken(directory, {
      name,
      scopes: scope === 'read' ? ['read'] : ['read', 'write'],
      ...(expires === undefined ? {} : { expiresAt: expires }),
    });
    const heading = `Created token ${created.name} of directory ${created.directory}. Paste these into the identity provider:\n`;
    printResult(options, streams, { json: created, text: `${heading}${toConnectionText(created)}` });
  },
});
