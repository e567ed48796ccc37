/** The cap of filters without an index. Uses a table without a stream, because it writes 10,000 items. */
import { randomUUID } from 'node:crypto';
import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, expect, test } from 'vitest';
import { createTable } from '../../lib/local/table.ts';
import { groupType, ScimError, userType } from '../../lib/scim/index.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { resolvePath } from '../../lib/store/items/indexed-paths.ts';
import { useEngine } from '../support/engine.ts';
import { watch } from './calls.ts';
import { equal, inTime, newDirectory, queryOf, sceneOf, scopeOf } from './scene.ts';

const client = useEngine();
const tableName = 'without-stream';
beforeAll(() => createTable(client(), tableName, { stream: false }));

const tooMany = { status: 400, scimType: 'tooMany' };
const CAP = 'The query would read more than 10000 resources or 16 MB:';
const COMPARE = 'compare one of id, displayName, externalId with eq, alone or as part of an and';
const SORT = 'sort by one of id, meta.created, displayName';

test('16 MB, and the time of the request', async () => {
  const store = createStore({ client: client(), tableName });
  const scene = sceneOf(store);
  const title = 'x'.repeat(290_000);
  const filter = equal(userType, 'title', 'boss');
  const createTen = (from: number) =>
    Promise.all(Array.from({ length: 10 }, (_, index) => scene.createUser({ userName: `u${from + index}`, title })));
  for (let at = 0; at < 50; at += 10) await createTen(at);
  const within = await store.query(scene.users(), queryOf({ filter, count: 3 }));
  expect([within.totalResults, within.resources.length]).toEqual([50, 3]);
  // A slow table is no reason to ask for less.
  await expect(store.query(scene.users(), queryOf({ filter, deadline: 0 }))).rejects.toMatchObject({
    status: 503,
    headers: { 'Retry-After': '5' },
  });
  await createTen(50);
  const beyond = await store.query(scene.users(), queryOf({ filter, count: 3 })).catch((error: unknown) => error);
  expect(beyond).toBeInstanceOf(ScimError);
  expect(beyond).toMatchObject(tooMany);
});

test('10,000 resources: no resource is read to find that there are more', async () => {
  const watched = watch(client());
  const store = createStore({ client: watched.client, tableName });
  const scope = scopeOf(newDirectory(), groupType);
  const query = queryOf({ filter: equal(groupType, 'members.display', 'x') });
  const put = (count: number) => {
    const entry = () => ({ PutRequest: { Item: { pk: { S: `${scope.directory}#Group` }, sk: { S: randomUUID() } } } });
    const RequestItems = { [tableName]: Array.from({ length: count }, entry) };
    return client().send(new BatchWriteItemCommand({ RequestItems }));
  };
  for (let at = 0; at < 10_000; at += 25) await put(25);
  expect((await store.query(scope, query)).totalResults).toBe(0);
  watched.reset();
  await put(1);
  await expect(store.query(scope, query)).rejects.toMatchObject({
    ...tooMany,
    message: `${CAP} ${COMPARE}; or page by cursor.`,
  });
  expect(new Set(watched.names())).toEqual(new Set(['Query']));
  // No index is sorted by `externalId`, so a cursor is no way out.
  const order = { target: resolvePath(groupType, 'externalId'), descending: false, keyOf: () => null };
  const refusals = [
    [{ ...query, order }, `${CAP} ${COMPARE}; ${SORT}.`],
    [queryOf({ order }), `${CAP} ${SORT}.`],
  ] as const;
  for (const [refused, message] of refusals)
    await expect(store.query(scope, refused)).rejects.toMatchObject({ ...tooMany, message });
  // By cursor, the same filter continues where the cap was reached.
  const first = await store.query(scope, { ...query, ...inTime(), cursor: { after: undefined } });
  expect([first.totalResults, first.resources]).toEqual([undefined, []]);
  const second = await store.query(scope, { ...query, ...inTime(), cursor: { after: first.cursors?.next } });
  expect([second.totalResults, second.resources, second.cursors?.next]).toEqual([undefined, [], undefined]);
  expect(first.cursors?.next).toBeDefined();
});
