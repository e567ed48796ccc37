/** Races: a rival request runs at an exact point between two calls of the request under test. */
import { expect, test } from 'vitest';
import type { StoredResource } from '../../lib/scim/index.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { createSnapshots } from '../../lib/store/stream/images.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { watch } from './calls.ts';
import { NOTHING, queryOf, sceneOf } from './scene.ts';
import { findOrphans, NO_ORPHANS, scanTable } from './table-scan.ts';

const client = useEngine();

/** @param meddle runs before each transaction of the store under test, with its number from 1 */
const open = (meddle: (transaction: number) => Promise<unknown>) => {
  const plain = createStore({ client: client(), tableName: TABLE_NAME });
  const scene = sceneOf(plain);
  let transactions = 0;
  const watched = watch(client(), async ({ name }) => {
    if (name === 'TransactWriteItems') await meddle(++transactions);
    return undefined;
  });
  const store = createStore({ client: watched.client, tableName: TABLE_NAME });
  return { plain, scene, store, watched, meddled: sceneOf(store, scene.directory) };
};
const members = (ids: readonly string[]) => ({ replace: false, add: ids.map((id) => ({ id })), remove: [] });

test('a member deleted after validation is 400, and nothing is written', async () => {
  for (const attributes of [undefined, { displayName: 'new' }]) {
    const { plain, scene, store } = open(async (transaction) => {
      if (transaction === 1) await plain.delete(scene.users(), ann);
    });
    const ann = await scene.createUser({ userName: 'ann' });
    const bob = await scene.createUser({ userName: 'bob' });
    const group = await scene.createGroup('old');
    const change = { attributes, members: members([ann.id, bob.id]), exact: false };
    await expect(store.update(scene.groups(), group, change)).rejects.toMatchObject({
      scimType: 'invalidValue',
      message: `members must be ids of existing resources, not ${ann.id}`,
    });
    expect(await plain.read(scene.groups(), group.id, NOTHING)).toEqual({ resource: group });
    expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
  }
});

test('a member deleted after others were written is skipped', async () => {
  const { plain, scene, meddled } = open(async (transaction) => {
    if (transaction === 2) await plain.delete(scene.users(), last);
  });
  const users = (await scene.createUsers(70)).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const last = users.at(-1) ?? (await scene.createUser({ userName: 'missing' }));
  const group = await scene.createGroup('g');
  const ids = users.map(({ id }) => id);
  expect(await meddled.changeMembers(group, ids)).toMatchObject({ memberVersion: 1 });
  expect(await scene.memberIds(group.id)).toEqual(ids.slice(0, -1));
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
});

test('a removal and an addition that a rival wrote first change nothing more', async () => {
  const { scene, store } = open(async (transaction) => {
    if (transaction === 1) await scene.changeMembers(group, [ann.id], [bob.id]);
  });
  const [ann, bob] = [await scene.createUser({ userName: 'ann' }), await scene.createUser({ userName: 'bob' })];
  const group = await scene.createGroup('g', [{ id: bob.id }]);
  const change = { members: { replace: true, add: [{ id: ann.id }], remove: [] }, exact: false };
  expect(await store.update(scene.groups(), group, change)).not.toBe('stale');
  expect(await scene.memberIds(group.id)).toEqual([ann.id]);
  // One revision each by the rival, and one of bob by the create: no event is published twice.
  const revisions = (await scanTable(client()))
    .filter(({ sk, id }) => sk === 'MEMBEROF' && (id === ann.id || id === bob.id))
    .map(({ id, rev }) => [id === ann.id ? 'ann' : 'bob', rev]);
  expect(Object.fromEntries(revisions)).toEqual({ ann: 1, bob: 2 });
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
});

test('a change of display does not restore a member that is removed meanwhile', async () => {
  const { scene, store } = open(async (transaction) => {
    if (transaction === 1) await scene.changeMembers(group, [], [ann.id]);
  });
  const ann = await scene.createUser({ userName: 'ann' });
  const group = await scene.createGroup('g', [{ id: ann.id }]);
  const members = { replace: true, add: [{ id: ann.id, display: 'Ann' }], remove: [] };
  expect(await store.update(scene.groups(), group, { members, exact: false })).not.toBe('stale');
  expect(await scene.memberIds(group.id)).toEqual([]);
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
});

test('a user who joins a group before each attempt of the deletion is deleted with all memberships', async () => {
  const { plain, scene, store, watched } = open(async (transaction) => {
    const group = groups[transaction - 1];
    if (group !== undefined) await scene.changeMembers(group, [ann.id]);
  });
  const ann = await scene.createUser({ userName: 'ann' });
  const groups = await Promise.all([0, 1, 2, 3].map((index) => scene.createGroup(`g${index}`)));
  expect(await store.delete(scene.users(), ann)).toBe('deleted');
  // Three with the edges, one without, and one that deletes the cleanup marker.
  expect(watched.names().filter((name) => name === 'TransactWriteItems')).toHaveLength(5);
  for (const group of groups) {
    expect(await scene.memberIds(group.id)).toEqual([]);
    expect((await plain.read(scene.groups(), group.id, NOTHING))?.resource.memberVersion).toBe(2);
  }
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
});

