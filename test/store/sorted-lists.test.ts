/** Pages in every order, with and without filters, equal the sorted full list (RFC 7644 section 3.4.2.3, RFC 9865). */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type Caller,
  createServiceProvider,
  fold,
  type JsonObject,
  type Order,
  type ScimRequest,
  userType,
} from '../../lib/scim/index.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { resolvePath } from '../../lib/store/items/indexed-paths.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { inTime, newDirectory, sceneOf } from './scene.ts';
import { findOrphans, NO_ORPHANS } from './table-scan.ts';

const client = useEngine();
const directory = newDirectory();
const openStore = () => createStore({ client: client(), tableName: TABLE_NAME });

// biome-ignore lint/suspicious/noExplicitAny: assertions on the response fail where a property is missing
type Body = any;
const ask = async (method: string, path: string[], { query = '', body }: { query?: string; body?: object } = {}) => {
  const request: ScimRequest = {
    method,
    path,
    query: new Map(new URLSearchParams(query)),
    header: () => undefined,
    body: body && JSON.stringify(body),
    baseUrl: 'http://x/scim/v2',
  };
  const caller: Caller = {
    directory: { id: directory, mode: 'rfc', uniqueGroupNames: true },
    actor: { kind: 'system', requestId: randomUUID() },
    reason: 'change',
    ...inTime(),
  };
  const answer = await createServiceProvider(openStore)(request, caller);
  return { status: answer.status, body: answer.body as Body };
};

const NAMES = [
  'ann',
  'Ann B',
  'ann-c',
  'Zoë',
  'Zoe\u0301x',
  '\uff21\uff4e',
  '\uff5eb',
  '\u{1f600}',
  'ß',
  'SS',
  '10',
  '9',
];
const pick = <One>(list: readonly One[], at: number): One => list[at % list.length] as One;
const attributesOf = (n: number): JsonObject => ({
  userName: `${pick(NAMES, n * 7)} ${n}`,
  active: n % 3 !== 0,
  ...(n % 4 === 0 ? {} : { displayName: pick(NAMES, n) }),
  ...(n % 5 === 0 ? {} : { title: pick(NAMES, n * 5) }),
  emails: [{ value: `${n % 9}@home` }, { value: n % 2 === 0 ? 'team@x' : `${n}@x`, primary: n % 2 === 1 }],
});

type Known = { readonly id: string; readonly created: string; readonly attributes: Body };
const known: Known[] = [];
beforeAll(async () => {
  const scene = sceneOf(openStore(), directory);
  for (let n = 0; n < 48; n += 6) {
    const made = await Promise.all(Array.from({ length: 6 }, (_, i) => scene.createUser(attributesOf(n + i))));
    known.push(...made);
  }
});

const KEYS: Readonly<Record<string, (one: Known) => string | undefined>> = {
  id: ({ id }) => id,
  'meta.created': ({ created }) => created,
  userName: ({ attributes }) => fold(attributes.userName),
  displayName: ({ attributes }) => attributes.displayName && fold(attributes.displayName),
  title: ({ attributes }) => attributes.title && fold(attributes.title),
  emails: ({ attributes: { emails } }) => (emails.find((one: Body) => one.primary) ?? emails[0]).value,
  active: ({ attributes }) => String(attributes.active),
};
const FILTERS: Readonly<Record<string, (one: Known) => boolean>> = {
  '': () => true,
  'emails.value eq "team@x"': ({ attributes }) => attributes.emails.some((one: Body) => one.value === 'team@x'),
  'active eq true': ({ attributes }) => attributes.active === true,
  'title eq "missing"': () => false,
};

/** UTF-8 byte order, which is code point order; missing values last. */
const compare = (left: string | undefined, right: string | undefined): number =>
  left === undefined || right === undefined
    ? Number(left === undefined) - Number(right === undefined)
    : Buffer.compare(Buffer.from(left), Buffer.from(right));
const expected = (sortBy: string, sortOrder: string, filter: string): string[] => {
  const keyOf = KEYS[sortBy || 'id'] as (one: Known) => string | undefined;
  const ascending = known
    .filter(FILTERS[filter] as (one: Known) => boolean)
    .sort((a, b) => compare(keyOf(a), keyOf(b)) || compare(a.id, b.id));
  return (sortOrder === 'descending' ? ascending.reverse() : ascending).map(({ id }) => id);
};

