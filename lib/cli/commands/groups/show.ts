import { defineCommand } from '../../command.ts';
import { adminOptions } from '../../connection.ts';
import { groups, showResource } from '../../resource-lists.ts';
import { directoryArgument } from '../../shared-arguments.ts';

export const showGroup = defineCommand({
  path: ['groups', 'show'],
  summary: 'show one group',
  description: 'Show one group of a directory.',
  arguments: { directory: directoryArgument, key: { description: 'id or displayName' } },
  options: { members: { description: 'include the members' }, ...adminOptions },
  examples: ['scim groups show acme Engineering --members'],
  run: (call) => showResource(groups, call),
});
