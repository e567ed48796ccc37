/** Requests that die part-way: what they leave is invisible and is cleaned up, and a repeated request completes. */
import { DeleteCommand, DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { groupType, type StoredResource } from '../../lib/scim/index.ts';
import { createCleanUp } from '../../lib/store/clean-up.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { watch } from './calls.ts';
import { idsOf, NOTHING, queryOf, sceneOf } from './scene.ts';
import { findOrphans, NO_ORPHANS, scanTable } from './table-scan.ts';

const client = useEngine();
const DEADLINE = { deadline: Number.POSITIVE_INFINITY };
const MINUTE = 60_000;

const plain = () => createStore({ client: client(), tableName: TABLE_NAME });
const sweepAt = (late: number) =>
  createCleanUp({ client: client(), tableName: TABLE_NAME, clock: () => Date.now() + late })(DEADLINE);
const leftToSweep = async (directory: string) =>
  (await scanTable(client())).filter(({ pk, sk }) => pk === '#sweep' && String(sk).startsWith(`${directory}#`)).length;

/**
 * @returns a client that fails after `calls` writing calls, as if the process had died: no later call reaches the table
 */
const dyingAfter = (calls: number) => {
  let left = calls;
  return watch(client(), ({ name }) => {
    if (/Write|Update/.test(name)) left -= 1;
    return left < 0 ? { error: new Error('killed'), when: 'before' } : undefined;
  }).client;
};
const dying = (calls: number) => createStore({ client: dyingAfter(calls), tableName: TABLE_NAME });
const asMembers = (resources: readonly StoredResource[]) => resources.map(({ id }) => ({ id }));

test('s5 a POST of a group with 130 members leaves no orphans when killed at any of its writes', async () => {
  const scene = sceneOf(plain());
  const users = await scene.createUsers(130);
  for (let calls = 1; calls <= 4; calls++) {
    const killed = sceneOf(dying(calls), scene.directory);
    await expect(killed.createGroup('never', asMembers(users))).rejects.toThrow('killed');
    expect(idsOf(await plain().query(scene.groups(), queryOf({})))).toEqual([]);
    expect(idsOf(await scene.find(groupType, 'displayName', 'never'))).toEqual([]);
  }
  expect(await leftToSweep(scene.directory)).toBe(4);
  // A request may still be working on them.
  await sweepAt(0);
  expect(await leftToSweep(scene.directory)).toBe(4);
  await sweepAt(MINUTE + 1);
  expect(await leftToSweep(scene.directory)).toBe(0);
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
  const group = await scene.createGroup('never', asMembers(users));
  expect(await scene.memberIds(group.id)).toHaveLength(130);
  expect(await leftToSweep(scene.directory), 'a completed create leaves no cleanup marker').toBe(0);
});

test('s5 a completed group is never cleaned up', async () => {
  const scene = sceneOf(plain());
  const users = await scene.createUsers(60);
  const group = await scene.createGroup('whole', asMembers(users));
  await sweepAt(MINUTE + 1);
  expect(await scene.memberIds(group.id)).toHaveLength(60);
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
});

test('s5 a DELETE of a group with 130 members, killed after its first transaction, is cleaned up, even if the sweeper dies too', async () => {
  const scene = sceneOf(plain());
  const users = await scene.createUsers(130);
  const group = await scene.createGroup('leaving', asMembers(users));
  const before = await plain().read(scene.groups(), group.id, NOTHING);
  if (before === undefined) throw new Error('no group');
  await expect(dying(2).delete(scene.groups(), before.resource)).rejects.toThrow('killed');
  expect(await plain().read(scene.groups(), group.id, NOTHING)).toBeUndefined();
  expect(await scene.groupIds(users[0]?.id ?? '')).toEqual([]);
  const dyingSweeper = createCleanUp({
    client: dyingAfter(1),
    tableName: TABLE_NAME,
    clock: () => Date.now() + MINUTE + 1,
  });
  await expect(dyingSweeper(DEADLINE)).rejects.toThrow('killed');
  await sweepAt(0);
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
  expect(
    await leftToSweep(scene.directory),
    'a request that read the group before its deletion may still add members',
  ).toBe(1);
  await sweepAt(MINUTE + 1);
  expect(await leftToSweep(scene.directory)).toBe(0);
});

test('s5 a damaged marker does not keep the sweeper from the others', async () => {
  const scene = sceneOf(plain());
  const users = await scene.createUsers(60);
  const group = await scene.createGroup('leaving', asMembers(users));
  await expect(dying(1).delete(scene.groups(), group)).rejects.toThrow('killed');
  const documents = DynamoDBDocumentClient.from(client());
  const Key = { pk: '#sweep', sk: '-#Group#damaged#group' };
  await documents.send(new PutCommand({ TableName: TABLE_NAME, Item: { ...Key, kind: 'new' } }));
  await expect(sweepAt(MINUTE + 1)).rejects.toThrow('kind');
  expect(await leftToSweep(scene.directory)).toBe(0);
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
  await documents.send(new DeleteCommand({ TableName: TABLE_NAME, Key }));
});

test('s5 a DELETE of a user in 100 groups, killed after its first transaction, leaves no membership', async () => {
  const scene = sceneOf(plain());
  const [ann = await scene.createUser({ userName: 'ann' })] = await scene.createUsers(1);
  const groups: StoredResource[] = [];
  for (let i = 0; i < 100; i += 10)
    groups.push(...(await Promise.all(Array.from({ length: 10 }, (_, j) => scene.createGroup(`g${i + j}`, [ann])))));
  await expect(dying(1).delete(scene.users(), ann)).rejects.toThrow('killed');
  const edges = async () => (await scanTable(client())).filter(({ sk }) => sk === `~${ann.id}`).length;
  expect(await edges()).toBe(100);
  expect((await findOrphans(client(), scene.directory)).wrong).toHaveLength(100);
  // The first sweep dies before it deletes the marker. The second one continues after the groups that are done.
  const dyingSweep = watch(client(), ({ name }) =>
    name === 'TransactWriteItems' ? { error: new Error('killed'), when: 'before' } : undefined,
  );
  await expect(createCleanUp({ client: dyingSweep.client, tableName: TABLE_NAME })(DEADLINE)).rejects.toThrow('killed');
  expect(await edges()).toBe(0);
  expect(await leftToSweep(scene.directory)).toBe(1);
  await sweepAt(0);
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
  expect(await leftToSweep(scene.directory)).toBe(0);
  const read = ({ id }: StoredResource) => plain().read(scene.groups(), id, NOTHING);
  const versions = (await Promise.all(groups.map(read))).map((found) => found?.resource.memberVersion);
  expect(new Set(versions), 'the ETag of each group moves with its members, once').toEqual(new Set([1]));
});

describe('s5 a repeated request completes a group change that was killed part-way', () => {
  test.each([1, 2, 3, 4])('killed after %i writes', async (calls) => {
    const scene = sceneOf(plain());
    const users = await scene.createUsers(160);
    const group = await scene.createGroup('before', asMembers(users.slice(0, 60)));
    const change = {
      attributes: { displayName: 'after' },
      members: { replace: true, add: asMembers(users.slice(30)), remove: [] },
      exact: false,
    };
    await expect(dying(calls).update(scene.groups(), group, change)).rejects.toThrow('killed');
    const now = await plain().read(scene.groups(), group.id, NOTHING);
    if (now === undefined) throw new Error('no group');
    await plain().update(scene.groups(), now.resource, change);
    expect(await scene.memberIds(group.id)).toEqual(
      users
        .slice(30)
        .map(({ id }) => id)
        .sort(),
    );
    expect((await plain().read(scene.groups(), group.id, NOTHING))?.resource.attributes).toEqual({
      displayName: 'after',
    });
    expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
  });
});