const toQuery = (parameters: Readonly<Record<string, string | number>>) =>
  new URLSearchParams(
    Object.entries(parameters).flatMap(([name, value]): [string, string][] =>
      value === '' ? [] : [[name, `${value}`]],
    ),
  );
const idsIn = (body: Body): string[] => body.Resources.map(({ id }: { id: string }) => id);
const COUNT = 7;

const byIndex = async (query: string): Promise<{ ids: string[]; totals: number[] }> => {
  const ids: string[] = [];
  const totals: number[] = [];
  for (let startIndex = 1; ; startIndex += COUNT) {
    const { body } = await ask('GET', ['Users'], { query: `${query}&startIndex=${startIndex}&count=${COUNT}` });
    totals.push(body.totalResults);
    expect(body.startIndex).toBe(startIndex);
    expect(body.nextCursor).toBeUndefined();
    if (body.Resources.length === 0) return { ids, totals };
    ids.push(...idsIn(body));
  }
};

const byCursor = async (query: string): Promise<string[]> => {
  const ids: string[] = [];
  let cursor: string | undefined = '';
  while (cursor !== undefined) {
    const { status, body }: Body = await ask('GET', ['Users'], { query: `${query}&cursor=${cursor}&count=${COUNT}` });
    expect([status, body.itemsPerPage]).toEqual([200, body.Resources.length]);
    ids.push(...idsIn(body));
    cursor = body.nextCursor;
  }
  return ids;
};

describe.each(Object.keys(FILTERS))('filter %j', (filter) => {
  test.each(['', ...Object.keys(KEYS)].flatMap((by) => [[by, ''] as const, [by, 'descending'] as const]))(
    'sortBy %j %s',
    async (sortBy, sortOrder) => {
      const query = toQuery({ filter, sortBy, sortOrder, attributes: 'id' }).toString();
      const wanted = expected(sortBy, sortBy === '' ? '' : sortOrder, filter);
      const { ids, totals } = await byIndex(query);
      expect(ids).toEqual(wanted);
      expect(new Set(totals)).toEqual(new Set([wanted.length]));
      expect(await byCursor(query)).toEqual(wanted);
    },
  );
});

test('totalResults by cursor is exact, but omitted for a filter without an index unless one page is the whole list', async () => {
  const totalOf = async (query: string) => (await ask('GET', ['Users'], { query })).body.totalResults;
  const active = known.filter(({ attributes }) => attributes.active).length;
  expect(await totalOf('cursor&count=5')).toBe(48);
  expect(await totalOf('cursor&count=5&sortBy=displayName')).toBe(48);
  expect(await totalOf('cursor&count=5&sortBy=title')).toBe(48);
  expect(await totalOf(`cursor&count=5&${toQuery({ filter: 'emails.value eq "team@x"' })}`)).toBe(24);
  expect(await totalOf(`cursor&count=5&${toQuery({ filter: 'active eq true' })}`)).toBeUndefined();
  expect(await totalOf(`cursor&count=100&${toQuery({ filter: 'active eq true' })}`)).toBe(active);
  expect(await totalOf(`cursor&count=5&sortBy=title&${toQuery({ filter: 'active eq true' })}`)).toBe(active);
});

test('sorted pages include groups, and groups sort by displayName', async () => {
  const [first, second] = known;
  const scene = sceneOf(openStore(), directory);
  for (const name of ['beta', 'Alpha', 'gamma'])
    await scene.createGroup(name, [{ id: first?.id ?? '' }, { id: second?.id ?? '' }]);
  const { body } = await ask('GET', ['Groups'], { query: 'sortBy=displayName&sortOrder=descending&cursor&count=2' });
  expect(body.Resources.map((group: Body) => [group.displayName, group.members.length])).toEqual([
    ['gamma', 2],
    ['beta', 2],
  ]);
  const users = await ask('GET', ['Users'], { query: 'sortBy=groups&count=2' });
  expect(idsIn(users.body).sort()).toEqual([first?.id, second?.id].sort());
  expect(users.body.Resources[0].groups).toHaveLength(3);
  const byMembers = await ask('GET', ['Groups'], { query: 'sortBy=members.value&attributes=displayName' });
  expect(byMembers.body.Resources.map((group: Body) => group.members)).toEqual([undefined, undefined, undefined]);
});

