/** What tells a request's own write from another's, and a finished group from an unfinished one. */
import { randomUUID } from 'node:crypto';
import { InternalServerError, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { createServiceProvider, type JsonObject, type StoredResource } from '../../lib/scim/index.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { createMemberVersions } from '../../lib/store/stream/repair-member-versions.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { operations, user } from '../support/local-run.ts';
import { type Call, type Fault, watch } from './calls.ts';
import { NOTHING, sceneOf } from './scene.ts';
import { findOrphans, NO_ORPHANS, scanTable } from './table-scan.ts';

const client = useEngine({ stream: false });
const plain = () => createStore({ client: client(), tableName: TABLE_NAME });
const failing = (fault: (call: Call) => Fault | Promise<Fault>, clock = Date.now) => {
  const watched = watch(client(), fault);
  return { watched, store: createStore({ client: watched.client, tableName: TABLE_NAME, clock }) };
};
const asMembers = (resources: readonly StoredResource[]) => resources.map(({ id }) => ({ id }));
const metadata = { message: 'injected', $metadata: {} };
const itemOf = async (id: string) =>
  (await scanTable(client())).find((item) => item.sk === 'RESOURCE' && item.id === id);

/** A group that is being restored under the id that `before` had: its members are not all written yet. */
const restoring = async (scene: ReturnType<typeof sceneOf>) => {
  const users = await scene.createUsers(60);
  const before = await scene.createGroup('before');
  await plain().delete(scene.groups(), before);
  let writes = 0;
  const { store } = failing(({ name }) => {
    if (name === 'TransactWriteItems') writes += 1;
    return writes > 1 ? { error: new Error('killed'), when: 'before' } : undefined;
  });
  const draft = { id: before.id, attributes: { displayName: 'after' }, members: asMembers(users), restored: true };
  await expect(store.create(scene.groups(), draft)).rejects.toThrow('killed');
  const item = await itemOf(before.id);
  expect(item).toMatchObject({ pending: true });
  return { before, item };
};

test('a group that is not complete yet takes no members of a request that read it before its deletion', async () => {
  const scene = sceneOf(plain());
  const { before, item } = await restoring(scene);
  const late = await scene.createUser({ userName: 'late' });
  await expect(scene.changeMembers(before, [late.id])).rejects.toMatchObject({ status: 404 });
  expect(await itemOf(before.id)).toEqual(item);
  expect(await scene.groupIds(late.id)).toEqual([]);
});

test('the stream function does not touch a group that is not complete yet: its creation is conditional on `at`', async () => {
  const scene = sceneOf(plain());
  const { before, item } = await restoring(scene);
  const versions = createMemberVersions({ client: client(), tableName: TABLE_NAME });
  await versions.count(scene.directory, [{ type: 'Group', id: before.id, memberVersion: Number(item?.m ?? 0) }]);
  expect(await itemOf(before.id)).toEqual(item);
});

test('an equal write of another request at the same time is not our own: If-Match is 412, not success', async () => {
  const now = Date.now();
  const { store } = failing(
    () => undefined,
    () => now,
  );
  const scene = sceneOf(store);
  const ann = await scene.createUser({ userName: 'ann' });
  for (const attributes of [{ userName: 'ann', title: 'x' }, { userName: 'anna' }]) {
    const before = (await store.read(scene.users(), ann.id, NOTHING))?.resource ?? ann;
    const change = { attributes, exact: true };
    expect(await store.update(scene.users(), before, change)).toMatchObject({ version: before.version + 1 });
    // `scene.users()` is a request of its own, with its own id.
    expect(await store.update(scene.users(), before, change)).toBe('stale');
  }
});

test('an equal deletion by another request at the same time is stale', async () => {
  const now = Date.now();
  const scene = sceneOf(plain());
  const ann = await scene.createUser({ userName: 'ann' });
  const rival = createStore({ client: client(), tableName: TABLE_NAME, clock: () => now });
  let isDone = false;
  const { store } = failing(
    async ({ name }) => {
      if (name === 'TransactWriteItems' && !isDone) {
        isDone = true;
        expect(await rival.delete(scene.users(), ann)).toBe('deleted');
      }
      return undefined;
    },
    () => now,
  );
  expect(await store.delete(scene.users(), ann)).toBe('stale');
});

test('a large change that stops part-way counts the members that it has written', async () => {
  const scene = sceneOf(plain());
  const users = await scene.createUsers(120);
  const group = await scene.createGroup('g');
  let transactions = 0;
  const { store } = failing(({ name }) => {
    transactions += name === 'TransactWriteItems' ? 1 : 0;
    return transactions > 1 && name === 'TransactWriteItems'
      ? { error: new InternalServerError(metadata), when: 'before' }
      : undefined;
  });
  const change = { members: { replace: false, add: asMembers(users), remove: [] }, exact: false };
  await expect(store.update(scene.groups(), group, change)).rejects.toMatchObject({ status: 503 });
  expect(await scene.memberIds(group.id)).toHaveLength(50);
  const after = await plain().read(scene.groups(), group.id, NOTHING);
  expect(after?.resource).toMatchObject({ version: 1, memberVersion: 1 });
});

test('a large change that stops part-way in a group deleted meanwhile removes the members that it has written', async () => {
  const scene = sceneOf(plain());
  const users = await scene.createUsers(120);
  const group = await scene.createGroup('g');
  let transactions = 0;
  const { store } = failing(async ({ name }) => {
    transactions += name === 'TransactWriteItems' ? 1 : 0;
    if (name !== 'TransactWriteItems' || transactions !== 2) return undefined;
    await plain().delete(scene.groups(), group);
    return { error: new Error('a bug'), when: 'before' };
  });
  const change = { members: { replace: false, add: asMembers(users), remove: [] }, exact: false };
  await expect(store.update(scene.groups(), group, change)).rejects.toThrow('a bug');
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
});

test('the name is not written once the deadline has passed while the members were written', async () => {
  const scene = sceneOf(plain());
  const users = await scene.createUsers(120);
  const group = await scene.createGroup('old');
  let late = 0;
  const { store } = failing(
    ({ name }) => {
      late += name === 'UpdateItem' ? 60_000 : 0;
      return undefined;
    },
    () => Date.now() + late,
  );
  const members = { replace: false, add: asMembers(users), remove: [] };
  const scope = { ...scene.groups(), deadline: Date.now() + 50_000 };
  const update = store.update(scope, group, { attributes: { displayName: 'new' }, members, exact: false });
  await expect(update).rejects.toMatchObject({ status: 429 });
  const after = await plain().read(scene.groups(), group.id, NOTHING);
  expect(after?.resource).toMatchObject({ version: 1, memberVersion: 1, attributes: { displayName: 'old' } });
  expect(await scene.memberIds(group.id)).toHaveLength(120);
});

test('a transaction keeps its token after a lost response, and has a new one after a cancellation', async () => {
  const cancelled = () =>
    new TransactionCanceledException({ ...metadata, CancellationReasons: [{ Code: 'TransactionConflict' }] });
  const hungUp = () => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
  const faults: Fault[] = [
    { error: hungUp(), when: 'before' },
    { error: cancelled(), when: 'before' },
    { error: hungUp(), when: 'before' },
    undefined,
  ];
  const { store, watched } = failing(({ name }) => (name === 'TransactWriteItems' ? faults.shift() : undefined));
  const scene = sceneOf(store);
  await scene.createUser({ userName: 'ann' });
  const tokens = watched.calls.flatMap(({ input }) => input.ClientRequestToken ?? []);
  const [first, second, third, fourth] = tokens;
  expect(tokens).toHaveLength(4);
  expect([second, fourth]).toEqual([first, third]);
  expect(third).not.toBe(first);
});

test('RFC 7643 s4.1.1 no item of the table has a password, however a client sends it', async () => {
  const scene = sceneOf(plain());
  const serve = createServiceProvider(plain);
  const SECRET = 'correct horse battery staple';
  const ask = (method: string, path: readonly string[], body: object) =>
    serve(
      {
        method,
        path,
        query: new Map(),
        header: () => undefined,
        body: JSON.stringify(body),
        baseUrl: 'https://scim.example/scim/v2',
      },
      {
        directory: { id: scene.directory, mode: 'tolerant', uniqueGroupNames: true },
        actor: { kind: 'provisioning-client', tokenId: 't1', requestId: randomUUID() },
        reason: 'change',
        deadline: Date.now() + 60_000,
      },
    );
  const made = await ask('POST', ['Users'], user('ann', { password: SECRET }));
  const path = ['Users', String(made.body?.id)];
  const bodies: JsonObject[] = [
    { op: 'replace', path: 'password', value: SECRET },
    { op: 'add', value: { password: SECRET, title: 'x' } },
  ];
  for (const operation of bodies) expect((await ask('PATCH', path, operations(operation))).status).toBe(200);
  expect((await ask('PUT', path, user('ann', { password: SECRET, title: 'y' }))).status).toBe(200);
  const table = await scanTable(client());
  expect(JSON.stringify(table)).toContain('ann');
  expect(JSON.stringify(table)).not.toContain('horse');
});
