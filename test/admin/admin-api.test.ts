import type { Context } from 'aws-lambda';
import { describe, expect, test, vi } from 'vitest';
import { parseToken } from '../../lib/tokens/token-format.ts';
import { outage } from '../support/secrets.ts';
import { toEvent, useAdminServer } from './admin-server.ts';

const server = useAdminServer();

type Answer = {
  status: number;
  type: string | null;
  allow: string | null;
  body: Record<string, unknown>;
  text: string;
};
const call = async (method: string, path: string, body?: unknown, type = 'application/json'): Promise<Answer> => {
  const response = await fetch(`${server().url}/admin${path}`, {
    method,
    headers: { 'content-type': type },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    allow: response.headers.get('allow'),
    body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
    text,
  };
};
const problem = (status: number, detail: unknown = expect.any(String)) => ({
  status,
  type: 'application/problem+json',
  body: { status, title: expect.any(String), detail },
});
const createDirectory = async (id: string) => {
  expect((await call('POST', '/directories', { id })).status).toBe(201);
};

describe('directories', () => {
  test('a created directory has its defaults and the URL for the identity provider', async () => {
    const created = await call('POST', '/directories', { id: 'acme', tenant: 'org_42', labels: { plan: 'gold' } });
    expect(created.status).toBe(201);
    expect(created.body).toEqual({
      id: 'acme',
      tenant: 'org_42',
      labels: { plan: 'gold' },
      mode: 'tolerant',
      uniqueGroupNames: true,
      status: 'active',
      createdAt: expect.any(String),
      baseUrl: `${server().url}/v2`,
    });
    expect((await call('GET', '/directories/acme')).body).toEqual(created.body);
    const { baseUrl: _, ...listed } = created.body;
    expect((await call('GET', '/directories')).body).toEqual({ directories: [listed] });
  });

  test('a duplicate id is 409', async () => {
    await createDirectory('taken');
    expect(await call('POST', '/directories', { id: 'taken' })).toMatchObject(
      problem(409, expect.stringContaining('taken')),
    );
  });

  test.each([
    ['no id', {}, /^id: /],
    ['an id with capitals', { id: 'Acme' }, /^id: .*a-z/],
    ['an id with a #', { id: 'a#b' }, /^id: /],
    ['a long id', { id: 'a'.repeat(41) }, /^id: /],
    ['an unknown setting', { id: 'x', tenantt: 'y' }, /tenantt/],
    ['__proto__', '{"id":"x","__proto__":{"mode":"rfc"}}', /^unknown field __proto__$/],
    ['a label __proto__', '{"id":"x","labels":{"__proto__":"a"}}', /^unknown field __proto__$/],
    ['a wrong mode', { id: 'x', mode: 'strict' }, /^mode: .*tolerant/],
    [
      'a guard of almost 0 percent',
      { id: 'x', guard: { percent: 1e-300 } },
      /^guard\.percent: must be at least 0\.01$/,
    ],
    ['a guard of 0 percent', { id: 'x', guard: { percent: 0 } }, /^guard\.percent: must be greater than 0$/],
    ['an unpaired surrogate', '{"id":"x","name":"\\ud800"}', /surrogate/],
    ['an unpaired surrogate in a key', '{"id":"x","labels":{"\\udfff":"a"}}', /surrogate/],
    ['labels as an array', { id: 'x', labels: [] }, /^labels: must be of type object$/],
    ['a label that is not a string', { id: 'x', labels: { plan: 1 } }, /^labels\.plan: /],
    ['a label with a dot in its key', { id: 'x', labels: { 'a.b': 'c' } }, /^labels\.a\.b: must not contain a dot/],
    [
      'labels of more than 4 KB',
      {
        id: 'x',
        labels: Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((k) => [k, 'x'.repeat(499)])),
      },
      /4096 bytes/,
    ],
    ['too many labels', { id: 'x', labels: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [i, 'x'])) }, /50/],
    ['an array', [], /^body: /],
    ['null', 'null', /^body: /],
    ['malformed JSON', '{"id":', /not JSON/],
    ['an empty body', undefined, /not JSON/],
  ])('%s is 400 naming the field', async (_, body, detail) => {
    expect(await call('POST', '/directories', body)).toMatchObject(problem(400, expect.stringMatching(detail)));
  });

  test('labels may have the names of object properties', async () => {
    const text = '{"id":"proto","labels":{"constructor":"a","toString":"b"}}';
    expect((await call('POST', '/directories', text)).status).toBe(201);
    const { labels } = (await call('GET', '/directories/proto')).body;
    expect(new Map(Object.entries(labels as object))).toEqual(
      new Map([
        ['constructor', 'a'],
        ['toString', 'b'],
      ]),
    );
    const hostile = '{"labels":{"__proto__":{"mode":"rfc"}}}';
    expect(await call('PATCH', '/directories/proto', hostile)).toMatchObject(problem(400, expect.any(String)));
    expect(({} as { mode?: string }).mode).toBeUndefined();
  });

  test('a web page of another origin cannot write, because it cannot send application/json', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx'])
      expect(await call('POST', '/directories', { id: 'csrf' }, type)).toMatchObject(problem(415));
    expect((await call('GET', '/directories/csrf')).status).toBe(404);
    expect((await call('POST', '/directories', { id: 'charset' }, 'Application/JSON; charset=utf-8')).status).toBe(201);
  });
});

