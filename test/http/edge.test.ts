/** HTTP behavior that does not depend on the resource: authentication, paths, methods, media types, sizes. */
import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { group, operations, useLocalRun, user } from '../support/local-run.ts';

const { run, ask, tokenOf } = useLocalRun();
const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';

/** Sends the path exactly as written: fetch would normalize it. */
const raw = (
  method: string,
  path: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: string | Buffer } = {},
) =>
  new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }>((resolve, reject) => {
    const { hostname, port } = new URL(run().baseUrl);
    const sent = request({ hostname, port, method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      );
    });
    sent.on('error', reject).end(body);
  });
const authorized = () => ({ authorization: `Bearer ${tokenOf(undefined)}` });
const expectScimError = (answer: { text: string; headers: NodeJS.Dict<string | string[]> }, status: number) => {
  expect(answer.headers['content-type']).toBe('application/scim+json');
  const body = JSON.parse(answer.text) as { schemas: string[]; status: string; detail: string };
  expect(body).toMatchObject({ schemas: [ERROR], status: String(status) });
  expect(body.detail.length).toBeGreaterThan(10);
};

describe('without a valid token: 401 with WWW-Authenticate, as a SCIM error', () => {
  const good = () => tokenOf(undefined);
  const changeCharacter = (text: string, at: number) =>
    `${text.slice(0, at)}${text.at(at) === 'x' ? 'y' : 'x'}${text.slice(at + 1)}`;
  test.each<[string, () => Record<string, string>]>([
    ['no token', () => ({})],
    ['empty header', () => ({ authorization: '' })],
    ['another scheme', () => ({ authorization: 'Basic YTpi' })],
    ['wrong token', () => ({ authorization: 'Bearer wrong' })],
    ['truncated token', () => ({ authorization: `Bearer ${good().slice(0, -3)}` })],
    ['one character changed', () => ({ authorization: `Bearer ${changeCharacter(good(), -10)}` })],
    ['two tokens', () => ({ authorization: `Bearer ${good()}, Bearer ${good()}` })],
  ])('%s', async (_name, headers) => {
    for (const path of [
      '/scim/v2/Users',
      '/scim/v2/Groups/x',
      '/scim/v2/Schemas',
      '/scim/v2/NoSuch',
      '/scim/elsewhere',
    ]) {
      const answer = await raw('GET', path, { headers: headers() });
      expect(answer.status, path).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
      expectScimError(answer, 401);
    }
  });

  test('a token in the query string is ignored', async () => {
    expect((await raw('GET', `/scim/v2/Users?access_token=${good()}`)).status).toBe(401);
  });
});

test("the token is accepted after Bearer in any letter case, and bare as Okta's header mode sends it", async () => {
  for (const prefix of ['Bearer ', 'bearer ', 'BEARER ', ''])
    expect(
      (await raw('GET', '/scim/v2/Users', { headers: { authorization: prefix + tokenOf(undefined) } })).status,
    ).toBe(200);
});

describe('paths and methods', () => {
  test.each([
    ['GET', '/scim/v2/NoSuch', 404],
    ['GET', '/scim/v2/Users/a/b', 404],
    ['GET', '/scim/v2', 404],
    ['GET', '/scim/elsewhere', 404],
    ['PUT', '/scim/v2/Users', 405],
    ['DELETE', '/scim/v2/Groups', 405],
    ['POST', '/scim/v2/Users/2819c223-7f76-453a-919d-413861904646', 405],
    ['POST', '/scim/v2/Schemas', 405],
    ['GET', '/scim/v2/Me', 501],
    ['POST', '/scim/v2/Bulk', 501],
  ])('%s %s is %i', async (method, path, status) => {
    const answer = await raw(method, path, { headers: authorized() });
    expect(answer.status).toBe(status);
    expectScimError(answer, status);
    if (status === 405) expect(answer.headers.allow).toMatch(/GET/);
  });

  test('HEAD is GET without the body', async () => {
    const [got, head] = [
      await raw('GET', '/scim/v2/Schemas', { headers: authorized() }),
      await raw('HEAD', '/scim/v2/Schemas', { headers: authorized() }),
    ];
    expect([head.status, head.text, head.headers['content-type']]).toEqual([200, '', got.headers['content-type']]);
    expect((await raw('HEAD', '/scim/v2/Users', { headers: authorized() })).status).toBe(200);
    expect((await raw('HEAD', '/scim/v2/Users/none', { headers: authorized() })).status).toBe(404);
    expect((await raw('HEAD', '/scim/v2/Users', {})).status).toBe(401);
  });

  test.each(['/scim/anything/v2/Users', '/scim/Users', '/scim/v2/v2/Users', '/scim/V2/Users'])(
    's3.13 %s is 404: only the root is served',
    async (path) => expect((await raw('GET', path, { headers: authorized() })).status).toBe(404),
  );

  test('Allow of a 405 lists the supported methods', async () => {
    expect((await raw('PUT', '/scim/v2/Users', { headers: authorized() })).headers.allow).toBe('GET, HEAD, POST');
  });

  test.each([
    '/scim/v2/Users/',
    '/scim/v2//Users',
    '/scim/v2///Users//',
    '/scim//v2/Users?',
    '/scim/v2/Users?&',
    '/scim/v2/users',
  ])('repeated and trailing slashes, a bare ? or & and letter case are ignored: %s', async (path) => {
    const answer = await raw('GET', path, { headers: authorized() });
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([200, { itemsPerPage: expect.any(Number) }]);
  });

  test('doubled slashes work in writes too', async () => {
    const sent = {
      headers: { ...authorized(), 'content-type': 'application/json' },
      body: JSON.stringify(user('slashes')),
    };
    const created = await raw('POST', '/scim/v2//Users/', sent);
    expect(created.status).toBe(201);
    expect(created.headers.location).toBe(`${run().baseUrl}/Users/${(JSON.parse(created.text) as { id: string }).id}`);
  });
});