test('edges of a deleted user that are not cleaned up yet are removed by the next change that finds them', async () => {
  const plain = createStore({ client: client(), tableName: TABLE_NAME });
  const scene = sceneOf(plain);
  const ann = await scene.createUser({ userName: 'ann' });
  const groups: StoredResource[] = [];
  for (let at = 0; at < 100; at += 10)
    groups.push(
      ...(await Promise.all([...Array(10).keys()].map((n) => scene.createGroup(`g${at + n}`, [{ id: ann.id }])))),
    );
  // In the order of the cleanup: their edges are in its first batch.
  const [removing, replacing, deleted] = groups.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  if (removing === undefined || replacing === undefined || deleted === undefined) throw new Error('no groups');
  const edgesOf = async (group: StoredResource) =>
    (await scanTable(client())).filter(({ pk, sk }) => String(pk).endsWith(group.id) && sk === `~${ann.id}`);
  const met: unknown[] = [];
  const watched = watch(client(), async ({ name }) => {
    if (name !== 'BatchWriteItem' || met.length > 0) return undefined;
    met.push('met');
    await expect(scene.changeMembers(removing, [ann.id])).rejects.toMatchObject({ scimType: 'invalidValue' });
    met.push(await scene.changeMembers(removing, [], [ann.id]));
    const members = { replace: true, add: [], remove: [] };
    met.push(await plain.update(scene.groups(), replacing, { members, exact: false }));
    await plain.delete(scene.groups(), deleted);
    for (const group of [removing, replacing, deleted]) met.push(...(await edgesOf(group)));
    return undefined;
  });
  const store = createStore({ client: watched.client, tableName: TABLE_NAME });
  expect(await store.delete(scene.users(), ann)).toBe('deleted');
  expect(met).toMatchObject(['met', { memberVersion: 1 }, { memberVersion: 1 }]);
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
});

test('a deletion is stale if the user changes meanwhile', async () => {
  const { plain, scene, store } = open(async (transaction) => {
    if (transaction === 1)
      await plain.update(scene.users(), ann, { attributes: { userName: 'ann', title: 'x' }, exact: false });
  });
  const ann = await scene.createUser({ userName: 'ann' });
  expect(await store.delete(scene.users(), ann)).toBe('stale');
  expect((await plain.read(scene.users(), ann.id, NOTHING))?.resource.version).toBe(2);
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
});

test('a group deleted during a large change is 404, and its new members are removed', async () => {
  const { plain, scene, meddled } = open(async (transaction) => {
    if (transaction === 2) await plain.delete(scene.groups(), group);
  });
  const users = await scene.createUsers(120);
  const group = await scene.createGroup('g');
  await expect(
    meddled.changeMembers(
      group,
      users.map(({ id }) => id),
    ),
  ).rejects.toMatchObject({ status: 404 });
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
});

test('a resource deleted between the list and its read is omitted', async () => {
  const scene = sceneOf(createStore({ client: client(), tableName: TABLE_NAME }));
  const users = await scene.createUsers(3);
  const [first] = users;
  const watched = watch(client(), async ({ name }) => {
    if (name === 'BatchGetItem' && first !== undefined)
      await createStore({ client: client(), tableName: TABLE_NAME }).delete(scene.users(), first);
    return undefined;
  });
  const page = await createStore({ client: watched.client, tableName: TABLE_NAME }).query(scene.users(), queryOf({}));
  expect(page.resources).toHaveLength(2);
});

test('snapshots return the current resources, and of deleted ones the names for 30 days', async () => {
  const store = createStore({ client: client(), tableName: TABLE_NAME });
  const scene = sceneOf(store);
  const ann = await scene.createUser({ userName: 'ann' });
  const bob = await scene.createUser({ userName: 'bob', externalId: 'b1', active: true, emails: [{ value: 'b@b' }] });
  const group = await scene.createGroup('g');
  await store.delete(scene.users(), bob);
  const snapshots = createSnapshots({ client: client(), tableName: TABLE_NAME });
  const found = await snapshots.readNow(scene.directory, [
    { type: 'User', id: ann.id },
    { type: 'User', id: ann.id },
    { type: 'User', id: bob.id },
    { type: 'Group', id: group.id },
    { type: 'Group', id: ann.id },
  ]);
  expect([...found.keys()].sort()).toEqual([`Group/${group.id}`, `User/${ann.id}`, `User/${bob.id}`].sort());
  expect(found.get(`User/${ann.id}`)).toMatchObject({
    attributes: { userName: 'ann' },
    version: 1,
    isVisible: true,
  });
  const names = { userName: 'bob', externalId: 'b1', active: true };
  expect(found.get(`User/${bob.id}`)).toMatchObject({ version: 2, isVisible: false });
  expect(found.get(`User/${bob.id}`)?.attributes).toEqual(names);
  const days = (count: number) =>
    createSnapshots({ client: client(), tableName: TABLE_NAME, clock: () => Date.now() + count * 86_400_000 });
  const ref = [{ type: 'User', id: bob.id }];
  expect((await days(29).readNow(scene.directory, ref)).size).toBe(1);
  expect((await days(31).readNow(scene.directory, ref)).size).toBe(0);
  expect((await snapshots.readNow('another', [{ type: 'User', id: ann.id }])).size).toBe(0);
});

test.each([
  ['the name and another member', ['bob'], 2],
  ['the name', [], 1],
] as const)('a member that a rival adds first does not hold up %s', async (_, others, memberVersion) => {
  const { plain, scene, store } = open(async (transaction) => {
    if (transaction === 1) await scene.changeMembers(group, [ann.id]);
  });
  const ann = await scene.createUser({ userName: 'ann' });
  const more = await Promise.all(others.map((userName) => scene.createUser({ userName })));
  const ids = [ann, ...more].map(({ id }) => id);
  const group = await scene.createGroup('old');
  const change = { attributes: { displayName: 'new' }, members: members(ids), exact: false };
  expect(await store.update(scene.groups(), group, change)).toMatchObject({
    version: 2,
    attributes: change.attributes,
  });
  const after = await plain.read(scene.groups(), group.id, NOTHING);
  expect(after?.resource).toMatchObject({ attributes: change.attributes, memberVersion });
  expect(await scene.memberIds(group.id)).toEqual(ids.sort());
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
});
