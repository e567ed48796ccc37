/** RFC 9865: cursor-based pagination. */
import { beforeAll, expect, test } from 'vitest';
import { user } from '../support/local-run.ts';
import { MODES, useBothModes } from './both-modes.ts';

const { ask, rfc, tolerant } = useBothModes();
const SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';
const NUMBER = 25;

beforeAll(async () => {
  for (const directory of MODES)
    await Promise.all(
      [...Array(NUMBER).keys()].map((i) =>
        ask('POST', '/Users', { directory, body: user(`cursor ${i}`, { title: i % 2 ? 'odd' : 'even' }) }),
      ),
    );
});
type Listed = { id: string };
const idsOf = ({ Resources }: { Resources: Listed[] }) => Resources.map(({ id }) => id);
/** Reads all pages, one after another. @returns the ids of each page */
const readPages = async (query: string): Promise<string[][]> => {
  const pages: string[][] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const { status, json, text } = await rfc('GET', `/Users?${query}&cursor=${cursor}`);
    expect(status, text).toBe(200);
    pages.push(idsOf(json));
    cursor = json.nextCursor;
  }
  return pages;
};

test('s2 an empty cursor is the first page; every page but the last has nextCursor; no user is missed or repeated', async () => {
  for (const query of [
    'count=10',
    'count=10&sortBy=userName',
    `count=4&filter=${encodeURIComponent('title eq "odd"')}`,
  ]) {
    const pages = await readPages(query);
    const all = pages.flat();
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBe(query.includes('filter') ? 12 : NUMBER);
    expect(pages.slice(0, -1).map((page) => page.length)).toEqual(
      pages.slice(1).map(() => (query.includes('filter') ? 4 : 10)),
    );
  }
  const first = await rfc('GET', '/Users?cursor&count=200');
  expect(first.json).toMatchObject({ totalResults: NUMBER, itemsPerPage: NUMBER });
  expect(first.json).not.toHaveProperty('nextCursor');
});

test('s2 a cursor has unreserved characters only, and the first page has no previousCursor', async () => {
  const { json } = await rfc('GET', '/Users?cursor&count=5');
  expect(json.nextCursor).toMatch(/^[A-Za-z0-9._~-]+$/);
  expect(json).not.toHaveProperty('previousCursor');
  expect(json.Resources).toHaveLength(5);
});

test('s2 a negative count is 0, and 0 returns totalResults only', async () => {
  for (const count of [0, -1])
    expect(await rfc('GET', `/Users?cursor&count=${count}`)).toMatchObject({
      status: 200,
      json: { totalResults: NUMBER, itemsPerPage: 0, Resources: [] },
    });
  const filter = encodeURIComponent('title eq "odd"');
  expect((await rfc('GET', `/Users?cursor&count=0&filter=${filter}`)).json.totalResults).toBe(12);
});

test('s2.1 a later page has the count of the first: the same, or none; another is 400 invalidCount', async () => {
  const { nextCursor } = (await rfc('GET', '/Users?cursor&count=5')).json;
  for (const count of ['&count=5', ''])
    expect((await rfc('GET', `/Users?cursor=${nextCursor}${count}`)).json.Resources).toHaveLength(5);
  for (const count of [0, -1, 4, 6, 500])
    expect(await rfc('GET', `/Users?cursor=${nextCursor}&count=${count}`)).toMatchObject({
      status: 400,
      json: { scimType: 'invalidCount' },
    });
});

test('s5.1 a cursor is opaque: the value that the page is sorted by cannot be read', async () => {
  const { Resources, nextCursor } = (await rfc('GET', '/Users?cursor&count=1&sortBy=userName')).json;
  expect(Resources[0].userName).toContain('cursor 0');
  expect(Buffer.from(nextCursor, 'base64url').toString('latin1')).not.toContain('cursor');
});

test('s2 the cursor of one query is refused in another', async () => {
  const { nextCursor } = (await rfc('GET', '/Users?cursor&count=5&sortBy=userName')).json;
  for (const path of [
    `/Users?cursor=${nextCursor}&count=5`,
    `/Users?cursor=${nextCursor}&count=5&sortBy=userName&sortOrder=descending`,
    `/Users?cursor=${nextCursor}&count=5&sortBy=userName&filter=${encodeURIComponent('title eq "odd"')}`,
    `/Groups?cursor=${nextCursor}&count=5`,
  ])
    expect(await rfc('GET', path), path).toMatchObject({ status: 400, json: { scimType: 'invalidCursor' } });
});

test.each([
  ['cursor=made-up', 'invalidCursor'],
  ['cursor=%00', 'invalidCursor'],
  ['cursor&startIndex=1', 'invalidCursor'],
  ['cursor&count=ten', 'invalidCount'],
])('s2.1 %s is 400 %s, without data', async (query, scimType) => {
  const { status, json } = await rfc('GET', `/Users?${query}`);
  expect([status, json]).toEqual([
    400,
    { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: '400', scimType, detail: expect.any(String) },
  ]);
  expect(json.detail).not.toMatch(/made-up|cursor \d/);
});

test('s2.4 without a paging parameter, paging is by index, as the configuration says', async () => {
  const { json } = await rfc('GET', '/Users?count=5');
  expect(json.startIndex).toBe(1);
  expect(json).not.toHaveProperty('nextCursor');
  const { pagination } = (await rfc('GET', '/ServiceProviderConfig')).json;
  expect(pagination).toMatchObject({ cursor: true, index: true, defaultPaginationMethod: 'index' });
});

test('s3 a SearchRequest takes a cursor too', async () => {
  const search = async (cursor: string) =>
    (await rfc('POST', '/Users/.search', { body: { schemas: [SEARCH], cursor, count: 10 } })).json;
  const first = await search('');
  const second = await search(first.nextCursor);
  expect([...idsOf(first), ...idsOf(second)]).toEqual((await readPages('count=10')).slice(0, 2).flat());
});

test('s5.2 a cursor grants no access: another directory refuses it, and an invalid token is 401', async () => {
  const { nextCursor } = (await rfc('GET', '/Users?cursor&count=5')).json;
  const foreign = await tolerant('GET', `/Users?cursor=${nextCursor}&count=5`);
  expect([foreign.status, foreign.json.scimType]).toEqual([400, 'invalidCursor']);
  const anonymous = await rfc('GET', `/Users?cursor=${nextCursor}&count=5`, { headers: { authorization: 'Bearer x' } });
  expect(anonymous.status).toBe(401);
});