describe('bodies', () => {
  const post = (body: string, contentType?: string, path = '/scim/v2/Users'): ReturnType<typeof raw> =>
    raw('POST', path, {
      headers: { ...authorized(), ...(contentType === undefined ? {} : { 'content-type': contentType }) },
      body,
    });

  test.each<[string, () => string, number, string | undefined]>([
    [
      'a user of 1.1 MB',
      () => JSON.stringify(user('big', { nickName: 'x'.repeat(1.1 * 1024 * 1024) })),
      413,
      undefined,
    ],
    ['malformed JSON', () => '{"userName":', 400, 'invalidSyntax'],
    ['no body', () => '', 400, 'invalidSyntax'],
    ['an array', () => '[]', 400, 'invalidSyntax'],
    ['nested too deep', () => `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`, 400, 'invalidSyntax'],
    ['nested very deep', () => `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 400, 'invalidSyntax'],
  ])('%s', async (_name, body, status, scimType) => {
    const answer = await post(body(), 'application/scim+json');
    expect(answer.status).toBe(status);
    expectScimError(answer, status);
    expect((JSON.parse(answer.text) as { scimType?: string }).scimType).toBe(scimType);
  });

  test('text/plain is 415', async () => {
    const answer = await post('{}', 'text/plain');
    expect(answer.status).toBe(415);
    expectScimError(answer, 415);
  });

  test('two names that differ in a byte outside ASCII stay two: a body that is not UTF-8 is refused', async () => {
    const send = (name: string, contentType: string, more: Record<string, string> = {}) =>
      raw('POST', '/scim/v2/Users', {
        headers: { ...authorized(), 'content-type': contentType, ...more },
        body: Buffer.from(JSON.stringify(user(name)), 'latin1'),
      });
    for (const name of ['m\u00fcller', 'm\u00f6ller']) {
      const undeclared = await send(name, 'application/json');
      expect(undeclared.status).toBe(400);
      expectScimError(undeclared, 400);
      expect((await send(name, 'application/json; charset=iso-8859-1')).status).toBe(415);
    }
    expect((await send('mueller', 'application/json; charset=iso-8859-1')).status).toBe(201);
    expect((await send('muller', 'application/json', { 'content-encoding': 'gzip' })).status).toBe(415);
  });

  test.each([
    undefined,
    'application/json',
    'Application/SCIM+JSON; charset=UTF-8',
    'application/scim+json ;charset=utf-8',
  ])('Content-Type %s is accepted', async (contentType) => {
    expect((await post(JSON.stringify(user(`type-${contentType}`)), contentType)).status).toBe(201);
  });

  test('a group of 2 MB is within the limit, because the body carries its memberships', async () => {
    const members = Array.from({ length: 40_000 }, (_, i) => ({
      value: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
    }));
    const answer = await post(JSON.stringify(group('Large', { members })), undefined, '/scim/v2/Groups');
    expect([answer.status, (JSON.parse(answer.text) as { scimType?: string }).scimType]).toEqual([400, 'invalidValue']);
  });

  test('413 for a group suggests several PATCH requests', async () => {
    const answer = await post(
      JSON.stringify(group('Huge', { members: [{ value: 'x'.repeat(4.45 * 1024 * 1024) }] })),
      undefined,
      '/scim/v2/Groups',
    );
    expect([answer.status, answer.text]).toEqual([413, expect.stringMatching(/several PATCH requests/)]);
  });
});

test('every response has a request id and the content type application/scim+json', async () => {
  for (const [method, path] of [
    ['GET', '/Users'],
    ['GET', '/Users/missing'],
    ['GET', '/ServiceProviderConfig'],
    ['GET', '/Schemas'],
    ['GET', '/ResourceTypes/User'],
  ] as const) {
    const { headers } = await ask(method, path);
    expect(headers.get('content-type')).toBe('application/scim+json');
    expect(headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
  }
});

test('s3.12 the detail of a refused PATCH names the attribute', async () => {
  const { json } = await ask('POST', '/Users', { body: user('refused') });
  const answer = await ask('PATCH', `/Users/${json.id}`, {
    body: operations({ op: 'replace', path: 'active', value: 'perhaps' }),
  });
  expect(answer.json).toMatchObject({
    status: '400',
    scimType: 'invalidValue',
    detail: expect.stringMatching(/active/),
  });
});

test('X-Rollcall-Dialects names the dialects that a request needed, and is absent otherwise', async () => {
  const { json, headers } = await ask('POST', '/Users', { body: user('dialects') });
  expect(headers.get('x-rollcall-dialects')).toBeNull();
  const answer = await ask('PATCH', `/Users/${json.id}`, {
    body: operations({ op: 'Replace', path: 'active', value: 'False' }),
  });
  expect(answer.headers.get('x-rollcall-dialects')).toBe('entra.booleanString, entra.operationCase');
});