describe('tokens', () => {
  test('the text of a token is only in the response that creates it', async () => {
    await createDirectory('tokens');
    const expiresAt = '2099-01-01T00:00:00+01:00';
    const created = await call('POST', '/directories/tokens/tokens', { name: 'okta', scopes: ['read'], expiresAt });
    expect(created.status).toBe(201);
    expect(created.body).toEqual({
      id: expect.any(String),
      name: 'okta',
      directory: 'tokens',
      scopes: ['read'],
      createdAt: expect.any(String),
      expiresAt: '2098-12-31T23:00:00.000Z',
      token: expect.any(String),
      baseUrl: `${server().url}/v2`,
    });
    expect(parseToken(String(created.body.token))?.tokenId).toBe(created.body.id);
    const { token: _, baseUrl: __, ...listed } = created.body;
    const list = await call('GET', '/directories/tokens/tokens');
    expect(list.body).toEqual({ tokens: [listed] });
    expect(list.text).not.toMatch(/sha256|[0-9a-f]{64}/);
  });

  test('scopes default to read and write', async () => {
    await createDirectory('scopes');
    const created = await call('POST', '/directories/scopes/tokens', { name: 'a' });
    expect(created.body.scopes).toEqual(['read', 'write']);
  });

  test('a token is revoked by name or id: 204, then 404', async () => {
    await createDirectory('revoke');
    const { body } = await call('POST', '/directories/revoke/tokens', { name: 'one' });
    await call('POST', '/directories/revoke/tokens', { name: 'two' });
    for (const key of [body.id, 'two']) {
      expect(await call('DELETE', `/directories/revoke/tokens/${key}`)).toMatchObject({ status: 204, text: '' });
      expect(await call('DELETE', `/directories/revoke/tokens/${key}`)).toMatchObject(problem(404));
    }
    expect((await call('GET', '/directories/revoke/tokens')).body).toEqual({ tokens: [] });
  });

  test('a duplicate name is 409', async () => {
    await createDirectory('names');
    await call('POST', '/directories/names/tokens', { name: 'okta' });
    expect(await call('POST', '/directories/names/tokens', { name: 'okta' })).toMatchObject(problem(409));
  });

  test.each([
    ['no name', {}, /^name: /],
    ['a name with a slash', { name: 'a/b' }, /^name: /],
    ['a name that is a relative path segment', { name: '..' }, /^name: /],
    ['an unknown scope', { name: 'a', scopes: ['admin'] }, /^scopes\.0: /],
    ['no scope', { name: 'a', scopes: [] }, /^scopes: /],
    ['an expiry that is not a time', { name: 'a', expiresAt: 'tomorrow' }, /^expiresAt: /],
    ['an expiry in the past', { name: 'a', expiresAt: '2020-01-01T00:00:00Z' }, /^expiresAt: .*past/],
    ['an expiry in a year of five digits', { name: 'a', expiresAt: '9999-12-31T23:59:59-01:00' }, /^expiresAt: .*9999/],
    ['a token chosen by the caller', { name: 'a', token: 'x' }, /token/],
  ])('%s is 400 naming the field', async (_, body, detail) => {
    await call('POST', '/directories', { id: 'bad' });
    expect(await call('POST', '/directories/bad/tokens', body)).toMatchObject(
      problem(400, expect.stringMatching(detail)),
    );
  });

  test('an unknown directory is 404 for each method', async () => {
    expect(await call('GET', '/directories/missing/tokens')).toMatchObject(problem(404));
    expect(await call('POST', '/directories/missing/tokens', { name: 'a' })).toMatchObject(problem(404));
    expect(await call('DELETE', '/directories/missing/tokens/a')).toMatchObject(problem(404));
  });

  test('an outage of Secrets Manager is 503, and neither response nor log contains a token or hash', async () => {
    await createDirectory('outage');
    const { body } = await call('POST', '/directories/outage/tokens', { name: 'a' });
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    server().secrets.before = (operation) => (operation === 'GetSecretValue' ? undefined : outage());
    const answers = [await call('POST', '/directories/outage/tokens', { name: 'b' })];
    // Revocation needs no version of a secret.
    expect(await call('DELETE', '/directories/outage/tokens/a')).toMatchObject({ status: 204 });
    server().secrets.before = outage;
    answers.push(await call('GET', '/directories/outage/tokens'));
    for (const answer of answers) expect(answer).toMatchObject(problem(503));
    const { inspect } = await import('node:util');
    const logged = log.mock.calls.map((args) => args.map((arg) => inspect(arg, { depth: 9 })).join(' ')).join('\n');
    log.mockRestore();
    expect(logged).toContain('SecretsUnavailable');
    expect(logged).not.toMatch(/[0-9a-f]{64}/);
    expect(logged).not.toContain(String(body.token).split('_')[3]);
    server().secrets.before = () => undefined;
    expect((await call('GET', '/directories/outage/tokens')).body.tokens).toEqual([]);
  });
});

