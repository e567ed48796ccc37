/** Checks each invariant of the store under parallel requests, and scans the whole table afterwards. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { ScimError, type StoredResource, userType } from '../../lib/scim/index.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { watch } from './calls.ts';
import { GROUPS, idsOf, MEMBERS, NOTHING, queryOf, sceneOf } from './scene.ts';
import { findOrphans, NO_ORPHANS } from './table-scan.ts';

const client = useEngine();
const openStore = () => createStore({ client: client(), tableName: TABLE_NAME });
const open = () => {
  const store = openStore();
  return { store, scene: sceneOf(store) };
};

const scimTypeOf = (result: PromiseSettledResult<unknown>) =>
  result.status === 'fulfilled' ? 'done' : result.reason instanceof ScimError ? result.reason.scimType : result.reason;

test('of twenty parallel creates of one userName, one succeeds and nineteen fail with uniqueness', async () => {
  const { scene } = open();
  const all = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) => scene.createUser({ userName: index % 2 === 0 ? 'Ann' : 'ann' })),
  );
  const outcomes = all.map(scimTypeOf);
  expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1);
  expect(outcomes.filter((outcome) => outcome === 'uniqueness')).toHaveLength(19);
  expect((await scene.find(userType, 'userName', 'ann')).totalResults).toBe(1);
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
});

test('of twenty parallel renames to one userName, one succeeds', async () => {
  const { store, scene } = open();
  const users = await scene.createUsers(20);
  const all = await Promise.allSettled(
    users.map((user) => store.update(scene.users(), user, { attributes: { userName: 'boss' }, exact: false })),
  );
  expect(all.map(scimTypeOf).filter((outcome) => outcome === 'done')).toHaveLength(1);
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
});

test('of parallel updates from one state, one succeeds and the others are stale', async () => {
  const { store, scene } = open();
  const before = await scene.createUser({ userName: 'ann' });
  for (const rename of [false, true]) {
    const now = (await store.read(scene.users(), before.id, NOTHING))?.resource ?? before;
    const all = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        store.update(scene.users(), now, {
          attributes: { userName: rename ? `ann${index}` : 'ann', title: `${index}` },
          exact: false,
        }),
      ),
    );
    expect(all.filter((after) => after === 'stale')).toHaveLength(9);
    const [done] = all.filter((after) => after !== 'stale');
    expect((await store.read(scene.users(), before.id, NOTHING))?.resource).toEqual(done);
  }
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
});

test('fifty parallel one-member adds give fifty members, and no transaction contains the group item', async () => {
  const { store, scene } = open();
  const watched = watch(client());
  const pushed = sceneOf(createStore({ client: watched.client, tableName: TABLE_NAME }), scene.directory);
  const users = await scene.createUsers(50);
  const group = await scene.createGroup('g');
  const all = await Promise.all(users.map(({ id }) => pushed.changeMembers(group, [id])));
  expect(all.filter((after) => after === 'stale')).toEqual([]);
  expect(await scene.memberIds(group.id)).toEqual(users.map(({ id }) => id).sort());
  const after = await store.read(scene.groups(), group.id, NOTHING);
  expect(after?.resource).toMatchObject({ version: 1, memberVersion: 50 });
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
  const transactions = watched.calls.filter(({ name }) => name === 'TransactWriteItems');
  expect(transactions).toHaveLength(50);
  expect(JSON.stringify(transactions)).not.toContain('RESOURCE');
});

test('a create is counted once under concurrent creates and deletes', async () => {
  const { store, scene } = open();
  const users = await scene.createUsers(60);
  await Promise.all([
    scene.createUsers(40, 'later'),
    ...users.slice(0, 30).map((user) => store.delete(scene.users(), user)),
  ]);
  const page = await store.query(scene.users(), queryOf({ count: 200 }));
  expect(page.totalResults).toBe(70);
  expect(idsOf(page)).toHaveLength(70);
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
});

test('a user deleted while being added to groups leaves no membership', async () => {
  const { store, scene } = open();
  const groups = await Promise.all(Array.from({ length: 8 }, (_, index) => scene.createGroup(`g${index}`)));
  const users = await scene.createUsers(12);
  const outcomes = await Promise.allSettled(
    users.flatMap((user) => [
      ...groups.slice(0, 4).map((group) => scene.changeMembers(group, [user.id])),
      store.delete(scene.users(), user),
      ...groups.slice(4).map((group) => scene.changeMembers(group, [user.id])),
    ]),
  );
  const refusals = outcomes.map(scimTypeOf).filter((outcome) => outcome !== 'done');
  expect(new Set(refusals)).toEqual(new Set(refusals.length === 0 ? [] : ['invalidValue']));
  for (const group of groups) expect(await scene.memberIds(group.id)).toEqual([]);
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
});

test('members added while their group is deleted are rolled back, with 404', async () => {
  const { store, scene } = open();
  const users = await scene.createUsers(20);
  for (let round = 0; round < 5; round++) {
    const group = await scene.createGroup(
      `g${round}`,
      users.slice(0, 5).map(({ id }) => ({ id })),
    );
    const outcomes = await Promise.allSettled([
      ...users.slice(5, 12).map(({ id }) => scene.changeMembers(group, [id])),
      store.delete(scene.groups(), group),
      ...users.slice(12).map(({ id }) => scene.changeMembers(group, [id])),
    ]);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ status: 404 });
    for (const { id } of users) expect(await scene.groupIds(id)).toEqual([]);
  }
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
});

test('parallel additions, removals and a replacement of the same members leave both halves consistent', async () => {
  const { store, scene } = open();
  const ids = (await scene.createUsers(120)).map(({ id }) => id);
  const group = await scene.createGroup('g');
  await Promise.all([
    scene.changeMembers(group, ids),
    scene.changeMembers(group, ids.toReversed()),
    scene.changeMembers(group, [], ids.slice(0, 60)),
    store.update(scene.groups(), group, {
      members: { replace: true, add: ids.slice(30, 90).map((id) => ({ id, display: 'x' })), remove: [] },
      exact: false,
    }),
  ]);
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
  const last = await scene.changeMembers(group, ids);
  expect(last).not.toBe('stale');
  expect(await scene.memberIds(group.id)).toEqual(ids.toSorted());
});

test('parallel renames and member adds of a group lose nothing', async () => {
  const { store, scene } = open();
  const users = await scene.createUsers(20);
  const group = await scene.createGroup('g');
  const renameTo = async (displayName: string): Promise<void> => {
    const before = (await store.read(scene.groups(), group.id, NOTHING))?.resource;
    if (before === undefined) throw new Error('gone');
    const after = await store.update(scene.groups(), before, { attributes: { displayName }, exact: false });
    if (after === 'stale') await renameTo(displayName);
  };
  const names = ['a', 'b', 'c', 'd', 'e'];
  await Promise.all([...users.map(({ id }) => scene.changeMembers(group, [id])), ...names.map(renameTo)]);
  const loaded = await store.read(scene.groups(), group.id, MEMBERS);
  expect(loaded?.resource).toMatchObject({ version: 6, memberVersion: 20 });
  expect(loaded?.members).toHaveLength(20);
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
});

test('of parallel deletes, one succeeds and the others are stale', async () => {
  const { store, scene } = open();
  const user = await scene.createUser({ userName: 'ann' });
  const group = await scene.createGroup('g', [{ id: user.id }]);
  const outcomes = await Promise.all(Array.from({ length: 5 }, () => store.delete(scene.users(), user)));
  expect(outcomes.toSorted()).toEqual(['deleted', 'stale', 'stale', 'stale', 'stale']);
  const after: StoredResource | undefined = (await store.read(scene.groups(), group.id, NOTHING))?.resource;
  expect(after).toMatchObject({ version: 1, memberVersion: 1 });
  expect(await store.read(scene.users(), randomUUID(), GROUPS)).toBeUndefined();
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
});
