/** Large deletions complete, are resumable and leave no orphans. `npm run bench:deletions` tests them at full size. */
import { expect, test } from 'vitest';
import { measureDeletions } from '../../bench/scale/deletions.ts';
import { createCleanUp } from '../../lib/store/clean-up.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { watch } from './calls.ts';
import { NOTHING, sceneOf } from './scene.ts';
import { findOrphans, NO_ORPHANS } from './table-scan.ts';

const client = useEngine({ stream: false });

test('s5 deleting a user in 200 groups, a group of 1,000 or a directory of 1,000 leaves nothing, also if out of time or killed', async () => {
  const start = Date.now();
  // Only slow calls advance the clock, so the speed of the machine does not matter.
  const place = { client: client(), tableName: TABLE_NAME, clock: () => start };
  const { deletions, report } = await measureDeletions(place, {
    groups: 200,
    members: 1000,
    cutMembers: 600,
    slowMs: 2000,
  });
  const [user, userLate, userKilled, group, groupLate, groupKilled, directory, directoryLate, directoryKilled] =
    deletions;
  expect([user, group, directory].map((deletion) => deletion?.answer)).toEqual(['204', '204', 'deleted']);
  expect([userLate, groupLate].map((deletion) => deletion?.answer)).toEqual(['204', '204']);
  for (const late of [userLate, groupLate]) expect(late?.sweeps).toBeGreaterThan(0);
  for (const killed of [userKilled, groupKilled]) {
    expect(killed?.answer).toBe('killed');
    expect(killed?.sweeps).toBeGreaterThan(0);
  }
  expect(directoryLate?.answer).toMatch(/^\d+ remain$/);
  expect(directoryLate?.repeats).toBeGreaterThan(2);
  expect(directoryKilled).toMatchObject({ answer: 'killed', repeats: 1 });
  // Two units per half of each membership of the group; per group of the user, one for the edge and one for its
  // version.
  expect(group?.writeUnits).toBeLessThan(1000 * 4 + 100);
  expect(user?.writeUnits).toBeLessThan(200 * 2 + 100);
  expect(report).toMatchObject({ orphans: 0, lines: [], toSweep: 0, directories: 6 });
});

test('s5 a deleted user is removed from each of 250 groups once, however often the deletion is interrupted', async () => {
  const scene = sceneOf(createStore({ client: client(), tableName: TABLE_NAME }));
  const ann = await scene.createUser({ userName: 'ann' });
  const groups: string[] = [];
  for (let i = 0; i < 250; i += 10)
    groups.push(
      ...(await Promise.all([...Array(10).keys()].map((n) => scene.createGroup(`g${i + n}`, [ann])))).map(
        ({ id }) => id,
      ),
    );
  const start = Date.now();
  let late = 0;
  // The deadline passes after 100 groups.
  const slow = watch(client(), ({ name }) => {
    late += name === 'UpdateItem' ? 1000 : 0;
    return undefined;
  });
  const options = { client: slow.client, tableName: TABLE_NAME, clock: () => start + late };
  expect(await createStore(options).delete({ ...scene.users(), deadline: start + 50_000 }, ann)).toBe('deleted');
  expect((await findOrphans(client(), scene.directory)).wrong).toHaveLength(150);
  const sweep = () => createCleanUp(options)({ deadline: start + late + 50_000 });
  expect(await sweep()).toEqual({ swept: 0, left: 1 });
  expect((await findOrphans(client(), scene.directory)).wrong).toHaveLength(50);
  expect(await sweep()).toEqual({ swept: 1, left: 0 });
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
  const store = createStore({ client: client(), tableName: TABLE_NAME });
  const versions = await Promise.all(
    groups.map(async (id) => (await store.read(scene.groups(), id, NOTHING))?.resource.memberVersion),
  );
  expect(new Set(versions)).toEqual(new Set([1]));
});
