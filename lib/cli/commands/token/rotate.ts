import { defineCommand } from '../../command.ts';
import { adminOptions, connect, printResult } from '../../connection.ts';
import { parseExpiry, parseHours } from '../../parsers.ts';
import { directoryArgument, parseTokenName, tokenArgument } from '../../shared-arguments.ts';
import { toConnectionText } from '../../token-text.ts';

export const rotateToken = defineCommand({
  path: ['token', 'rotate'],
  summary: 'replace a token, with an overlap',
  description:
    'Create a token with the scopes of an existing one. The old token stays valid during the overlap, so that the identity provider can be switched over.',
  arguments: { directory: directoryArgument, token: tokenArgument },
  options: {
    overlap: {
      value: 'time',
      description: 'how long the old token stays valid: 24h, 90m, 7d or 0 (default: 24h)',
      parse: parseHours,
    },
    name: {
      value: 'name',
      description: 'label of the new token (default: the old name and a timestamp)',
      parse: parseTokenName,
    },
    expires: {
      value: 'when',
      description: '90d, a date or a time (default: the lifetime of the old token)',
      parse: parseExpiry,
    },
    ...adminOptions,
  },
  examples: ['scim token rotate acme okta-2027', 'scim token rotate acme okta-2027 --overlap 7d --name okta-2028'],
  async run({ arguments: { directory, token }, options, streams }) {
    const { name, overlap, expires } = options;
    const created = await (await connect(options, streams)).rotateToken(directory, token, {
      name,
      overlapHours: overlap,
      expiresAt: expires,
    });
    const heading = `Created token ${created.name} of directory ${created.directory}. Paste these into the identity provider:\n`;
    const end = `Token ${created.replaced.name} works until ${created.replaced.expiresAt ?? 'it is revoked'}.\n`;
    printResult(options, streams, { json: created, text: `${heading}${toConnectionText(created)}${end}` });
  },
});
