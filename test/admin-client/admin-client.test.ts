import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, test, vi } from 'vitest';
import { type AdminClient, createAdminClient } from '../../lib/admin-client/admin-client.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { createDenialWork } from '../../lib/store/tokens/denied-tokens.ts';
import { createTokenUse } from '../../lib/store/tokens/token-use.ts';
import { parseToken } from '../../lib/tokens/token-format.ts';
import { useAdminServer } from '../admin/admin-server.ts';
import { sceneOf } from '../store/scene.ts';
import { TABLE_NAME } from '../support/engine.ts';

const server = useAdminServer();
const admin = (): AdminClient => createAdminClient({ adminUrl: `${server().url}/admin` });
const refused = (status: number | undefined, message: unknown) => ({ name: 'AdminClientError', status, message });
const table = () => ({
  client: new DynamoDBClient({ endpoint: process.env.AWS_ENDPOINT_URL_DYNAMODB ?? '' }),
  tableName: TABLE_NAME,
});

describe('changing a directory', () => {
  test('named settings change, null resets a setting, labels merge', async () => {
    const labels = { plan: 'gold', region: 'eu' };
    await admin().createDirectory({ id: 'change', name: 'Acme', tenant: 'org_1', mode: 'rfc', labels });
    const changed = await admin().changeDirectory('change', {
      name: null,
      mode: null,
      identityProvider: 'entra',
      labels: { plan: null, seats: '5' },
      guard: { percent: 10 },
    });
    expect(changed).toEqual({
      id: 'change',
      tenant: 'org_1',
      mode: 'tolerant',
      identityProvider: 'entra',
      labels: { region: 'eu', seats: '5' },
      guard: { percent: 10, minutes: 60 },
      uniqueGroupNames: true,
      status: 'active',
      createdAt: expect.any(String),
      baseUrl: `${server().url}/v2`,
    });
    expect(await admin().readDirectory('change')).toEqual(changed);
  });

  test.each([
    [{ id: 'other' }, /^id: cannot be changed/],
    [{ uniqueGroupNames: false }, /^uniqueGroupNames: cannot be changed/],
    [{ status: 'active' }, /status/],
    [{ tenantt: 'x' }, /tenantt/],
    [{ name: 5 }, /^name: /],
    [{ mode: 'strict' }, /^mode: .*tolerant/],
    [{ labels: { plan: 5 } }, /^labels\.plan: /],
    [{ guard: { deactivations: 0 } }, /^guard.deactivations: /],
    [{ guard: { deactivations: 5, percent: 5 } }, /^guard: a guard must be/],
  ])('%j is 400 naming the field', async (patch, message) => {
    await admin()
      .createDirectory({ id: 'wrong' })
      .catch(() => undefined);
    await expect(admin().changeDirectory('wrong', patch)).rejects.toMatchObject(
      refused(400, expect.stringMatching(message)),
    );
  });

  test('schemas and the default group can change, unless existing resources would be stranded', async () => {
    const device = 'urn:example:Device';
    await admin().createDirectory({
      id: 'types',
      schemas: [{ id: device, name: 'Device', attributes: [{ name: 'serial', uniqueness: 'server' }] }],
      resourceTypes: [{ name: 'Device', endpoint: '/Devices', schema: device }],
    });
    const schemas = [
      { id: device, name: 'Device', attributes: [{ name: 'serial', uniqueness: 'server' }, { name: 'model' }] },
    ];
    const changed = await admin().changeDirectory('types', { schemas, defaultGroup: 'Everyone' });
    expect(changed).toMatchObject({ defaultGroup: 'Everyone', schemas: [{ attributes: [{}, { name: 'model' }] }] });
    expect(await admin().readDirectory('types')).toEqual(changed);
    const wrong = [
      [{ resourceTypes: null, schemas: null }, /^resourceTypes: Device cannot be removed/],
      [{ resourceTypes: [{ name: 'Device', endpoint: '/Things', schema: device }] }, /^resourceTypes: Device/],
      [
        { schemas: [{ id: device, name: 'Device', attributes: [{ name: 'serial' }] }] },
        /^schemas: the uniqueness of serial/,
      ],
    ] as const;
    for (const [patch, message] of wrong)
      await expect(admin().changeDirectory('types', patch)).rejects.toMatchObject(
        refused(400, expect.stringMatching(message)),
      );
  });

  test('ten concurrent changes are all kept', async () => {
    await admin().createDirectory({ id: 'parallel' });
    // Each change conflicts at most once with each of the others, so ten attempts are enough.
    const changes = Array.from({ length: 10 }, (_, i) =>
      admin().changeDirectory('parallel', { labels: { [`l${i}`]: 'x' } }),
    );
    await Promise.all(changes);
    expect(Object.keys((await admin().readDirectory('parallel')).labels)).toHaveLength(10);
  });

  test('a patch with the names of object properties changes only labels', async () => {
    await admin().createDirectory({ id: 'hostile' });
    const headers = { 'content-type': 'application/merge-patch+json' };
    const patch = async (body: string) =>
      (await fetch(`${server().url}/admin/directories/hostile`, { method: 'PATCH', headers, body })).status;
    expect(await patch('{"labels":{"toString":"a","constructor":"b"}}')).toBe(200);
    // The name that JavaScript objects cannot have as an ordinary property is refused like any unknown field.
    expect(await patch('{"labels":{"__proto__":"a"}}')).toBe(400);
    expect(await patch('{"__proto__":{"mode":"rfc"}}')).toBe(400);
    expect(({} as { a?: string }).a).toBeUndefined();
    expect((await admin().readDirectory('hostile')).mode).toBe('tolerant');
  });

  test('pause and resume are idempotent', async () => {
    await admin().createDirectory({ id: 'pause' });
    for (let i = 0; i < 2; i += 1)
      expect(await admin().pauseDirectory('pause')).toMatchObject({ status: 'paused', pausedBy: 'admin' });
    for (let i = 0; i < 2; i += 1) {
      const { pausedBy, status } = await admin().resumeDirectory('pause');
      expect({ pausedBy, status }).toEqual({ status: 'active' });
    }
    await expect(admin().pauseDirectory('missing')).rejects.toMatchObject(
      refused(404, expect.stringContaining('missing')),
    );
  });
});

