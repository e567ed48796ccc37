/** Calls and capacity units of pages in an indexed order, at two sizes of the directory. */
import { expect, test } from 'vitest';
import { seedDirectory } from '../../bench/scale/seed.ts';
import { type Order, type Query, userType } from '../../lib/scim/index.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { resolvePath } from '../../lib/store/items/indexed-paths.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { watch } from './calls.ts';
import { queryOf, sceneOf } from './scene.ts';

const client = useEngine({ stream: false });
type Scene = ReturnType<typeof sceneOf>;

const orderBy = (path: string, descending: boolean): Order => ({
  target: resolvePath(userType, path),
  descending,
  keyOf: () => {
    throw new Error('an indexed order must not compute keys');
  },
});
const ORDERS = [
  undefined,
  ...['id', ...userType.sorted, 'meta.created'].flatMap((path) => [orderBy(path, false), orderBy(path, true)]),
];

test('a sorted page of 100 costs the same at 250 and at 2,500 users: the first by startIndex, any by cursor', async () => {
  const watched = watch(client());
  const store = createStore({ client: watched.client, tableName: TABLE_NAME });
  const measure = async (scene: Scene, query: Query) => {
    watched.reset();
    const page = await store.query(scene.users(), query);
    expect(page.resources).toHaveLength(100);
    expect(watched.names().toSorted()).toEqual(['BatchGetItem', 'Query', 'Query']);
    return { units: watched.units(), next: page.cursors?.next };
  };
  const measureAll = async (scene: Scene) => {
    const units: number[] = [];
    for (const order of ORDERS) {
      const byIndex = await measure(scene, queryOf({ order }));
      const first = await measure(scene, queryOf({ order, cursor: { after: undefined } }));
      const second = await measure(scene, queryOf({ order, cursor: { after: first.next } }));
      units.push(byIndex.units, first.units, second.units);
    }
    return units;
  };
  const sceneWith = async (users: number) => {
    const scene = sceneOf(store);
    const seed = { directory: scene.directory, users, members: 0, progress: () => {} };
    await seedDirectory({ client: client(), tableName: TABLE_NAME }, seed);
    return scene;
  };
  const small = await measureAll(await sceneWith(250));
  const big = await sceneWith(2500);
  const large = await measureAll(big);
  expect(small).toHaveLength(3 * ORDERS.length);
  // 100 for the resources, 2 to 4 for the keys, and up to 4 for the counts, of which there are at most 256.
  for (const units of [...small, ...large]) expect(units).toBeLessThanOrEqual(108);
  expect(Math.max(...large)).toBeLessThanOrEqual(Math.max(...small) + 2);
  // A deep page by startIndex reads the keys before it, but not their resources.
  const deep = await measure(big, queryOf({ order: orderBy('userName', false), startIndex: 2401 }));
  expect(deep.units).toBeLessThanOrEqual(108 + 2400 / 25);
});