describe('paths and methods', () => {
  test.each([
    ['', 404],
    ['/', 404],
    ['/unknown', 404],
    ['/directories/a/b/c/d', 404],
    ['/directories/A%20B', 404],
    ['/constructor', 404],
    ['//directories//', 200],
  ])('GET /admin%s is %i', async (path, status) => {
    expect((await call('GET', path)).status).toBe(status);
  });

  test.each([
    ['DELETE', '/directories', 'GET, POST'],
    ['PUT', '/directories/acme', 'GET, PATCH, DELETE'],
    ['PATCH', '/directories/acme/tokens', 'GET, POST'],
    ['GET', '/directories/acme/tokens/x', 'DELETE'],
  ])('%s %s is 405 with Allow', async (method, path, allow) => {
    expect(await call(method, path)).toMatchObject({ ...problem(405), allow });
  });
});

test('behind a custom domain with a prefix, the base URL has that prefix', async () => {
  const { handler } = await import('../../functions/admin.ts');
  const { toEvent } = await import('./admin-server.ts');
  const event = toEvent({
    method: 'POST',
    host: 'id.example.com',
    path: '/people/admin/directories',
    body: '{"id":"prefix"}',
  });
  const { body } = await handler(event, {} as never);
  expect(JSON.parse(body)).toMatchObject({ baseUrl: 'http://id.example.com/people/v2' });
});

test('the base URL has the host of the request, even if the gateway does not name its domain', async () => {
  const { handler } = await import('../../functions/admin.ts');
  await createDirectory('hosted');
  const path = '/scim/admin/directories/hosted';
  const event = toEvent({ method: 'GET', host: 'unused', path, headers: { Host: 'scim.example.com' } });
  const { domainName: _, ...requestContext } = event.requestContext;
  const answer = await handler({ ...event, requestContext } as typeof event, {} as Context);
  expect(JSON.parse(answer.body)).toMatchObject({ baseUrl: 'http://scim.example.com/scim/v2' });
});
