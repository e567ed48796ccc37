/**
 * Counts changes of members in the group's `m` if their writer died before it could. A writer writes memberships first,
 * then `m`, then answers. The stream delivers every membership, so the stream function sees those that are not counted;
 * a slow writer still counts its own change, and this is a no-op.
 */

import { inParallel } from '../../common/parallel.ts';
import { PRESENT } from '../items/resource-item.ts';
import { openTable } from '../table/calls.ts';
import type { TableOptions } from '../table/client.ts';
import { resourceKey } from '../table/keys.ts';
import { updateItem } from '../table/transact.ts';
import type { ResourceReference } from './images.ts';

const DEADLINE_MS = 10_000;

export type UncountedGroup = ResourceReference & {
  /** `m` as read when the group's stamp was older than one of its memberships. */
  readonly memberVersion: number;
};

export const createMemberVersions = (options: TableOptions) => {
  const table = openTable(options);
  return {
    /** Raises `m` of each group, unless it has moved meanwhile or the group is deleted. @throws unavailable() */
    async count(directory: string, groups: readonly UncountedGroup[]): Promise<void> {
      await inParallel(groups, async ({ type, id, memberVersion }) => {
        const now = table.clock();
        await updateItem(
          table,
          {
            key: resourceKey(directory, type, id),
            update: { set: { at: new Date(now).toISOString() }, add: { m: 1 } },
            condition: { expression: `${PRESENT} AND #m = :before`, values: { ':before': memberVersion } },
          },
          // The function's role allows no more.
          { deadline: now + DEADLINE_MS, returns: 'NONE' },
        );
      });
    },
  };
};
