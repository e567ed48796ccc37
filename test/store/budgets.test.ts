/** Calls and capacity units per operation (table in docs/storage.md). They do not depend on the machine. */
import { expect, test } from 'vitest';
import { groupType, type JsonObject, userType } from '../../lib/scim/index.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { resolvePath } from '../../lib/store/items/indexed-paths.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { watch } from './calls.ts';
import { all, equal, GROUPS, MEMBERS, NOTHING, queryOf, sceneOf } from './scene.ts';

const client = useEngine();
const open = () => {
  const plain = sceneOf(createStore({ client: client(), tableName: TABLE_NAME }));
  const watched = watch(client());
  const store = createStore({ client: watched.client, tableName: TABLE_NAME });
  return { plain, watched, store, scene: sceneOf(store, plain.directory) };
};
const ANN: JsonObject = { userName: 'ann', externalId: 'e1', emails: [{ value: 'ann@x.example', type: 'work' }] };

test('POST /Users: one transaction, no read', async () => {
  const { scene, watched } = open();
  await scene.createUser(ANN);
  expect(watched.names()).toEqual(['TransactWriteItems']);
  // Resource, claim, two look-ups, list entry, count, MEMBEROF, and two sort entries: displayName and creation.
  expect(watched.calls[0]?.input.TransactItems).toHaveLength(9);
  expect(watched.units()).toBeLessThanOrEqual(18);
});

test('PATCH /Users/{id}: one UpdateItem; with a rename one transaction', async () => {
  const { plain, scene, watched, store } = open();
  const ann = await plain.createUser(ANN);
  const off = await store.update(scene.users(), ann, { attributes: { ...ANN, active: false }, exact: false });
  expect(watched.names()).toEqual(['UpdateItem']);
  expect(watched.units()).toBeLessThanOrEqual(2);
  watched.reset();
  if (off === 'stale') throw new Error('stale');
  await store.update(scene.users(), off, { attributes: { ...ANN, userName: 'anna' }, exact: false });
  expect(watched.names()).toEqual(['TransactWriteItems']);
  expect(watched.calls[0]?.input.TransactItems).toHaveLength(3);
  watched.reset();
  await store.update(scene.users(), ann, { attributes: ANN, exact: false });
  expect(watched.names()).toEqual([]);
});

test('a change of displayName moves its sort entry: two more items', async () => {
  const { plain, scene, watched, store } = open();
  const ann = await plain.createUser(ANN);
  const named = { attributes: { ...ANN, displayName: 'Ann' }, exact: false };
  await store.update(scene.users(), ann, named);
  expect(watched.names()).toEqual(['TransactWriteItems']);
  expect(watched.calls[0]?.input.TransactItems).toHaveLength(3);
  expect(watched.units()).toBeLessThanOrEqual(8);
});

test('GET /Users/{id} with its groups: two calls; without: one', async () => {
  const { plain, scene, watched, store } = open();
  const ann = await plain.createUser(ANN);
  await Promise.all(Array.from({ length: 12 }, (_, index) => plain.createGroup(`g${index}`, [{ id: ann.id }])));
  expect((await store.read(scene.users(), ann.id, GROUPS))?.groups).toHaveLength(12);
  expect(watched.names()).toEqual(['Query', 'BatchGetItem']);
  expect(watched.units()).toBeLessThanOrEqual(13);
  watched.reset();
  await store.read(scene.users(), ann.id, NOTHING);
  expect(watched.names()).toEqual(['GetItem']);
});

test('an indexed filter takes two or three calls at any size of the directory', async () => {
  const { plain, scene, watched, store } = open();
  const filler = await plain.createUsers(40);
  const ann = await plain.createUser(ANN);
  const group = await plain.createGroup(
    'Sales',
    [ann, ...filler].map(({ id }) => ({ id })),
  );
  const work = {
    kind: 'element',
    target: resolvePath(userType, 'emails'),
    filter: all(equal(userType, 'emails.type', 'work'), equal(userType, 'emails.value', 'ann@x.example')),
  } as const;
  const active = { kind: 'present', target: resolvePath(userType, 'active') } as const;
  const ofUsers = [
    equal(userType, 'id', ann.id),
    equal(userType, 'userName', 'ann'),
    equal(userType, 'externalId', 'e1'),
    equal(userType, 'emails.value', 'ann@x.example'),
    work,
    all(active, equal(userType, 'userName', 'ann')),
  ];
  for (const filter of ofUsers) {
    watched.reset();
    const page = await store.query(scene.users(), queryOf({ filter, include: GROUPS }));
    expect(page.resources[0]?.resource.id).toBe(ann.id);
    expect(watched.calls.length, watched.names().join()).toBeLessThanOrEqual(3);
    expect(watched.units()).toBeLessThanOrEqual(4);
  }
  const ofGroups = [
    equal(groupType, 'displayName', 'sales'),
    equal(groupType, 'members.value', ann.id),
    all(equal(groupType, 'id', group.id), equal(groupType, 'members.value', ann.id)),
  ];
  for (const filter of ofGroups) {
    watched.reset();
    const page = await store.query(scene.groups(), queryOf({ filter, include: NOTHING }));
    expect(page.resources[0]?.resource.id).toBe(group.id);
    expect(watched.calls.length, watched.names().join()).toBeLessThanOrEqual(3);
    // Independent of the 41 members of the group.
    expect(watched.units()).toBeLessThanOrEqual(4);
  }
  watched.reset();
  const page = await store.query(
    scene.users(),
    queryOf({ filter: equal(userType, 'groups.value', group.id), count: 10, include: NOTHING }),
  );
  expect([page.totalResults, page.resources.length]).toEqual([41, 10]);
  expect(watched.names()).toEqual(['Query', 'BatchGetItem']);
  expect(watched.units()).toBeLessThanOrEqual(12);
});

