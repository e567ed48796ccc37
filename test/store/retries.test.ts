/** Failures of real DynamoDB that the engine never produces: conflicts, throttling, lost responses; and an outage. */
import { randomUUID } from 'node:crypto';
import {
  DynamoDBClient,
  InternalServerError,
  ProvisionedThroughputExceededException,
  TransactionCanceledException,
  TransactionInProgressException,
} from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { startEngine } from '../../lib/local/engine.ts';
import { userType } from '../../lib/scim/index.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { type Call, type Fault, watch } from './calls.ts';
import { GROUPS, NOTHING, queryOf, sceneOf, scopeOf } from './scene.ts';
import { findOrphans, NO_ORPHANS } from './table-scan.ts';

const client = useEngine();
const metadata = { message: 'injected', $metadata: {} };
const conflict = () =>
  new TransactionCanceledException({
    ...metadata,
    CancellationReasons: [{ Code: 'None' }, { Code: 'TransactionConflict' }],
  });
const throttled = () => new ProvisionedThroughputExceededException(metadata);
const hungUp = () => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });

/** @param faults one per call of that name, in order */
const open = (name: string, faults: readonly Fault[]) => {
  const left = [...faults];
  const watched = watch(client(), (call: Call) => (call.name === name ? left.shift() : undefined));
  const store = createStore({ client: watched.client, tableName: TABLE_NAME });
  return { watched, store, scene: sceneOf(store) };
};
const before = (error: Error): Fault => ({ error, when: 'before' });
const after = (error: Error): Fault => ({ error, when: 'after' });

test.each([
  ['a conflict', conflict],
  ['throttling', throttled],
  ['a broken connection', hungUp],
  ['an internal error', () => new InternalServerError(metadata)],
  ['a transaction in progress', () => new TransactionInProgressException(metadata)],
])('%s is retried until it passes', async (_, error) => {
  const { scene, watched } = open('TransactWriteItems', [before(error()), before(error()), before(error())]);
  const user = await scene.createUser({ userName: 'ann' });
  expect(user.version).toBe(1);
  expect(watched.names().filter((name) => name === 'TransactWriteItems')).toHaveLength(4);
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
});

test('a write whose response is lost is not applied twice: create, rename, update, membership, delete', async () => {
  const unanswered = [after(hungUp()), undefined];
  const { scene, store } = open('TransactWriteItems', [...unanswered, ...unanswered, ...unanswered, ...unanswered]);
  const user = await scene.createUser({ userName: 'ann' });
  const renamed = await store.update(scene.users(), user, { attributes: { userName: 'anna' }, exact: true });
  if (renamed === 'stale') throw new Error('stale');
  expect(renamed.version).toBe(2);
  const group = await scene.createGroup('g', [{ id: user.id }]);
  expect(await scene.groupIds(user.id)).toEqual([group.id]);
  expect(await store.delete(scene.users(), renamed)).toBe('deleted');
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
  expect((await store.query(scene.users(), queryOf({}))).totalResults).toBe(0);
});

test('a write whose response is lost is recognized even if DynamoDB has forgotten the token', async () => {
  // A conflict leads to a new token, as the expiry after ten minutes would.
  const forgotten = [after(conflict()), undefined];
  const { scene, store } = open('TransactWriteItems', [...forgotten, ...forgotten, ...forgotten]);
  const user = await scene.createUser({ userName: 'ann' });
  const renamed = await store.update(scene.users(), user, { attributes: { userName: 'anna' }, exact: true });
  if (renamed === 'stale') throw new Error('stale');
  expect(renamed.version).toBe(2);
  expect(await store.delete(scene.users(), renamed)).toBe('deleted');
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
});

test('an update of one item whose response is lost is a success, not stale', async () => {
  const { scene, store, watched } = open('UpdateItem', [after(hungUp())]);
  const user = await scene.createUser({ userName: 'ann' });
  const updated = await store.update(scene.users(), user, { attributes: { userName: 'ann', title: 'x' }, exact: true });
  expect(updated).toMatchObject({ version: 2, attributes: { title: 'x' } });
  expect(watched.names()).toEqual(['TransactWriteItems', 'UpdateItem', 'UpdateItem']);
});

