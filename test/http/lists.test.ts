/** Lists over HTTP: read-only tokens, misused cursors, and pages that would be too large. */
import { beforeAll, expect, test } from 'vitest';
import { group, user } from '../support/local-run.ts';
import { useStreamlessRun } from '../support/streamless-run.ts';

const { ask, askAdmin, makeToken } = useStreamlessRun(['acme', 'other', 'quotes']);
const SEARCH_REQUEST = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';
const search = (members: object) => ({ schemas: [SEARCH_REQUEST], ...members });
type Answer = Awaited<ReturnType<typeof ask>>;
const names = ({ json }: Answer): string[] => json.Resources.map((one: { userName: string }) => one.userName);

beforeAll(async () => {
  for (const directory of ['acme', 'other'] as const)
    for (const name of ['cy', 'Bob', 'ann', 'Dee']) {
      await ask('POST', '/Users', { directory, body: user(`${name}@${directory}`) });
      await ask('POST', '/Groups', { directory, body: group(`${name} of ${directory}`) });
    }
});

test('ServiceProviderConfig advertises sorting and both paging methods', async () => {
  const { json } = await ask('GET', '/ServiceProviderConfig');
  expect(json.sort).toEqual({ supported: true });
  expect(json.pagination).toEqual({
    cursor: true,
    index: true,
    defaultPaginationMethod: 'index',
    defaultPageSize: 100,
    maxPageSize: 200,
  });
});

test('a read-only token may search, but not write', async () => {
  const token = await makeToken('acme', ['read']);
  const found = await ask('POST', '/Users/.search', { token, body: search({ sortBy: 'userName', count: 2 }) });
  expect([found.status, names(found)]).toEqual([200, ['ann@acme', 'Bob@acme']]);
  expect(found.headers.get('content-type')).toBe('application/scim+json');
  expect((await ask('POST', '/Groups/.search', { token, body: search({ count: 0 }) })).json.totalResults).toBe(4);
  expect((await ask('POST', '/Users', { token, body: user('eve') })).status).toBe(403);
});

test('.search: attributes and excludedAttributes never drop an attribute that is always returned', async () => {
  const attributes = await ask('POST', '/Users/.search', { body: search({ attributes: ['USERNAME'], count: 1 }) });
  expect(Object.keys(attributes.json.Resources[0]).sort()).toEqual(['id', 'schemas', 'userName']);
  const excluded = await ask('POST', '/Users/.search', {
    body: search({ excludedAttributes: ['id', 'meta'], count: 1 }),
  });
  expect(excluded.json.Resources[0].id).toBeDefined();
  expect(excluded.json.Resources[0].meta).toBeUndefined();
});

test('.search: the wrong message, the wrong method and an invalid token are refused', async () => {
  const wrong = await ask('POST', '/Users/.search', { body: user('eve') });
  expect([wrong.status, wrong.json.scimType]).toEqual([400, 'invalidSyntax']);
  const put = await ask('PUT', '/Users/.search', { body: search({}) });
  expect([put.status, put.headers.get('allow')]).toEqual([405, 'POST']);
  expect((await ask('POST', '/Users/.search', { token: 'x', body: search({}) })).status).toBe(401);
});

test('a cursor of another directory, type, filter or order, or a modified one, is 400 invalidCursor', async () => {
  const first = await ask('GET', '/Users?cursor&count=1&sortBy=userName');
  const { nextCursor } = first.json;
  expect(nextCursor).toMatch(/^[A-Za-z0-9_-]+$/);
  const next = await ask('GET', `/Users?cursor=${nextCursor}&sortBy=userName&attributes=userName`);
  expect(names(next)).toEqual(['Bob@acme']);
  // Not the last character, some of whose bits may be unused.
  const changed = `${nextCursor.slice(0, -2)}${nextCursor.at(-2) === 'A' ? 'B' : 'A'}${nextCursor.slice(-1)}`;
  const refusals = await Promise.all([
    ask('GET', `/Users?cursor=${nextCursor}&sortBy=userName`, { directory: 'other' }),
    ask('GET', `/Groups?cursor=${nextCursor}&sortBy=displayName`),
    ask('GET', `/Users?cursor=${nextCursor}`),
    ask('GET', `/Users?cursor=${nextCursor}&sortBy=userName&sortOrder=descending`),
    ask('GET', `/Users?cursor=${nextCursor}&sortBy=userName&filter=active%20eq%20true`),
    ask('GET', `/Users?cursor=${changed}&sortBy=userName`),
    ask('GET', `/Users?cursor=${nextCursor}&sortBy=userName&startIndex=1`),
    ask('POST', '/Users/.search', { body: search({ cursor: `${nextCursor}x`, sortBy: 'userName' }) }),
  ]);
  expect(refusals.map(({ status, json }) => [status, json.scimType])).toEqual(
    refusals.map(() => [400, 'invalidCursor']),
  );
  for (const { text } of refusals) expect(text, 'an error contains no user').not.toMatch(/@acme|@other/);
  const unknown = await ask('GET', `/Users?cursor=${nextCursor}&sortBy=userName`, { token: 'x' });
  expect(unknown.status, 'each page is authorized separately').toBe(401);
});

