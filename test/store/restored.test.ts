/** Creates with an id chosen by the caller, as in an import of exported resources. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { userType } from '../../lib/scim/index.ts';
import { createCleanUp } from '../../lib/store/clean-up.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { NOTHING, sceneOf } from './scene.ts';
import { scanTable } from './table-scan.ts';

const engine = useEngine();
const openScene = () => {
  const store = createStore({ client: engine(), tableName: TABLE_NAME });
  return { store, ...sceneOf(store) };
};

test('an unused id gives a resource of version 1', async () => {
  const { store, users } = openScene();
  const id = randomUUID();
  const made = await store.create(users(), { id, attributes: { userName: 'ann' }, members: [], restored: true });
  expect(made).toMatchObject({ id, version: 1 });
  expect(await store.read(users(), id, NOTHING)).toEqual({ resource: made });
});

test('a tombstone is replaced, and the version continues after it', async () => {
  const { store, users, createUser, find } = openScene();
  const ann = await createUser({ userName: 'ann' });
  const renamed = await store.update(users(), ann, { attributes: { userName: 'anna' }, exact: false });
  if (renamed === 'stale') throw new Error('stale');
  await store.delete(users(), renamed);
  const draft = { id: ann.id, attributes: { userName: 'ann' }, members: [], restored: true };
  const restored = await store.create(users(), draft);
  // Version 3 was the deletion.
  expect(restored).toMatchObject({ id: ann.id, version: 4, attributes: { userName: 'ann' } });
  expect(await store.read(users(), ann.id, NOTHING)).toEqual({ resource: restored });
  expect((await find(userType, 'userName', 'ann')).totalResults).toBe(1);
  expect(await store.delete(users(), restored)).toBe('deleted');
});

test('a restored user is in none of the former groups, and can join them again', async () => {
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

test('a restored group has none of the former members, even if its deletion cleaned up none of them', async () => {
  const { store, directory, groups, createUsers, createGroup, memberIds, groupIds } = openScene();
  const markers = async () =>
    (await scanTable(engine())).filter(({ pk, sk }) => pk === '#sweep' && String(sk).startsWith(`${directory}#`));
  const people = await createUsers(60);
  const group = await createGroup(
    'Sales',
    people.map(({ id }) => ({ id })),
  );
  // Out of time right after the deletion itself.
  await store.delete({ ...groups(), deadline: Date.now() - 1 }, group);
  expect(await markers()).toHaveLength(1);
  const draft = { id: group.id, attributes: { displayName: 'Sales' }, members: [], restored: true };
  const restored = await store.create(groups(), draft);
  expect(restored.version).toBe(group.version + 2);
  expect(await memberIds(group.id)).toEqual([]);
  expect(await groupIds(people[0]?.id ?? '')).toEqual([]);
  expect(await markers(), 'nothing is left to clean up').toEqual([]);
});

test('the sweeper does not remove memberships of restored resources', async () => {
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

test('an id in use is 409; of twenty parallel creates with one id, one succeeds', async () => {
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

test('a generated id in use is an internal error', async () => {
  const { store, users, createUser } = openScene();
  const ann = await createUser({ userName: 'ann' });
  const create = store.create(users(), { id: ann.id, attributes: { userName: 'bob' }, members: [] });
  await expect(create).rejects.toThrow(/is already in use/);
});