test('a filter on the displayName of users uses its sort entries', async () => {
  const { body } = await ask('GET', ['Users'], { query: toQuery({ filter: 'displayName eq "ZOË"' }).toString() });
  const wanted = known.filter(({ attributes }) => attributes.displayName === 'Zoë').map(({ id }) => id);
  expect(idsIn(body)).toEqual(wanted.sort());
  expect(wanted.length).toBeGreaterThan(1);
});

test('sort entries follow their values: changed, removed, deleted, and written concurrently', async () => {
  const store = openStore();
  const scene = sceneOf(store);
  const users = await scene.createUsers(6);
  const change = async (id: string, attributes: JsonObject) => {
    for (;;) {
      const before = await store.read(scene.users(), id, { members: false, groups: false });
      if (before === undefined) throw new Error('gone');
      const changed = { ...before.resource.attributes, ...attributes };
      if ((await store.update(scene.users(), before.resource, { attributes: changed, exact: false })) !== 'stale')
        return;
    }
  };
  await Promise.all(
    users.flatMap(({ id }, n) => ['x', 'Y', 'z'].map((letter) => change(id, { displayName: `${letter}${n}` }))),
  );
  await Promise.all(users.map(({ id }, n) => change(id, { userName: `renamed ${n}` })));
  const [first] = users;
  const latest = await store.read(scene.users(), first?.id ?? '', { members: false, groups: false });
  if (latest === undefined) throw new Error('gone');
  const { displayName: _, ...without } = latest.resource.attributes;
  const unnamed = await store.update(scene.users(), latest.resource, { attributes: without, exact: false });
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
  if (unnamed === 'stale') throw new Error('stale');
  await store.delete(scene.users(), unnamed);
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
});

test('.search answers as GET does; another method is 405, the root 404', async () => {
  const message = { schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'] };
  const parameters = { filter: 'active eq true', sortBy: 'title', sortOrder: 'descending', startIndex: 3, count: 4 };
  const searched = await ask('POST', ['Users', '.search'], {
    body: { ...message, ...parameters, attributes: ['title', 'userName'] },
  });
  const got = await ask('GET', ['Users'], {
    query: toQuery({ ...parameters, attributes: 'title,userName' }).toString(),
  });
  expect(searched).toEqual(got);
  expect(searched.body.Resources).toHaveLength(4);
  const first = await ask('POST', ['Users', '.search'], { body: { ...message, cursor: '', count: 5 } });
  const second = await ask('GET', ['Users'], { query: `cursor=${first.body.nextCursor}&count=5` });
  expect([...idsIn(first.body), ...idsIn(second.body)]).toEqual(expected('id', '', '').slice(0, 10));
  expect((await ask('GET', ['Users', '.search'])).status).toBe(405);
  expect((await ask('POST', ['.search'], { body: message })).status).toBe(404);
});

const byPath = (path: string): Order => ({
  target: resolvePath(userType, path),
  descending: false,
  keyOf: () => null,
});

test('forged cursor positions are refused or read only the same directory', async () => {
  const scene = sceneOf(openStore(), directory);
  const query = (after: string, order?: 'userName') =>
    openStore().query(scene.users(), {
      filter: undefined,
      startIndex: 1,
      count: 5,
      cursor: { after },
      ...(order === undefined ? {} : { order: byPath(order) }),
      include: { members: false, groups: false },
      matches: () => true,
      ...inTime(),
    });
  const refusal = { status: 400, scimType: 'invalidCursor' };
  await expect(query('x'.repeat(40))).rejects.toMatchObject(refusal);
  await expect(query('userName', 'userName')).rejects.toMatchObject(refusal);
  await expect(query(`=${'x'.repeat(2000)}`, 'userName')).rejects.toMatchObject(refusal);
  expect((await query('=zzz', 'userName')).resources.length).toBe(5);
});