test('with a cursor, a count of 0 or less returns the total only, and a non-integer is 400 invalidCount', async () => {
  for (const count of ['0', '-1']) {
    const { status, json } = await ask('GET', `/Users?cursor&count=${count}&filter=active%20eq%20true`);
    expect([status, json.totalResults, json.Resources, json.nextCursor]).toEqual([200, 4, [], undefined]);
  }
  const { status, json } = await ask('GET', '/Users?cursor&count=some');
  expect([status, json.scimType]).toEqual([400, 'invalidCount']);
});

test('sortBy with an unknown attribute is 400 invalidValue', async () => {
  const { status, json } = await ask('GET', '/Users?sortBy=shoeSize');
  expect([status, json.scimType]).toEqual([400, 'invalidValue']);
  expect(json.detail).toContain('shoeSize');
});

test('a page that would be larger than Lambda allows ends early, and its nextCursor returns the rest', async () => {
  const directory = 'other';
  const title = 'x'.repeat(290_000);
  const big = Array.from({ length: 24 }, (_, i) => user(`big-${String(i).padStart(2, '0')}`, { title }));
  for (const body of big) expect((await ask('POST', '/Users', { directory, body })).status).toBe(201);
  const query = `filter=${encodeURIComponent('userName sw "big"')}&sortBy=userName`;
  const first = await ask('GET', `/Users?cursor&${query}`, { directory });
  expect(first.json.Resources.length).toBeGreaterThan(10);
  expect(first.json.Resources.length).toBeLessThan(24);
  const second = await ask('GET', `/Users?cursor=${first.json.nextCursor}&${query}`, { directory });
  expect(second.json.nextCursor).toBeUndefined();
  expect([...names(first), ...names(second)]).toEqual(big.map(({ userName }) => userName));
});

/** Text of which Lambda returns four bytes for each character, because it escapes the body once more. */
const QUOTES = '"\\'.repeat(70_000);

test('a page below 5 MB whose text is all quotes ends early too: by GET, .search and export', async () => {
  const directory = 'quotes';
  const created = Array.from({ length: 17 }, (_, i) => user(`q${String(i).padStart(2, '0')}`, { title: QUOTES }));
  for (const body of created) expect((await ask('POST', '/Users', { directory, body })).status).toBe(201);
  const first = await ask('GET', '/Users?cursor&sortBy=userName', { directory });
  expect(first.status).toBe(200);
  const second = await ask('GET', `/Users?cursor=${first.json.nextCursor}&sortBy=userName`, { directory });
  expect([...names(first), ...names(second)]).toEqual(created.map(({ userName }) => userName));
  const searched = await ask('POST', '/Users/.search', {
    directory,
    body: search({ sortBy: 'userName', startIndex: 1 }),
  });
  expect(names(searched)).toEqual(names(first));
  expect(searched.json).toMatchObject({ totalResults: 17, itemsPerPage: names(first).length });
  const exported = await askAdmin(`/directories/${directory}/export/Users`);
  const rest = await askAdmin(`/directories/${directory}/export/Users?after=${exported.json.after}`);
  expect([exported, rest].map(({ status }) => status)).toEqual([200, 200]);
  expect(exported.json.resources.length + rest.json.resources.length).toBe(17);
});

test('a group whose members exceed a response is returned without them, alone and in a list', async () => {
  const directory = 'quotes';
  const { json } = await ask('GET', '/Users?attributes=id', { directory });
  const ids: string[] = json.Resources.map(({ id }: { id: string }) => id);
  const members = ids.map((value) => ({ value, display: QUOTES }));
  const made = await ask('POST', '/Groups', { directory, body: group('quoted', { members: members.slice(0, 9) }) });
  expect(made.status).toBe(201);
  const path = `/Groups/${made.json.id}`;
  const Operations = [{ op: 'add', path: 'members', value: members.slice(9) }];
  const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp'];
  const attributes = '?attributes=displayName,members';
  const patched = await ask('PATCH', `${path}${attributes}`, { directory, body: { schemas, Operations } });
  const alone = await ask('GET', `${path}${attributes}`, { directory });
  for (const answer of [patched, alone]) {
    expect([answer.status, answer.headers.get('x-rollcall-omitted')]).toEqual([200, 'members']);
    expect(answer.json).toMatchObject({ displayName: 'quoted' });
    expect(answer.json.members).toBeUndefined();
  }
  const listed = await ask('GET', `/Groups${attributes}`, { directory });
  expect([listed.status, listed.headers.get('x-rollcall-omitted')]).toEqual([200, 'members']);
  expect(listed.json.Resources).toMatchObject([{ displayName: 'quoted' }]);
  const exported: string[] = [];
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page: Answer = await askAdmin(`/directories/${directory}/export${path}/members${after && `?after=${after}`}`);
    expect(page.status).toBe(200);
    exported.push(...page.json.members.map(({ value }: { value: string }) => value));
    after = page.json.after;
  }
  expect(exported.sort()).toEqual(ids.sort());
});
