import { defineCommand } from '../../command.ts';
import { adminOptions } from '../../connection.ts';
import { showResource, users } from '../../resource-lists.ts';
import { directoryArgument } from '../../shared-arguments.ts';

export const showUser = defineCommand({
  path: ['users', 'show'],
  summary: 'show one user',
  description: 'Show one user of a directory.',
  arguments: { directory: directoryArgument, key: { description: 'id or userName' } },
  options: adminOptions,
  examples: ['scim users show acme ann@acme.com'],
  run: (call) => showResource(users, call),
});
