/** Changes beyond one transaction of 100 items: checked in full first, then written in steps that a retry completes. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { groupType, type Store, type StoredResource, userType } from '../../lib/scim/index.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { watch } from './calls.ts';
import { GROUPS, idsOf, MEMBERS, NOTHING, queryOf, sceneOf } from './scene.ts';
import { findOrphans, NO_ORPHANS } from './table-scan.ts';

const client = useEngine();
const open = () => {
  const store = createStore({ client: client(), tableName: TABLE_NAME });
  return { store, scene: sceneOf(store) };
};
const asMembers = (resources: readonly StoredResource[]) => resources.map(({ id }) => ({ id }));
const idsIn = (resources: readonly StoredResource[]) => resources.map(({ id }) => id).sort();
const adding = (resources: readonly StoredResource[]) => ({ replace: false, add: asMembers(resources), remove: [] });
const current = async (store: Store, scene: ReturnType<typeof sceneOf>, id: string) => {
  const loaded = await store.read(scene.groups(), id, NOTHING);
  if (loaded === undefined) throw new Error('gone');
  return loaded.resource;
};

test('a group created with 130 members is invisible until it is complete', async () => {
  const { store, scene } = open();
  const users = await scene.createUsers(130);
  const seen: unknown[] = [];
  const first = users.map(({ id }) => id).sort()[0] ?? '';
  const watched = watch(client(), async ({ name }) => {
    if (name === 'TransactWriteItems')
      seen.push(
        await scene.groupIds(first),
        idsOf(await scene.find(groupType, 'displayName', 'big')),
        idsOf(await store.query(scene.groups(), queryOf({}))),
      );
    return undefined;
  });
  const slow = sceneOf(createStore({ client: watched.client, tableName: TABLE_NAME }), scene.directory);
  const group = await slow.createGroup('big', asMembers(users));
  expect(seen).toEqual(Array.from({ length: 15 }, () => []));
  expect(group).toMatchObject({ version: 1, memberVersion: 0 });
  expect(await scene.memberIds(group.id)).toEqual(idsIn(users));
  expect((await store.read(scene.users(), users[129]?.id ?? '', GROUPS))?.groups).toEqual([
    { id: group.id, display: 'big' },
  ]);
  expect(idsOf(await store.query(scene.groups(), queryOf({})))).toEqual([group.id]);
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
});

test('a create that fails part-way removes its memberships', async () => {
  const { store, scene } = open();
  const users = await scene.createUsers(110);
  await expect(scene.createGroup('big', [...asMembers(users), { id: 'missing' }])).rejects.toMatchObject({
    status: 400,
  });
  // A rival takes the name after it was found available.
  const last = users.toSorted((a, b) => (a.id < b.id ? 1 : -1))[0];
  if (last === undefined) throw new Error('no user');
  let transactions = 0;
  const watched = watch(client(), ({ name }) => {
    transactions += name === 'TransactWriteItems' ? 1 : 0;
    return undefined;
  });
  const racing = createStore({ client: watched.client, tableName: TABLE_NAME });
  const slow = sceneOf(racing, scene.directory);
  const making = slow.createGroup('big', asMembers(users));
  while (transactions < 2) await new Promise((resolve) => setImmediate(resolve));
  await scene.createGroup('BIG');
  await expect(making).rejects.toMatchObject({ scimType: 'uniqueness' });
  expect(await store.delete(scene.users(), last)).toBe('deleted');
  for (const { id } of users.slice(0, 5)) expect(await scene.groupIds(id)).toEqual([]);
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
});

test('130 members and a new name are both written, the name last', async () => {
  const { store, scene } = open();
  const users = await scene.createUsers(130);
  for (const exact of [false, true]) {
    const group = await scene.createGroup(`old ${exact}`);
    const change = { attributes: { displayName: `new ${exact}` }, members: adding(users), exact };
    const after = await store.update(scene.groups(), group, change);
    expect(after).toEqual(await current(store, scene, group.id));
    expect(after).toMatchObject({ version: 2, attributes: { displayName: `new ${exact}` } });
    expect(await scene.memberIds(group.id)).toEqual(idsIn(users));
    expect(await store.update(scene.groups(), group, { ...change, exact: true })).toBe('stale');
  }
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
});

test('a taken name or an unknown member stops a large change before its first write', async () => {
  const { store, scene } = open();
  const users = await scene.createUsers(110);
  await scene.createGroup('taken');
  const group = await scene.createGroup('g');
  const attributes = { displayName: 'Taken' };
  const named = store.update(scene.groups(), group, { attributes, members: adding(users), exact: false });
  await expect(named).rejects.toMatchObject({ scimType: 'uniqueness' });
  const unknown = { replace: false, add: [...asMembers(users), { id: 'missing' }], remove: [] };
  const listed = store.update(scene.groups(), group, { members: unknown, exact: false });
  await expect(listed).rejects.toMatchObject({ scimType: 'invalidValue' });
  expect(await current(store, scene, group.id)).toEqual(group);
  expect(await scene.memberIds(group.id)).toEqual([]);
});

test('of two large `exact` changes from one state, one is stale', async () => {
  const { store, scene } = open();
  const users = await scene.createUsers(130);
  const group = await scene.createGroup('g');
  const halves = [users.slice(0, 60), users.slice(60)];
  const outcomes = await Promise.all(
    halves.map((half) => store.update(scene.groups(), group, { members: adding(half), exact: true })),
  );
  expect(outcomes.filter((outcome) => outcome === 'stale')).toHaveLength(1);
  const winner = halves[outcomes.findIndex((outcome) => outcome !== 'stale')] ?? [];
  expect(await scene.memberIds(group.id)).toEqual(idsIn(winner));
});

test('out of time between two steps is 429, and the same request completes the change', async () => {
  const { scene } = open();
  const users = await scene.createUsers(120);
  const group = await scene.createGroup('g');
  let now = 1_000;
  // Every transaction takes an hour, so the deadline passes after the first chunk.
  const watched = watch(client(), ({ name }) => {
    now += name === 'TransactWriteItems' ? 3_600_000 : 0;
    return undefined;
  });
  const store = createStore({ client: watched.client, tableName: TABLE_NAME, clock: () => now });
  const change = { members: adding(users), exact: false };
  const scope = { ...scene.groups(), deadline: now + 1_800_000 };
  await expect(store.update(scope, group, change)).rejects.toMatchObject({ status: 429 });
  const halfway = await current(store, scene, group.id);
  expect(await scene.memberIds(group.id)).toHaveLength(50);
  expect(halfway).toMatchObject({ version: 1, memberVersion: 1 });
  const after = await store.update({ ...scope, deadline: Number.MAX_SAFE_INTEGER }, halfway, change);
  expect(after).toMatchObject({ version: 1, memberVersion: 2 });
  expect(await scene.memberIds(group.id)).toEqual(idsIn(users));
  const late = { ...scope, deadline: 0 };
  const nothing = store.update(late, halfway, { members: { replace: true, add: [], remove: [] }, exact: false });
  await expect(nothing).rejects.toMatchObject({ status: 429 });
  expect(await scene.memberIds(group.id)).toHaveLength(120);
});

test('a create that ran out of time is resumed by the same request and then found like any other', async () => {
  const { store, scene } = open();
  const users = await scene.createUsers(60);
  let ahead = 0;
  const watched = watch(client(), ({ name }) => {
    ahead += name === 'TransactWriteItems' ? 700_000 : 0;
    return undefined;
  });
  const clock = () => Date.now() + ahead;
  const slow = createStore({ client: watched.client, tableName: TABLE_NAME, clock });
  const wanted = (id: string) => ({
    id,
    attributes: { displayName: 'g', externalId: 'x' },
    members: asMembers(users),
  });
  await expect(slow.create(scene.groups(), wanted(randomUUID()))).rejects.toMatchObject({ status: 429 });
  const [first, second] = [randomUUID(), randomUUID()];
  const group = await store.create(scene.groups(), wanted(first));
  expect(group.id, 'the id of the first attempt').not.toBe(first);
  expect(await scene.memberIds(group.id)).toEqual(idsIn(users));
  expect(idsOf(await scene.find(groupType, 'externalId', 'x'))).toEqual([group.id]);
  await expect(store.create(scene.groups(), wanted(second))).rejects.toMatchObject({ scimType: 'uniqueness' });
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
});

test('a deleted user in 130 groups disappears from each, and each has a new version', async () => {
  const { store, scene } = open();
  const user = await scene.createUser({ userName: 'ann' });
  const groups: StoredResource[] = [];
  for (let at = 0; at < 130; at += 10)
    groups.push(
      ...(await Promise.all(
        Array.from({ length: 10 }, (_, index) => scene.createGroup(`g${at + index}`, [{ id: user.id }])),
      )),
    );
  const loaded = await store.read(scene.users(), user.id, GROUPS);
  expect(loaded?.groups).toHaveLength(130);
  const page = await store.query(scene.users(), queryOf({ include: GROUPS }));
  expect(page.resources[0]).toEqual(loaded);
  expect(await store.delete(scene.users(), user)).toBe('deleted');
  const after = await store.query(scene.groups(), queryOf({ count: 200, include: MEMBERS }));
  expect(after.resources).toHaveLength(130);
  for (const { resource, members } of after.resources) {
    expect(members).toEqual([]);
    expect(resource).toMatchObject({ version: 1, memberVersion: 1 });
  }
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
});

test('deleting a group of 160 members cleans up the memberships in the same call if time allows', async () => {
  const { store, scene } = open();
  const users = await scene.createUsers(160);
  const group = await scene.createGroup('g', asMembers(users));
  expect(await store.delete(scene.groups(), group)).toBe('deleted');
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
  // Without time for the cleanup, the group is deleted all the same.
  const next = await scene.createGroup('g', asMembers(users));
  let now = Date.now();
  const watched = watch(client(), ({ name }) => {
    now += name === 'TransactWriteItems' ? 3_600_000 : 0;
    return undefined;
  });
  const late = createStore({ client: watched.client, tableName: TABLE_NAME, clock: () => now });
  expect(await late.delete(scene.groups(), next)).toBe('deleted');
  expect(watched.names().filter((name) => name === 'TransactWriteItems')).toHaveLength(1);
  expect(await scene.groupIds(users[0]?.id ?? '')).toEqual([]);
  expect(await scene.memberIds(next.id)).toEqual([]);
  expect((await scene.find(userType, 'groups.value', next.id)).totalResults).toBe(0);
});

test('after fifty e-mail addresses are replaced by fifty others, each new one is found and no old one', async () => {
  const { store, scene } = open();
  const emails = (prefix: string) => Array.from({ length: 50 }, (_, i) => ({ value: `${prefix}${i}@x.example` }));
  const ann = await scene.createUser({ userName: 'ann', emails: emails('old') });
  const attributes = { userName: 'anna', emails: emails('new') };
  const after = await store.update(scene.users(), ann, { attributes, exact: false });
  expect(after).toMatchObject({ version: 2, memberVersion: 0 });
  expect(idsOf(await scene.find(userType, 'emails.value', 'new49@x.example'))).toEqual([ann.id]);
  expect(idsOf(await scene.find(userType, 'emails.value', 'old0@x.example'))).toEqual([]);
  await scene.createUser({ userName: 'bob' });
  const taken = { attributes: { ...attributes, userName: 'bob', emails: emails('third') }, exact: false };
  if (after === 'stale') throw new Error('stale');
  await expect(store.update(scene.users(), after, taken)).rejects.toMatchObject({ scimType: 'uniqueness' });
  expect(await store.update(scene.users(), ann, { attributes, exact: false })).toBe('stale');
});

test('of 80,000 unknown members, only the first are looked up', async () => {
  const { scene } = open();
  const group = await scene.createGroup('g');
  const watched = watch(client());
  const store = createStore({ client: watched.client, tableName: TABLE_NAME });
  const unknown = Array.from({ length: 80_000 }, () => ({ id: randomUUID() }));
  const message = new RegExp(`${unknown[4]?.id} and at least \\d+ more$`);
  const refused = { status: 400, scimType: 'invalidValue', message: expect.stringMatching(message) };
  const create = sceneOf(store, scene.directory).createGroup('h', unknown);
  await expect(create).rejects.toMatchObject(refused);
  for (const replace of [true, false]) {
    const members = { replace, add: unknown, remove: [] };
    await expect(store.update(scene.groups(), group, { members, exact: false })).rejects.toMatchObject(refused);
  }
  // Three times 800 of both types, beside what finds the name and the members that there are.
  expect(watched.calls.length).toBeLessThanOrEqual(3 * 16 + 5);
  // Members that leave need not exist, so all are looked up.
  const leaving = unknown.slice(0, 1000).map(({ id }) => id);
  const members = { replace: false, add: [], remove: leaving };
  expect(await store.update(scene.groups(), group, { members, exact: false })).toMatchObject({ id: group.id });
});
