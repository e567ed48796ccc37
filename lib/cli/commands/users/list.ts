import { defineCommand } from '../../command.ts';
import { adminOptions } from '../../connection.ts';
import { listOptionsOf, listResources, users } from '../../resource-lists.ts';
import { directoryArgument } from '../../shared-arguments.ts';

export const listUsers = defineCommand({
  path: ['users', 'list'],
  summary: 'list the users of a directory',
  description: 'List the users of a directory, sorted by userName, without their groups.',
  arguments: { directory: directoryArgument },
  options: { ...listOptionsOf('userName'), ...adminOptions },
  examples: [
    'scim users list acme',
    'scim users list acme --filter \'userName sw "ann"\' --json',
    'scim users list acme --sort name.familyName --limit 50 --start 51',
    'scim users list acme --fields userName,name.familyName,emails.value',
  ],
  run: (call) => listResources(users, call),
});
