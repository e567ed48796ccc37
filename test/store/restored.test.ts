/** Ids that are given to the store, by whoever brings back what was here before. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { userType } from '../../lib/scim/index.ts';
import { createCleanUp } from '../../lib/store/clean-up.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { NOTHING, sceneOf } from './scene.ts';

const engine = useEngine();
const openScene = () => {
  const store = createStore({ client: engine(), tableName: TABLE_NAME });
  return { store, ...sceneOf(store) };
};

test('a given id that is new gives a resource of version 1', async () => {
  const { store, users } = openScene();
  const id = randomUUID();
  const made = await store.create(users(), { id, attributes: { userName: 'ann' }, members: [], restored: true });
  expect(made).toMatchObject({ id, version: 1 });
  expect(await store.read(users(), id, NOTHING)).toEqual({ resource: made });
});

test('a tombstone gives way, and the version goes on behind it', async () => {
  const { store, users, createUser, find } = openScene();
  const ann = await createUser({ userName: 'ann' });
  const renamed = await store.update(users(), ann, { attributes: { userName: 'anna' }, exact: false });
  if (renamed === 'stale') throw new Error('stale');
  await store.delete(users(), renamed);
  const draft = { id: ann.id, attributes: { userName: 'ann' }, members: [], restored: true };
  const restored = await store.create(users(), draft);
  // 3 was the deletion.
  expect(restored).toMatchObject({ id: ann.id, version: 4, attributes: { userName: 'ann' } });
  expect(await store.read(users(), ann.id, NOTHING)).toEqual({ resource: restored });
  expect((await find(userType, 'userName', 'ann')).totalResults).toBe(1);
  expect(await store.delete(users(), restored)).toBe('deleted');
});

test('a user comes back without the groups of before, and may join them again', async () => {
  const { store, users, groups, createUser, createGroup, changeMembers, memberIds, groupIds } = openScene();
  const ann = await createUser({ userName: 'ann' });
  const group = await createGroup('Sales', [{ id: ann.id }]);
  await store.delete(users(), ann);
  await store.create(users(), { id: ann.id, attributes: { userName: 'ann' }, members: [], restored: true });
  expect([await memberIds(group.id), await groupIds(ann.id)]).toEqual([[], []]);
  const now = await store.read(groups(), group.id, NOTHING);
  if (now === undefined) throw new Error('no group');
  await changeMembers(now.resource, [ann.id]);
  expect([await memberIds(group.id), await groupIds(ann.id)]).toEqual([[ann.id], [group.id]]);
});

test('a group comes back without the members of before, even when its deletion swept none of them', async () => {
  const { store, groups, createUsers, createGroup, memberIds, groupIds } = openScene();
  const people = await createUsers(60);
  const group = await createGroup(
    'Sales',
    people.map(({ id }) => ({ id })),
  );
  // Out of time right behind the deletion itself.
  await store.delete({ ...groups(), deadline: Date.now() - 1 }, group);
  const draft = { id: group.id, attributes: { displayName: 'Sales' }, members: [], restored: true };
  const restored = await store.create(groups(), draft);
  expect(restored.version).toBe(group.version + 2);
  expect(await memberIds(group.id)).toEqual([]);
  expect(await groupIds(people[0]?.id ?? '')).toEqual([]);
});

test('the sweeper leaves what came back its memberships', async () => {
  const { store, users, groups, createUser, createGroup, changeMembers, memberIds, groupIds } = openScene();
  const ann = await createUser({ userName: 'ann' });
  const group = await createGroup('Sales', [{ id: ann.id }]);
  await store.delete(groups(), group);
  await store.delete(users(), ann);
  await store.create(users(), { id: ann.id, attributes: { userName: 'ann' }, members: [], restored: true });
  const draft = { id: group.id, attributes: { displayName: 'Sales' }, members: [], restored: true };
  await changeMembers(await store.create(groups(), draft), [ann.id]);
  const later = () => Date.now() + 120_000;
  const sweep = createCleanUp({ client: engine(), tableName: TABLE_NAME, clock: later });
  await sweep({ deadline: later() + 25_000 });
  expect([await memberIds(group.id), await groupIds(ann.id)]).toEqual([[ann.id], [group.id]]);
});

test('an id that somebody has is 409, of twenty at once for all but one', async () => {
  const { store, users, createUser } = openScene();
  const ann = await createUser({ userName: 'ann' });
  const draft = (id: string, userName: string) => ({ id, attributes: { userName }, members: [], restored: true });
  await expect(store.create(users(), draft(ann.id, 'bob'))).rejects.toMatchObject({ status: 409 });
  await store.delete(users(), ann);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) => store.create(users(), draft(ann.id, `bob${i}`))),
  );
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const outcome of outcomes)
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ status: 409, scimType: 'uniqueness' });
});

test('without being given, an id that is taken is a fault of ours', async () => {
  const { store, users, createUser } = openScene();
  const ann = await createUser({ userName: 'ann' });
  const create = store.create(users(), { id: ann.id, attributes: { userName: 'bob' }, members: [] });
  await expect(create).rejects.toThrow(/is already in use/);
});
