/** The budgets at two sizes: cost must not depend on the size of the directory or of the group. */
import { expect, test } from 'vitest';
import { createServe, measure, walk } from '../../bench/scale/measure.ts';
import { operationsOn } from '../../bench/scale/operations.ts';
import { seedDirectory } from '../../bench/scale/seed.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { watch } from './calls.ts';
import { findOrphans, NO_ORPHANS } from './table-scan.ts';

const client = useEngine({ stream: false });

test('calls and units of every operation are within their limits, and the same at 100 and at 10,000', async () => {
  const watched = watch(client());
  const serve = createServe(watched, TABLE_NAME);
  const costsAt = async (size: number) => {
    const directory = `size-${size}`;
    const seed = { directory, users: size, members: size, progress: () => {} };
    const seeded = await seedDirectory({ client: client(), tableName: TABLE_NAME }, seed);
    // The seed writes exactly the items that the store would write.
    expect(await findOrphans(client(), directory)).toEqual(NO_ORPHANS);
    const place = { watched, serve, directory, size };
    const perUser = await walk({ ...place, size: Math.min(size, 2000) });
    const costs = [];
    for (const operation of operationsOn(seeded, directory)) costs.push(await measure(place, operation, 3));
    return { perUser, costs };
  };
  const small = await costsAt(100);
  const large = await costsAt(10_000);
  for (const [i, cost] of large.costs.entries()) {
    expect(cost.calls, cost.operation).toBeLessThanOrEqual(cost.maxCalls);
    expect(cost.units, cost.operation).toBeLessThanOrEqual(cost.maxUnits);
    // The offset of a page within its id prefix adds some keys of 50 bytes.
    expect(cost.units, cost.operation).toBeLessThanOrEqual((small.costs[i]?.units ?? 0) + 4);
    if (!cost.operation.startsWith('page')) expect(cost.units, cost.operation).toBe(small.costs[i]?.units);
  }
  expect(large.perUser).toBeLessThanOrEqual(small.perUser * 1.2);
});
