/**
 * Counts changes of members in their group's version where the writer died before it did: memberships are written first,
 * the group's `m` after them and before the answer. The stream tells of every membership, so whoever reads it sees what
 * was not counted; who is only slow counts himself, and then nothing is done here.
 */

import { inParallel } from '../../common/parallel.ts';
import { PRESENT } from '../items/resource-item.ts';
import { openTable } from '../table/calls.ts';
import type { TableOptions } from '../table/client.ts';
import { resourceKey } from '../table/keys.ts';
import { updateItem } from '../table/transact.ts';
import type { ResourceReference } from './images.ts';

const PATIENCE_MS = 10_000;

export type UncountedGroup = ResourceReference & {
  /** As it was when it was older than a membership of it. */
  readonly memberVersion: number;
};

export const createMemberVersions = (options: TableOptions) => {
  const table = openTable(options);
  return {
    /** Of each group, unless somebody has counted meanwhile, or it is gone. @throws unavailable() */
    async count(directory: string, groups: readonly UncountedGroup[]): Promise<void> {
      await inParallel(groups, async ({ type, id, memberVersion }) => {
        const now = table.clock();
        await updateItem(
          table,
          {
            key: resourceKey(directory, type, id),
            update: { set: { at: new Date(now).toISOString() }, add: { m: 1 } },
            condition: { expression: `${PRESENT} AND #m = :seen`, values: { ':seen': memberVersion } },
          },
          { deadline: now + PATIENCE_MS },
        );
      });
    },
  };
};
