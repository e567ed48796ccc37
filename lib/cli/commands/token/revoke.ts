import { defineCommand } from '../../command.ts';
import { confirm, confirmationOption } from '../../confirmation.ts';
import { adminOptions, connect, printResult } from '../../connection.ts';
import { directoryArgument, tokenArgument } from '../../shared-arguments.ts';

export const revokeToken = defineCommand({
  path: ['token', 'revoke'],
  summary: 'revoke a token',
  description: 'Revoke a token. It is refused everywhere within a minute.',
  arguments: { directory: directoryArgument, token: tokenArgument },
  options: { ...confirmationOption, ...adminOptions },
  examples: ['scim token revoke acme okta-2027', 'scim token revoke acme 4k2v9x0a1b7c --yes'],
  async run({ arguments: { directory, token }, options, streams }) {
    await confirm(options, streams, `Revoke token ${token} of directory ${directory}?`);
    await (await connect(options, streams)).revokeToken(directory, token);
    const text = `Revoked token ${token} of directory ${directory}. It is refused everywhere within a minute.\n`;
    printResult(options, streams, { json: { directory, revoked: token }, text });
  },
});
