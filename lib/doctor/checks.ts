/** All checks in the order of execution. */
import type { Audience, Check } from './check.ts';
import { authentication } from './checks/authentication.ts';
import { connection } from './checks/connection.ts';
import { creation } from './checks/creation.ts';
import { discovery } from './checks/discovery.ts';
import { filters } from './checks/filters.ts';
import { groups } from './checks/groups.ts';
import { lifecycle } from './checks/lifecycle.ts';
import { lists } from './checks/lists.ts';
import { messages } from './checks/media-types.ts';
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

/** @param prefixes prefixes of check ids, for example `create` or `create.location`; undefined: all checks */
export const chooseChecks = (audience: readonly Audience[], prefixes?: readonly string[]): readonly Check[] =>
  checks.filter(
    (check) =>
      check.audience.some((client) => audience.includes(client)) &&
      (prefixes === undefined || prefixes.some((prefix) => check.id.startsWith(prefix))),
  );