describe('deleting a directory', () => {
  test('removes the directory and its contents, and frees its id', async () => {
    await admin().createDirectory({ id: 'gone' });
    const store = createStore(table());
    const scene = sceneOf(store, 'gone');
    await scene.createUsers(3);
    await admin().deleteDirectory('gone');
    await expect(admin().readDirectory('gone')).rejects.toMatchObject(refused(404, expect.any(String)));
    await expect(admin().deleteDirectory('gone')).rejects.toMatchObject(refused(404, expect.any(String)));
    await admin().createDirectory({ id: 'gone' });
    expect(await admin().listUsers('gone')).toMatchObject({ totalResults: 0, Resources: [] });
  });

  test('a continued deletion leaves a new directory with the same id alone', async () => {
    const { createdAt } = await admin().createDirectory({ id: 'reborn' });
    await admin().deleteDirectory('reborn');
    const again = await admin().createDirectory({ id: 'reborn' });
    const continueDeletion = (time: string) =>
      fetch(`${server().url}/admin/directories/reborn?createdAt=${time}`, { method: 'DELETE' });
    expect((await continueDeletion(createdAt)).status).toBe(404);
    expect(await admin().readDirectory('reborn')).toMatchObject({ status: 'active' });
    expect((await continueDeletion(again.createdAt)).status).toBe(204);
  });

  test('the client repeats the request, for the same directory only, until it is 404', async () => {
    const progress = {
      id: 'a',
      createdAt: '2026-11-22T00:00:00.000Z',
      status: 'deleting',
      remaining: 1,
      waitSeconds: 0,
    };
    const urls: (string | undefined)[] = [];
    const slow = createServer(({ url }, response) => {
      urls.push(url);
      response.writeHead(urls.length < 2 ? 202 : 404).end(JSON.stringify(urls.length < 2 ? progress : {}));
    }).listen(0, '127.0.0.1');
    try {
      await once(slow, 'listening');
      const { port } = slow.address() as AddressInfo;
      await createAdminClient({ adminUrl: `http://127.0.0.1:${port}/admin` }).deleteDirectory('a');
    } finally {
      slow.close();
    }
    expect(urls).toEqual(['/admin/directories/a', '/admin/directories/a?createdAt=2026-11-22T00%3A00%3A00.000Z']);
  });

  test('with a token: 202 with the time to wait; tokens are revoked at once and other operations are 409', async () => {
    await admin().createDirectory({ id: 'dying' });
    await admin().createToken('dying', { name: 'one' });
    const answer = await fetch(`${server().url}/admin/directories/dying`, { method: 'DELETE' });
    expect(answer.status).toBe(202);
    const progress = (await answer.json()) as { waitSeconds: number };
    const { createdAt } = await admin().readDirectory('dying');
    expect(progress).toEqual({
      id: 'dying',
      createdAt,
      status: 'deleting',
      remaining: 0,
      waitSeconds: expect.any(Number),
    });
    expect(progress.waitSeconds).toBeGreaterThan(50);
    expect(answer.headers.get('retry-after')).toBe(String(progress.waitSeconds));
    expect(await admin().readDirectory('dying')).toMatchObject({ status: 'deleting' });
    const conflict = refused(409, expect.stringMatching(/is being deleted/));
    await Promise.all(
      [
        admin().createDirectory({ id: 'dying' }),
        admin().changeDirectory('dying', { name: 'x' }),
        admin().resumeDirectory('dying'),
        admin().createToken('dying', { name: 'two' }),
        admin().listTokens('dying'),
      ].map((call) => expect(call).rejects.toMatchObject(conflict)),
    );
    await expect(admin().listUsers('dying')).rejects.toMatchObject(refused(404, expect.any(String)));
    // The clean-up takes the tokens out of their secrets; until then the status of the directory refuses them.
    const work = createDenialWork({ client: new DynamoDBClient(), tableName: TABLE_NAME });
    expect((await work.work()).map(({ directory }) => directory)).toContain('dying');
  });
});

