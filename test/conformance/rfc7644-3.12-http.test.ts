/** RFC 7644 sections 2, 3.8, 3.11 to 3.14: authentication, media types, errors, versions, unsupported endpoints. */
import { describe, expect, test } from 'vitest';
import { group, operations, user } from '../support/local-run.ts';
import { useBothModes } from './both-modes.ts';

const { rfc, run } = useBothModes();
const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';
const TYPE = 'application/scim+json';

test('s2 without a token: a SCIM error 401, with the scheme in WWW-Authenticate', async () => {
  const response = await fetch(`${run().baseUrl}/Users`);
  expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  expect(await response.json()).toMatchObject({ schemas: [ERROR], status: '401' });
});

describe('s3.8 media types', () => {
  test.each([undefined, TYPE, 'application/json', '*/*', 'text/html'])(
    's3.8 Accept %s returns application/scim+json',
    async (accept) => {
      const { status, headers } = await rfc('GET', '/Users', accept === undefined ? {} : { headers: { accept } });
      expect([status, headers.get('content-type')]).toEqual([200, TYPE]);
    },
  );
  test.each([TYPE, 'application/json', `${TYPE}; charset=utf-8`])(
    's3.8 a body of type %s is accepted',
    async (type) => {
      const answer = await rfc('POST', '/Users', { headers: { 'content-type': type }, body: user(`typed ${type}`) });
      expect(answer.status).toBe(201);
    },
  );
  test('s3.8 UTF-8 in and out', async () => {
    const more = { displayName: 'Zoë Ångström 王小明 🦄' };
    const { json } = await rfc('POST', '/Users', { body: user('utf8', more) });
    expect((await rfc('GET', `/Users/${json.id}`)).json.displayName).toBe(more.displayName);
  });
});

test('s3.11 /Me is 501', async () => {
  for (const method of ['GET', 'PUT', 'PATCH', 'DELETE'])
    expect(await rfc(method, '/Me', method === 'GET' || method === 'DELETE' ? {} : { body: {} })).toMatchObject({
      status: 501,
      json: { schemas: [ERROR], status: '501' },
    });
});
test('s3.7 /Bulk is 501, as the configuration says', async () => {
  expect(await rfc('POST', '/Bulk', { body: {} })).toMatchObject({ status: 501, json: { status: '501' } });
});

describe('s3.12 errors have schemas, status as a string, and a readable detail', () => {
  const existingPath = async () =>
    `/Users/${(await rfc('POST', '/Users', { body: user(`error ${Math.random()}`) })).json.id}`;
  test.each<[number, string | undefined, () => Promise<Parameters<typeof rfc>>]>([
    [400, 'invalidSyntax', async () => ['POST', '/Users', { body: '{' }]],
    [400, 'invalidValue', async () => ['POST', '/Users', { body: user('x', { title: 1 }) }]],
    [400, 'invalidFilter', async () => ['GET', '/Users?filter=x']],
    [
      400,
      'invalidPath',
      async () => ['PATCH', await existingPath(), { body: operations({ op: 'add', path: 'a b', value: 1 }) }],
    ],
    [400, 'noTarget', async () => ['PATCH', await existingPath(), { body: operations({ op: 'remove' }) }]],
    [
      400,
      'mutability',
      async () => ['PATCH', await existingPath(), { body: operations({ op: 'replace', path: 'id', value: '1' }) }],
    ],
    [403, undefined, async () => ['GET', '/Schemas?filter=x']],
    [404, undefined, async () => ['GET', '/Users/missing']],
    [404, undefined, async () => ['GET', '/NoSuch']],
    [405, undefined, async () => ['DELETE', '/Users']],
    [
      409,
      'uniqueness',
      async () => {
        await rfc('POST', '/Groups', { body: group('Twice') });
        return ['POST', '/Groups', { body: group('Twice') }];
      },
    ],
    [412, undefined, async () => ['DELETE', await existingPath(), { headers: { 'if-match': 'W/"77"' } }]],
    [413, undefined, async () => ['POST', '/Users', { body: user('x', { title: 'x'.repeat(1_100_000) }) }]],
    [415, undefined, async () => ['POST', '/Users', { headers: { 'content-type': 'text/plain' }, body: '{}' }]],
    [501, undefined, async () => ['GET', '/Me']],
  ])('s3.12 %i %s', async (status, scimType, request) => {
    const answer = await rfc(...(await request()));
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe(TYPE);
    expect(answer.json).toEqual({
      schemas: [ERROR],
      status: String(status),
      ...(scimType === undefined ? {} : { scimType }),
      detail: expect.stringMatching(/\w+ \w+/),
    });
  });
});

