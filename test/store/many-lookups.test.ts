/** Changes of more look-ups than one transaction holds leave no orphans after a crash or a lost race. */
import { expect, test } from 'vitest';
import { type JsonObject, type Order, userType } from '../../lib/scim/index.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { resolvePath } from '../../lib/store/items/indexed-paths.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { watch } from './calls.ts';
import { idsOf, NOTHING, queryOf, sceneOf } from './scene.ts';
import { findOrphans, NO_ORPHANS } from './table-scan.ts';

const client = useEngine();
const plain = () => createStore({ client: client(), tableName: TABLE_NAME });

const ann = (list: string, count = 50): JsonObject => ({
  userName: 'ann',
  displayName: list,
  emails: Array.from({ length: count }, (_, i) => ({ value: `${list}${i}@a.example` })),
});
const byDisplayName: Order = {
  target: resolvePath(userType, 'displayName'),
  descending: false,
  keyOf: ({ resource }) => String(resource.attributes.displayName),
};
const to = (attributes: JsonObject) => ({ attributes, exact: false });

/** @param meddle runs before each writing call, with its number from 1, and returns whether the process dies there */
const meddled = (meddle: (call: number) => Promise<boolean>) => {
  let calls = 0;
  const { client: own } = watch(client(), async ({ name }) => {
    const dies = /Write|Update/.test(name) && (await meddle(++calls));
    return dies ? { error: new Error('killed'), when: 'before' } : undefined;
  });
  return createStore({ client: own, tableName: TABLE_NAME });
};
const current = async ({ users }: ReturnType<typeof sceneOf>, id: string) => {
  const loaded = await plain().read(users(), id, NOTHING);
  if (loaded === undefined) throw new Error('no user');
  return loaded.resource;
};

test.each([1, 2])('s5 fifty addresses for fifty others, with a rival update before write %i', async (turn) => {
  for (const rival of [ann('third'), ann('old', 49), ann('new', 3), ann('none', 0)]) {
    const scene = sceneOf(plain());
    const before = await scene.createUser(ann('old'));
    const store = meddled(async (call) => {
      if (call === turn) await plain().update(scene.users(), await current(scene, before.id), to(rival));
      return false;
    });
    expect(await store.update(scene.users(), before, to(ann('new')))).toBe('stale');
    const found = await current(scene, before.id);
    expect(found.attributes).toEqual(rival);
    expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
    for (const { value } of found.attributes.emails as { value: string }[])
      expect(idsOf(await scene.find(userType, 'emails.value', value)), value).toEqual([before.id]);
  }
});

test.each([1, 2])(
  's5 fifty addresses for fifty others, killed before write %i: the next change or the deletion removes surplus look-ups',
  async (turn) => {
    const scene = sceneOf(plain());
    const before = await scene.createUser(ann('old'));
    const dying = (at: number) => meddled(async (call) => call >= at);
    await expect(dying(turn).update(scene.users(), before, to(ann('new')))).rejects.toThrow('killed');
    expect((await current(scene, before.id)).attributes).toEqual(ann('old'));
    expect(idsOf(await scene.find(userType, 'emails.value', 'old7@a.example'))).toEqual([before.id]);
    const sorted = await plain().query(scene.users(), queryOf({ order: byDisplayName }));
    expect(idsOf(sorted), 'a list shows it once').toEqual([before.id]);
    const third = await plain().update(scene.users(), await current(scene, before.id), to(ann('third')));
    expect(third).toMatchObject({ version: 2 });
    expect((await current(scene, before.id)).indexed.filter((key) => key.includes('emails'))).toHaveLength(50);
    expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);

    await expect(dying(turn).update(scene.users(), await current(scene, before.id), to(ann('new')))).rejects.toThrow();
    expect(await plain().delete(scene.users(), await current(scene, before.id))).toBe('deleted');
    expect((await findOrphans(client(), scene.directory)).wrong).toEqual([]);
  },
);

test('s5 fifty addresses for fifty others: an update computed before the first step is stale', async () => {
  const scene = sceneOf(plain());
  const before = await scene.createUser(ann('old'));
  const store = meddled(async (call) => {
    if (call === 2) {
      expect(await plain().update(scene.users(), before, to(ann('third', 5)))).toBe('stale');
      expect(await plain().delete(scene.users(), before)).toBe('deleted');
    }
    return false;
  });
  expect(await store.update(scene.users(), before, to(ann('new')))).toBe('stale');
  expect((await findOrphans(client(), scene.directory)).wrong).toEqual([]);
});
