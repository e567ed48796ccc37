import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { StoredResource } from '../../lib/scim/index.ts';
import { createDirectoryDeletion } from '../../lib/store/directories/delete-directory.ts';
import { createDirectories } from '../../lib/store/directories/directories.ts';
import { DirectorySettings } from '../../lib/store/directories/directory-settings.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { createTokenShards } from '../../lib/store/tokens/token-shards.ts';
import { createTokenUse } from '../../lib/store/tokens/token-use.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { watch } from './calls.ts';
import { inTime, newDirectory, sceneOf } from './scene.ts';
import { scanTable } from './table-scan.ts';

const engine = useEngine();
const admin = { kind: 'admin' } as const;
const SETTLE = 60;

const setUp = (clock: () => number = Date.now) => {
  const id = newDirectory();
  const options = { client: engine(), tableName: TABLE_NAME, clock };
  const directories = createDirectories(options);
  const mark = async () => {
    const marked = await directories.change(id, admin, (before) => ({
      ...before,
      status: 'deleting',
      deletedAt: new Date(clock()).toISOString(),
    }));
    if (marked === undefined) throw new Error('no directory');
    return marked;
  };
  const create = () => directories.create(DirectorySettings.parse({ id }));
  const deletion = (over: object = {}) => createDirectoryDeletion({ ...options, settleSeconds: SETTLE, ...over });
  const scene = sceneOf(createStore({ client: engine(), tableName: TABLE_NAME }), id);
  return { id, options, directories, mark, create, deletion, scene };
};

/** @returns the items of the directory, without tombstones, which expire by their TTL */
const leftOf = async (id: string) =>
  (await scanTable(engine())).filter(
    ({ pk, sk, ttl }) =>
      (String(pk) === id || `${pk}`.startsWith(`${id}#`) || sk === id || `${sk}`.startsWith(`${id}#`)) &&
      ttl === undefined,
  );

/** Creates users with every kind of index item, nested groups, and a tombstone. */
const fill = async ({ scene }: ReturnType<typeof setUp>) => {
  const users = await scene.createUsers(30);
  const ann = await scene.createUser({ userName: 'ann', externalId: 'e1', emails: [{ value: 'ann@x.example' }] });
  const inner = await scene.createGroup('inner', [{ id: ann.id }]);
  const all = await scene.createGroup(
    'all',
    [...users, ann, inner].map(({ id }) => ({ id })),
  );
  const store = createStore({ client: engine(), tableName: TABLE_NAME });
  const leaver = await scene.createUser({ userName: 'leaver' });
  await scene.changeMembers(all, [leaver.id]);
  await store.delete(scene.users(), leaver);
};

