/** Names that cannot be told apart (docs/decisions/0007-names.md), and HEAD. */
import { expect, test } from 'vitest';
import { createInstantStore, storedUser } from '../../../bench/instant-store.ts';
import { createServiceProvider, type JsonObject, type Store } from '../../../lib/scim/index.ts';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const INVISIBLE = ['\u00ad', '\u061c', '\u200b', '\u200e', '\u202e', '\u2060', '\u2066', '\ufeff'];

/** @param stored the attributes of the only user */
const open = (stored: JsonObject, mode: 'tolerant' | 'rfc' = 'tolerant') => {
  const writes: JsonObject[] = [];
  const resource = { ...storedUser(1), attributes: stored };
  const store: Store = {
    ...createInstantStore(),
    read: async () => ({ resource }),
    create: async (_scope, { attributes }) => {
      writes.push(attributes);
      return { ...resource, attributes };
    },
    update: async (_scope, before, { attributes }) => {
      if (attributes !== undefined) writes.push(attributes);
      return { ...before, ...(attributes && { attributes }) };
    },
  };
  const serve = createServiceProvider(() => store);
  const ask = async (method: string, path: readonly string[], body?: object) => {
    const response = await serve(
      {
        method,
        path,
        query: new Map(),
        header: () => undefined,
        body: body && JSON.stringify(body),
        baseUrl: 'https://scim.example/v2',
      },
      {
        directory: { id: 'acme', mode, uniqueGroupNames: true },
        actor: { kind: 'provisioning-client', requestId: 'r1' },
        reason: 'change',
        deadline: Date.now() + 60_000,
      },
    );
    return response;
  };
  const patch = (...Operations: object[]) => ask('PATCH', ['Users', 'u1'], { schemas: [PATCH], Operations });
  return { writes, ask, patch };
};
const user = (userName: string, more: object = {}) => ({ schemas: [USER], userName, ...more });
const refused = { status: 400, body: { scimType: 'invalidValue' } };

test.each(INVISIBLE)('a new name with %j is 400 in POST, PUT and PATCH, in both modes', async (character) => {
  for (const mode of ['tolerant', 'rfc'] as const) {
    const { ask, patch, writes } = open({ userName: 'ann' }, mode);
    for (const name of [`ann${character}`, `a${character}nn`, `${character}ann`]) {
      expect(await ask('POST', ['Users'], user(name))).toMatchObject(refused);
      expect(await ask('POST', ['Users'], user('x', { displayName: name }))).toMatchObject(refused);
      expect(await ask('PUT', ['Users', 'u1'], user(name))).toMatchObject(refused);
      expect(await patch({ op: 'replace', path: 'userName', value: name })).toMatchObject(refused);
      expect(await patch({ op: 'add', value: { displayName: name } })).toMatchObject(refused);
      const body = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], displayName: name };
      expect(await ask('POST', ['Groups'], body)).toMatchObject(refused);
    }
    expect(writes).toEqual([]);
  }
});

test('blanks at the ends are removed in mode tolerant, and the response header names the dialect; kept in mode rfc', async () => {
  for (const [mode, stored] of [
    ['tolerant', 'ann b'],
    ['rfc', ' ann b\u00a0'],
  ] as const) {
    const { ask, patch, writes } = open({ userName: 'x' }, mode);
    const created = await ask('POST', ['Users'], user(' ann b\u00a0'));
    expect(created.headers['X-Rollcall-Dialects']).toBe(mode === 'tolerant' ? 'any.outerBlanks' : undefined);
    await ask('PUT', ['Users', 'u1'], user(' ann b\u00a0'));
    await patch({ op: 'replace', path: 'userName', value: ' ann b\u00a0' });
    expect(writes.map(({ userName }) => userName)).toEqual([stored, stored, stored]);
  }
  expect(await open({ userName: 'x' }).ask('POST', ['Users'], user('  '))).toMatchObject(refused);
});

test.each(['Zoë', '山田 太郎', 'می\u200cخواهم', '👩\u200d💻 Ann', 'a  b'])('%s is a name', async (name) => {
  const { ask, writes } = open({ userName: 'x' });
  expect((await ask('POST', ['Users'], user(name))).status).toBe(201);
  expect(writes[0]?.userName).toBe(name);
});

test.each([' ann', 'ann\u200b', '\u202eann '])(
  'the stored name %j can be repeated, and the user be changed',
  async (name) => {
    const { ask, patch, writes } = open({ userName: name, displayName: name, active: true });
    const whole = user(name, { displayName: name, active: true });
    expect((await ask('PUT', ['Users', 'u1'], whole)).status).toBe(200);
    expect((await patch({ op: 'replace', value: { userName: name, displayName: name } })).status).toBe(200);
    expect(writes).toEqual([]);
    expect((await patch({ op: 'replace', path: 'active', value: false })).status).toBe(200);
    expect((await ask('PUT', ['Users', 'u1'], { ...whole, title: 'x' })).status).toBe(200);
    expect(writes.map(({ userName }) => userName)).toEqual([name, name]);
    expect((await ask('DELETE', ['Users', 'u1'])).status).toBe(204);
  },
);

test.each([
  ['Users'],
  ['Users/u1'],
  ['Groups'],
  ['ServiceProviderConfig'],
  ['Schemas'],
  ['Schemas/urn:ietf:params:scim:schemas:core:2.0:User'],
  ['ResourceTypes'],
  ['ResourceTypes/User'],
])('RFC 9110 s9.3.2 HEAD of %s is GET without the body', async (path) => {
  const { ask } = open({ userName: 'ann' });
  const { body, ...got } = await ask('GET', path.split('/'));
  expect(body).toBeDefined();
  const headers = { ...got.headers, 'Content-Type': 'application/scim+json' };
  expect(await ask('HEAD', path.split('/'))).toEqual({ ...got, headers, body: undefined });
});

test('HEAD is 404 and 405 where GET is', async () => {
  const { ask } = open({ userName: 'ann' });
  expect(await ask('HEAD', ['Nothing'])).toMatchObject({ status: 404, body: undefined });
  expect(await ask('HEAD', ['Users', '.search'])).toMatchObject({ status: 405, headers: { Allow: 'POST' } });
  expect(await ask('DELETE', ['Users'])).toMatchObject({ status: 405, headers: { Allow: 'GET, HEAD, POST' } });
});