describe('tokens', () => {
  test('a rotation creates a token of the same scopes, and the old one expires after a day', async () => {
    await admin().createDirectory({ id: 'rotate' });
    const old = await admin().createToken('rotate', { name: 'okta', scopes: ['read'] });
    const created = await admin().rotateToken('rotate', 'okta');
    expect(created).toMatchObject({
      name: expect.stringMatching(/^okta-\d{8}-\d{6}$/),
      scopes: ['read'],
      replaced: { id: old.id, replacedBy: created.id },
    });
    expect(parseToken(created.token)?.tokenId).toBe(created.id);
    expect(created).not.toHaveProperty('expiresAt');
    const hours = (Date.parse(created.replaced.expiresAt ?? '') - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(23.9);
    expect(hours).toBeLessThanOrEqual(24);
    expect(JSON.stringify(created.replaced)).not.toMatch(/scim_|[0-9a-f]{64}/);
    const { tokens } = await admin().listTokens('rotate');
    expect(tokens.map(({ id }) => id)).toEqual([old.id, created.id]);
    expect(tokens[0]).toEqual(created.replaced);

    await expect(admin().rotateToken('rotate', 'okta')).rejects.toMatchObject(
      refused(409, expect.stringContaining(created.id)),
    );
    const next = await admin().rotateToken('rotate', created.id, { overlapHours: 0, name: 'third' });
    expect(next).toMatchObject({ name: 'third', replaced: { id: created.id } });
    expect(Date.parse(next.replaced.expiresAt ?? '')).toBeLessThanOrEqual(Date.now());
  });

  test('the successor has the lifetime of the old token, whose expiry is never extended', async () => {
    await admin().createDirectory({ id: 'ends' });
    const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
    const old = await admin().createToken('ends', { name: 'short', expiresAt: inAnHour });
    const created = await admin().rotateToken('ends', 'short', { overlapHours: 48 });
    expect(created.replaced.expiresAt).toBe(old.expiresAt);
    const lifetime = Date.parse(created.expiresAt ?? '') - Date.now();
    expect(lifetime).toBeGreaterThan(3_000_000);
    expect(lifetime).toBeLessThanOrEqual(3_600_000);
  });

  test('the expiry of a successor is at most the end of the year 9999', async () => {
    await admin().createDirectory({ id: 'endless' });
    const expiresAt = '9999-12-31T23:59:59.999Z';
    await admin().createToken('endless', { name: 'one', expiresAt });
    expect(await admin().rotateToken('endless', 'one')).toMatchObject({ expiresAt });
  });

  test.each(['..', '.', ''])('"%s" is refused as a key of a token, instead of reaching the directory', async (key) => {
    await admin().createDirectory({ id: `steps${key.length}` });
    const invalid = refused(undefined, expect.stringMatching(/is not a valid id or name/));
    await expect(admin().revokeToken(`steps${key.length}`, key)).rejects.toMatchObject(invalid);
    await expect(admin().readUser(`steps${key.length}`, key)).rejects.toMatchObject(invalid);
    expect(await admin().readDirectory(`steps${key.length}`)).toMatchObject({ status: 'active' });
  });

  test('concurrent rotations create one new token', async () => {
    await admin().createDirectory({ id: 'twice' });
    await admin().createToken('twice', { name: 'one' });
    const outcomes = await Promise.allSettled(
      ['a', 'b', 'c'].map((name) => admin().rotateToken('twice', 'one', { name })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await admin().listTokens('twice')).tokens).toHaveLength(2);
  });

  test.each([
    [{ overlapHours: -1 }, /^overlapHours: /],
    [{ overlapHours: 24 * 91 }, /^overlapHours: /],
    [{ expiresAt: '2020-01-01T00:00:00Z' }, /past/],
    [{ name: 'a b' }, /^name: /],
  ])('a rotation with %j is 400', async (rotation, message) => {
    await expect(admin().rotateToken('rotate', 'okta', rotation)).rejects.toMatchObject(
      refused(400, expect.stringMatching(message)),
    );
  });

  test('the list has the time of last use', async () => {
    await admin().createDirectory({ id: 'used' });
    const [one] = [
      await admin().createToken('used', { name: 'one' }),
      await admin().createToken('used', { name: 'two' }),
    ];
    await createTokenUse(table()).note({ directory: 'used', tokenId: one.id });
    const { tokens } = await admin().listTokens('used');
    expect(tokens.map(({ lastUsedAt }) => lastUsedAt)).toEqual([expect.stringMatching(/^\d{4}-.*Z$/), undefined]);
  });
});

describe("a directory's users and groups", () => {
  test('are returned as in SCIM, with its filters and locations', async () => {
    await admin().createDirectory({ id: 'people' });
    const scene = sceneOf(createStore(table()), 'people');
    await scene.createUsers(5);
    const ann = await scene.createUser({ userName: 'ann @+&', active: true });
    const group = await scene.createGroup('Sales', [{ id: ann.id }]);
    const found = await admin().listUsers('people', { filter: 'userName eq "ann @+&"' });
    expect(found).toMatchObject({ totalResults: 1, Resources: [{ id: ann.id, groups: [{ display: 'Sales' }] }] });
    expect(await admin().listUsers('people', { startIndex: '3', count: '2' })).toMatchObject({
      totalResults: 6,
      itemsPerPage: 2,
    });
    const user = await admin().readUser('people', ann.id);
    expect(user).toMatchObject({ userName: 'ann @+&', meta: { location: `${server().url}/v2/Users/${ann.id}` } });
    expect(await admin().readGroup('people', group.id)).toMatchObject({ members: [{ value: ann.id }] });
    expect(await admin().readGroup('people', group.id, { excludedAttributes: 'members' })).not.toHaveProperty(
      'members',
    );
    expect(await admin().listGroups('people')).toMatchObject({ totalResults: 1 });
  });

  test('a SCIM error becomes a problem of the admin API', async () => {
    await admin().createDirectory({ id: 'refuse' });
    await expect(admin().readUser('refuse', 'missing')).rejects.toMatchObject(
      refused(404, expect.stringContaining('missing')),
    );
    await expect(admin().listUsers('refuse', { filter: 'no' })).rejects.toMatchObject(refused(400, expect.any(String)));
    await expect(admin().listUsers('nowhere')).rejects.toMatchObject(refused(404, expect.any(String)));
    const answer = await fetch(`${server().url}/admin/directories/refuse/Users/x`);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    const written = await fetch(`${server().url}/admin/directories/refuse/Users`, { method: 'POST', body: '{}' });
    expect(written.status).toBe(405);
  });
});

test('the list of directories spans several pages', async () => {
  const ids = Array.from({ length: 105 }, (_, i) => `list-${String(i).padStart(3, '0')}`);
  await Promise.all(ids.map((id) => admin().createDirectory({ id })));
  const { directories } = await admin().listDirectories();
  expect(directories.map(({ id }) => id).filter((id) => id.startsWith('list-'))).toEqual(ids);
});

test('requests are signed if a signer is given', async () => {
  const sign = vi.fn(async ({ headers }: { headers: Readonly<Record<string, string>> }) => ({
    ...headers,
    authorization: 'AWS4-HMAC-SHA256 x',
  }));
  const client = createAdminClient({ adminUrl: `${server().url}/admin`, sign });
  await client.listDirectories();
  expect(server().requests.at(-1)?.message.headers.authorization).toBe('AWS4-HMAC-SHA256 x');
});