test('an update whose response is lost and that is then overwritten is 503 with If-Match, never 412, because its outcome is unknown', async () => {
  for (const exact of [true, false]) {
    const plain = createStore({ client: client(), tableName: TABLE_NAME });
    const scene = sceneOf(plain);
    const user = await scene.createUser({ userName: 'ann' });
    const attributes = { userName: 'ann', title: 'x' };
    let updates = 0;
    const watched = watch(client(), async ({ name }) => {
      if (name !== 'UpdateItem') return undefined;
      updates += 1;
      if (updates === 1) return after(hungUp());
      const now = await plain.read(scene.users(), user.id, NOTHING);
      if (now !== undefined)
        await plain.update(scene.users(), now.resource, {
          attributes: { ...now.resource.attributes, nickName: 'y' },
          exact: false,
        });
      return undefined;
    });
    const store = createStore({ client: watched.client, tableName: TABLE_NAME });
    const update = store.update(scene.users(), user, { attributes, exact });
    if (exact) await expect(update).rejects.toMatchObject({ status: 503 });
    else expect(await update).toBe('stale');
  }
});

test('after a conflict with a rival that won, 409 needs no further transaction', async () => {
  const { scene, watched } = open('TransactWriteItems', [undefined, before(conflict())]);
  await scene.createUser({ userName: 'ann' });
  await expect(scene.createUser({ userName: 'Ann' })).rejects.toMatchObject({ scimType: 'uniqueness' });
  expect(watched.names().filter((name) => name === 'TransactWriteItems')).toHaveLength(2);
});

test('endless contention is 503 with Retry-After after at most ten attempts', async () => {
  const { scene, watched } = open(
    'TransactWriteItems',
    Array.from({ length: 99 }, () => before(conflict())),
  );
  await expect(scene.createUser({ userName: 'ann' })).rejects.toMatchObject({
    status: 503,
    headers: { 'Retry-After': '5' },
  });
  expect(watched.names().filter((name) => name === 'TransactWriteItems').length).toBeLessThanOrEqual(10);
  const hurried = { ...scene.users(), deadline: Date.now() };
  const { store } = open('TransactWriteItems', [before(conflict())]);
  const late = store.create(hurried, { id: randomUUID(), attributes: { userName: 'bob' }, members: [] });
  await expect(late).rejects.toMatchObject({ status: 503 });
  expect((await scene.find(userType, 'userName', 'ann')).totalResults).toBe(0);
});

test('unprocessed keys of a BatchGetItem are requested again', async () => {
  const plain = sceneOf(createStore({ client: client(), tableName: TABLE_NAME }));
  const users = await plain.createUsers(30);
  const watched = watch(client());
  watched.client.middlewareStack.add(
    (next) => async (args) => {
      const request = args.input as { RequestItems?: Record<string, { Keys: unknown[] }> };
      const keys = request.RequestItems?.[TABLE_NAME]?.Keys ?? [];
      if (keys.length < 8) return next(args);
      const RequestItems = { [TABLE_NAME]: { ...request.RequestItems?.[TABLE_NAME], Keys: keys.slice(0, 8) } };
      const UnprocessedKeys = { [TABLE_NAME]: { ...request.RequestItems?.[TABLE_NAME], Keys: keys.slice(8) } };
      const result = await next({ ...args, input: { ...args.input, RequestItems } as typeof args.input });
      return { ...result, output: { ...result.output, UnprocessedKeys } };
    },
    { step: 'initialize', name: 'leave-some', priority: 'high' },
  );
  const store = createStore({ client: watched.client, tableName: TABLE_NAME });
  expect((await store.query(plain.users(), queryOf({}))).resources).toHaveLength(users.length);
});

test('an outage is 503 everywhere, never "not found" and never an empty list', async () => {
  const engine = await startEngine();
  const broken = new DynamoDBClient({
    endpoint: engine.endpoint,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  await engine.stop();
  const store = createStore({ client: broken, tableName: TABLE_NAME });
  const scope = scopeOf('acme', userType);
  const id = randomUUID();
  const known = { id, attributes: {}, version: 1, memberVersion: 0, created: '', lastModified: '', indexed: [] };
  const outage = { status: 503 };
  await Promise.all([
    expect(store.read(scope, id, NOTHING)).rejects.toMatchObject(outage),
    expect(store.read(scope, id, GROUPS)).rejects.toMatchObject(outage),
    expect(store.readMembers(scope, id, 10)).rejects.toMatchObject(outage),
    expect(store.query(scope, queryOf({}))).rejects.toMatchObject(outage),
    expect(sceneOf(store, 'acme').find(userType, 'userName', 'ann')).rejects.toMatchObject(outage),
    expect(store.create(scope, { id, attributes: { userName: 'x' }, members: [] })).rejects.toMatchObject(outage),
    expect(store.update(scope, known, { attributes: { userName: 'x' }, exact: false })).rejects.toMatchObject(outage),
    expect(store.delete(scope, known)).rejects.toMatchObject(outage),
  ]);
  broken.destroy();
});

test('a missing table is an outage too', async () => {
  const store = createStore({ client: client(), tableName: 'no-such-table' });
  await expect(store.read(scopeOf('acme', userType), randomUUID(), NOTHING)).rejects.toMatchObject({ status: 503 });
});
