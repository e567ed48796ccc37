/** All checks, in the order in which they are run. */
import type { Check } from './check.ts';
import { authentication } from './checks/authentication.ts';
import { connection } from './checks/connection.ts';
import { creation } from './checks/creation.ts';
import { discovery } from './checks/discovery.ts';
import { filters } from './checks/filters.ts';
import { groups } from './checks/groups.ts';
import { lifecycle } from './checks/lifecycle.ts';
import { lists } from './checks/lists.ts';
import { messages } from './checks/messages.ts';
import { patch } from './checks/patch.ts';
import { patchDialects } from './checks/patch-dialects.ts';
import { versions } from './checks/versions.ts';

export const checks: readonly Check[] = [
  ...authentication,
  ...connection,
  ...discovery,
  ...creation,
  ...lifecycle,
  ...lists,
  ...filters,
  ...patch,
  ...patchDialects,
  ...groups,
  ...versions,
  ...messages,
];