test('s3.13 the version precedes the endpoint in the path; another version is 404', async () => {
  const { json } = await rfc('POST', '/Users', { body: user('versioned') });
  expect(json.meta.location).toMatch(/\/v2\/Users\/[^/]+$/);
  const headers = { authorization: `Bearer ${run().directories.find(({ id }) => id === 'rfc')?.token}` };
  const other = await fetch(`${run().baseUrl.replace('/v2', '/v1')}/Users`, { headers });
  expect(other.status).toBe(404);
});

describe('s3.14 versions', () => {
  const create = async () => {
    const { json, headers } = await rfc('POST', '/Users', { body: user(`version ${Math.random()}`) });
    return { path: `/Users/${json.id}`, etag: headers.get('etag') ?? '', json };
  };
  test('s3.14 a weak ETag in the header, equal to meta.version', async () => {
    const { path, etag, json } = await create();
    expect(etag).toMatch(/^W\/"[^"]+"$/);
    expect(json.meta.version).toBe(etag);
    const { headers } = await rfc('PUT', path, { body: user(json.userName, { title: 'x' }) });
    expect(headers.get('etag')).not.toBe(etag);
  });
  test('s3.14 If-None-Match with the current version is 304', async () => {
    const { path, etag } = await create();
    for (const given of [etag, `"other", ${etag}`, '*'])
      expect(await rfc('GET', path, { headers: { 'if-none-match': given } })).toMatchObject({ status: 304, text: '' });
    expect((await rfc('GET', path, { headers: { 'if-none-match': 'W/"other"' } })).status).toBe(200);
  });
  test.each(['PUT', 'PATCH', 'DELETE'])(
    's3.14 %s with If-Match: 412 for another version, success for the current one',
    async (method) => {
      const { path, etag, json } = await create();
      const body =
        method === 'PUT' ? user(json.userName, { title: 'x' }) : operations({ op: 'add', path: 'title', value: 'x' });
      const send = (version: string) =>
        rfc(method, path, { headers: { 'if-match': version }, ...(method === 'DELETE' ? {} : { body }) });
      expect((await send('W/"other"')).status).toBe(412);
      expect((await rfc('GET', path)).json).toEqual(json);
      expect([200, 204]).toContain((await send(etag)).status);
    },
  );
});

test('s3.1 messages have URNs of the API, and their schemas are not in /Schemas', async () => {
  const answers = [await rfc('GET', '/Users'), await rfc('GET', '/Users/missing'), await rfc('GET', '/Schemas')];
  for (const { json } of answers) expect(json.schemas).toEqual([expect.stringMatching(/^urn:ietf:params:scim:api:/)]);
  const ids = (await rfc('GET', '/Schemas')).json.Resources.map(({ id }: { id: string }) => id);
  expect(ids.filter((id: string) => id.includes(':scim:api:'))).toEqual([]);
  expect((await rfc('GET', '/Schemas/urn:ietf:params:scim:api:messages:2.0:ListResponse')).status).toBe(404);
});

test.each([
  ['letter case', 'Strasse@Example.com', 'sTRASSE@example.COM'],
  ['width', 'ann-wide', '\uff41\uff4e\uff4e-wide'],
  ['composition', 'zo\u00eb', 'zoe\u0308'],
  ['letter case independent of locale', 'istanbul', 'ISTANBUL'],
])('s5 userName is prepared before it is compared: %s', async (_name, first, second) => {
  const created = await rfc('POST', '/Users', { body: user(first) });
  expect([created.status, created.json.userName]).toEqual([201, first]);
  expect((await rfc('POST', '/Users', { body: user(second) })).status).toBe(409);
  const found = await rfc('GET', `/Users?filter=${encodeURIComponent(`userName eq "${second}"`)}`);
  expect(found.json.Resources.map(({ id }: { id: string }) => id)).toEqual([created.json.id]);
});