describe('a directory is deleted with everything in it', () => {
  test('no item is left, other directories are intact, and the id can be used again', async () => {
    const [one, other] = [setUp(), setUp()];
    await one.create();
    await other.create();
    await fill(one);
    await fill(other);
    const before = await leftOf(other.id);
    expect(before.length).toBeGreaterThan(100);
    const directory = await one.mark();
    expect(await one.deletion()(directory, inTime())).toBe('deleted');
    expect(await leftOf(one.id)).toEqual([]);
    expect(await leftOf(other.id)).toEqual(before);
    expect(await one.directories.read(one.id)).toBeUndefined();
    expect(await one.create()).not.toBe('taken');
    await fill(one);
  });

  test('a create that died part-way does not hinder it', async () => {
    const one = setUp();
    await one.create();
    const users = await one.scene.createUsers(60);
    const dying = watch(engine(), ({ name, input }) => {
      const isLast = name === 'TransactWriteItems' && JSON.stringify(input).includes('#pending');
      return isLast ? { when: 'before', error: Object.assign(new Error('down'), { $fault: 'server' }) } : undefined;
    });
    const store = createStore({ client: dying.client, tableName: TABLE_NAME });
    const members = users.map(({ id }) => ({ id }));
    const group = { id: randomUUID(), attributes: { displayName: 'half' }, members };
    await expect(store.create(one.scene.groups(), group)).rejects.toMatchObject({ status: 503 });
    const directory = await one.mark();
    expect(await one.deletion()(directory, inTime())).toBe('deleted');
    expect(await leftOf(one.id)).toEqual([]);
  });

  test('edges are found even if the deletions of both their user and their group died', async () => {
    const one = setUp();
    await one.create();
    const ann = await one.scene.createUser({ userName: 'ann' });
    const groups: StoredResource[] = [];
    for (let i = 0; i < 100; i++) groups.push(await one.scene.createGroup(`g${i}`, [{ id: ann.id }]));
    const dyingAfter = (calls: number) => {
      let left = calls;
      const { client } = watch(engine(), ({ name }) => {
        if (/Write|Update/.test(name)) left -= 1;
        return left < 0 ? { when: 'before', error: new Error('killed') } : undefined;
      });
      return createStore({ client, tableName: TABLE_NAME });
    };
    const [first] = groups;
    if (first === undefined) throw new Error('no group');
    await expect(dyingAfter(1).delete(one.scene.groups(), first)).rejects.toThrow('killed');
    await expect(dyingAfter(1).delete(one.scene.users(), ann)).rejects.toThrow('killed');
    const directory = await one.mark();
    expect(await one.deletion()(directory, inTime())).toBe('deleted');
    expect(await leftOf(one.id)).toEqual([]);
  });

  test('killed at any call, it completes when repeated', async () => {
    for (let calls = 1; calls < 26; calls += 3) {
      const state = { now: Date.now() };
      const one = setUp(() => state.now);
      await one.create();
      const ann = await one.scene.createUser({ userName: 'ann', externalId: 'e1' });
      await one.scene.createGroup('group', [{ id: ann.id }]);
      const directory = await one.mark();
      let left = calls;
      const killed = watch(engine(), () => {
        left -= 1;
        return left < 0 ? { when: 'before', error: new Error('killed') } : undefined;
      });
      const deadline = state.now + 10_000;
      await one
        .deletion({ client: killed.client })(directory, { deadline })
        .catch(() => undefined);
      // The lease expires.
      state.now += 60_000;
      expect(await one.deletion()(directory, { deadline: state.now + 10_000 })).toBe('deleted');
      expect(await leftOf(one.id)).toEqual([]);
    }
  });

  test('each step ends at its deadline and returns what remains', async () => {
    const state = { now: Date.now() };
    const one = setUp(() => state.now);
    await one.create();
    await one.scene.createUsers(110);
    const directory = await one.mark();
    // Each call takes longer than a whole step may.
    const slow = watch(engine(), () => {
      state.now += 61_000;
      return undefined;
    });
    const step = one.deletion({ client: slow.client });
    const remaining: number[] = [];
    for (let steps = 0; steps < 100; steps += 1) {
      const progress = await step(directory, { deadline: state.now + 60_000 });
      if (progress === 'deleted') break;
      expect(progress.waitSeconds).toBe(0);
      remaining.push(progress.remaining);
    }
    expect(remaining.length).toBeGreaterThan(1);
    expect(remaining).toEqual([...remaining].sort((a, b) => b - a));
    expect(await leftOf(one.id)).toEqual([]);
  });

  test('of two parallel steps, one waits', async () => {
    const one = setUp();
    await one.create();
    await one.scene.createUsers(20);
    const directory = await one.mark();
    const { deadline } = inTime();
    const outcomes = await Promise.all([1, 2].map(() => one.deletion()(directory, { deadline })));
    expect(outcomes).toContain('deleted');
    const [other] = outcomes.filter((outcome) => outcome !== 'deleted');
    expect(other).toMatchObject({ waitSeconds: expect.any(Number) });
    expect(await one.deletion()(directory, { deadline })).toBe('deleted');
  });

  test('a directory that had a token waits until no function can still write to it, and deletes everything written until then', async () => {
    const state = { now: Date.now() };
    const one = setUp(() => state.now);
    await one.create();
    await createTokenShards(one.options).add(one.id, 1);
    await createTokenUse(one.options).note({ directory: one.id, tokenId: 't1' });
    await one.scene.createUsers(2);
    const directory = await one.mark();
    const step = () => one.deletion()(directory, { deadline: state.now + 10_000 });
    expect(await step()).toEqual({ remaining: 0, waitSeconds: SETTLE });
    await one.scene.createUser({ userName: 'late' });
    state.now += (SETTLE - 1) * 1000;
    expect(await step()).toEqual({ remaining: 0, waitSeconds: 1 });
    await one.scene.createUser({ userName: 'last' });
    expect(await one.create()).toBe('taken');
    state.now += 1000;
    expect(await step()).toBe('deleted');
    expect(await leftOf(one.id)).toEqual([]);
  });
});