test('PATCH of one member costs a validation, a transaction of two items and the version, with 0 and 299 members alike', async () => {
  const { plain, scene, watched, store } = open();
  const users = await plain.createUsers(300);
  const [first, ...others] = users;
  if (first === undefined) throw new Error('no user');
  const small = await plain.createGroup('small');
  const big = await plain.createGroup(
    'big',
    others.map(({ id }) => ({ id })),
  );
  const cost = async (group: typeof small) => {
    watched.reset();
    await scene.changeMembers(group, [first.id]);
    return { names: watched.names(), units: watched.units() };
  };
  expect(await cost(small)).toEqual({ names: ['BatchGetItem', 'TransactWriteItems', 'UpdateItem'], units: 6 });
  expect(await cost(big)).toEqual({ names: ['BatchGetItem', 'TransactWriteItems', 'UpdateItem'], units: 6 });
  watched.reset();
  await scene.changeMembers(big, [first.id]);
  expect(watched.names()).toEqual(['BatchGetItem']);
  watched.reset();
  await store.readMembers(scene.groups(), big.id, 101);
  expect(watched.names()).toEqual(['Query']);
});

test('a page of 100 takes three calls at any startIndex', async () => {
  const { plain, scene, watched, store } = open();
  await plain.createUsers(230);
  for (const startIndex of [1, 101, 131]) {
    watched.reset();
    const page = await store.query(scene.users(), queryOf({ startIndex }));
    expect([page.totalResults, page.resources.length]).toEqual([230, 100]);
    expect(watched.names()).toEqual(['Query', 'Query', 'BatchGetItem']);
    expect(watched.units()).toBeLessThanOrEqual(107);
  }
  watched.reset();
  const page = await store.query(scene.users(), queryOf({ include: GROUPS }));
  expect(page.resources.every(({ groups }) => groups?.length === 0)).toBe(true);
  expect(watched.names().filter((name) => name === 'BatchGetItem')).toHaveLength(2);
});

test('DELETE of a user in groups: one Query, one transaction, one update per group', async () => {
  const { plain, scene, watched, store } = open();
  const ann = await plain.createUser(ANN);
  await Promise.all(Array.from({ length: 5 }, (_, index) => plain.createGroup(`g${index}`, [{ id: ann.id }])));
  expect(await store.delete(scene.users(), ann)).toBe('deleted');
  expect(watched.names()).toEqual(['Query', 'TransactWriteItems', ...Array.from({ length: 5 }, () => 'UpdateItem')]);
  expect(watched.units()).toBeLessThanOrEqual(19 + 3 * 5);
});

test('members are read by a filter only if the response shows them, and then once', async () => {
  const { plain, scene, watched, store } = open();
  const group = await plain.createGroup(
    'Sales',
    (await plain.createUsers(60)).map(({ id }) => ({ id })),
  );
  const filter = equal(groupType, 'displayName', 'sales');
  const calls = async (include: typeof MEMBERS) => {
    watched.reset();
    const page = await store.query(
      scene.groups(),
      queryOf({ filter, include, matches: ({ resource }) => resource.id === group.id }),
    );
    return [page.resources[0]?.members?.length, ...watched.names()];
  };
  expect(await calls(NOTHING)).toEqual([undefined, 'Query', 'GetItem']);
  expect(await calls(MEMBERS)).toEqual([60, 'Query', 'Query']);
});

test('text that is not an id never becomes a key', async () => {
  const { scene, watched, store } = open();
  const long = 'x'.repeat(5000);
  expect(await store.read(scene.users(), long, GROUPS)).toBeUndefined();
  expect(await store.readMembers(scene.groups(), long, 9)).toEqual([]);
  for (const path of ['id', 'groups.value']) expect((await scene.find(userType, path, long)).totalResults).toBe(0);
  expect((await scene.find(groupType, 'members.value', long)).totalResults).toBe(0);
  expect(watched.names()).toEqual([]);
});

test('every read is strongly consistent', async () => {
  const { plain, scene, watched, store } = open();
  const ann = await plain.createUser(ANN);
  const group = await plain.createGroup('g', [{ id: ann.id }]);
  await store.read(scene.users(), ann.id, NOTHING);
  await store.read(scene.groups(), group.id, MEMBERS);
  await store.query(scene.users(), queryOf({ include: GROUPS }));
  await store.query(scene.users(), queryOf({ filter: equal(userType, 'userName', 'ann') }));
  await store.delete(scene.users(), ann);
  const reads = watched.calls.filter(({ name }) => ['Query', 'GetItem', 'BatchGetItem'].includes(name));
  expect(reads.length).toBeGreaterThan(6);
  for (const { name, input } of reads) expect(JSON.stringify(input), name).toContain('"ConsistentRead":true');
});
