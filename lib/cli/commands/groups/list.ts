import { defineCommand } from '../../command.ts';
import { adminOptions } from '../../connection.ts';
import { groups, listOptionsOf, listResources } from '../../resource-lists.ts';
import { directoryArgument } from '../../shared-arguments.ts';

export const listGroups = defineCommand({
  path: ['groups', 'list'],
  summary: 'list the groups of a directory',
  description: 'List the groups of a directory, sorted by displayName, without their members.',
  arguments: { directory: directoryArgument },
  options: { ...listOptionsOf('displayName'), ...adminOptions },
  examples: ['scim groups list acme --limit 500', 'scim groups list acme --fields displayName,externalId'],
  run: (call) => listResources(groups, call),
});
