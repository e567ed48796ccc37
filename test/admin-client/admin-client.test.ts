import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, test, vi } from 'vitest';
import { type AdminClient, createAdminClient } from '../../lib/admin-client/admin-client.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
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
  test('what is named changes, null takes a setting back, labels merge', async () => {
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
    [{ guard: { deactivations: 5, percent: 5 } }, /^guard: a guard is/],
  ])('%j is 400 and says where', async (patch, message) => {
    await admin()
      .createDirectory({ id: 'wrong' })
      .catch(() => undefined);
    await expect(admin().changeDirectory('wrong', patch)).rejects.toMatchObject(
      refused(400, expect.stringMatching(message)),
    );
  });

  test('schemas and the default group change too, but nothing that is there may lose what it needs', async () => {
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
      [{ resourceTypes: null, schemas: null }, /^resourceTypes: Device cannot be taken away/],
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

  test('ten changes at once lose none', async () => {
    await admin().createDirectory({ id: 'parallel' });
    // Each loses at most to each of the others, so the ten tries that it has are enough.
    const changes = Array.from({ length: 10 }, (_, i) =>
      admin().changeDirectory('parallel', { labels: { [`l${i}`]: 'x' } }),
    );
    await Promise.all(changes);
    expect(Object.keys((await admin().readDirectory('parallel')).labels)).toHaveLength(10);
  });

  test('a patch that names parts of an object changes nothing else', async () => {
    await admin().createDirectory({ id: 'hostile' });
    const body = '{"labels":{"__proto__":"a","constructor":"b"}}';
    const headers = { 'content-type': 'application/merge-patch+json' };
    const answer = await fetch(`${server().url}/admin/directories/hostile`, { method: 'PATCH', headers, body });
    expect(answer.status).toBe(200);
    expect(({} as { a?: string }).a).toBeUndefined();
    expect((await admin().readDirectory('hostile')).mode).toBe('tolerant');
  });

  test('pause and resume, each as often as one likes', async () => {
    await admin().createDirectory({ id: 'pause' });
    for (let i = 0; i < 2; i += 1)
      expect(await admin().pauseDirectory('pause')).toMatchObject({ status: 'paused', pausedBy: 'admin' });
    for (let i = 0; i < 2; i += 1) {
      const { pausedBy, status } = await admin().resumeDirectory('pause');
      expect({ pausedBy, status }).toEqual({ status: 'active' });
    }
    await expect(admin().pauseDirectory('nobody')).rejects.toMatchObject(
      refused(404, expect.stringContaining('nobody')),
    );
  });
});

describe('deleting a directory', () => {
  test('it is gone with everything in it, and its id can be used again', async () => {
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

  test('a deletion that goes on leaves alone what has its id meanwhile', async () => {
    const { createdAt } = await admin().createDirectory({ id: 'reborn' });
    await admin().deleteDirectory('reborn');
    const again = await admin().createDirectory({ id: 'reborn' });
    const goOn = (time: string) =>
      fetch(`${server().url}/admin/directories/reborn?createdAt=${time}`, { method: 'DELETE' });
    expect((await goOn(createdAt)).status).toBe(404);
    expect(await admin().readDirectory('reborn')).toMatchObject({ status: 'active' });
    expect((await goOn(again.createdAt)).status).toBe(204);
  });

  test('the client repeats the request for the directory that it began with, until there is none', async () => {
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

  test('with a token: 202 that says how long to wait; its tokens die at once, and nothing else can be done with it', async () => {
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
    const secrets = server().secrets.client;
    const { GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager');
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: 'rollcall/test/tokens/1' }));
    expect(SecretString).not.toContain('"dying"');
  });
});

describe('tokens', () => {
  test('a rotation makes a token of the same scopes, and the old one lives on for a day', async () => {
    await admin().createDirectory({ id: 'rotate' });
    const old = await admin().createToken('rotate', { name: 'okta', scopes: ['read'] });
    const made = await admin().rotateToken('rotate', 'okta');
    expect(made).toMatchObject({
      name: expect.stringMatching(/^okta-\d{8}-\d{6}$/),
      scopes: ['read'],
      replaced: { id: old.id, replacedBy: made.id },
    });
    expect(parseToken(made.token)?.tokenId).toBe(made.id);
    expect(made).not.toHaveProperty('expiresAt');
    const hours = (Date.parse(made.replaced.expiresAt ?? '') - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(23.9);
    expect(hours).toBeLessThanOrEqual(24);
    expect(JSON.stringify(made.replaced)).not.toMatch(/scim_|[0-9a-f]{64}/);
    const { tokens } = await admin().listTokens('rotate');
    expect(tokens.map(({ id }) => id)).toEqual([old.id, made.id]);
    expect(tokens[0]).toEqual(made.replaced);

    await expect(admin().rotateToken('rotate', 'okta')).rejects.toMatchObject(
      refused(409, expect.stringContaining(made.id)),
    );
    const next = await admin().rotateToken('rotate', made.id, { overlapHours: 0, name: 'third' });
    expect(next).toMatchObject({ name: 'third', replaced: { id: made.id } });
    expect(Date.parse(next.replaced.expiresAt ?? '')).toBeLessThanOrEqual(Date.now());
  });

  test('a token with an end is followed by one that lives as long; neither lives longer than it would have', async () => {
    await admin().createDirectory({ id: 'ends' });
    const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
    const old = await admin().createToken('ends', { name: 'short', expiresAt: inAnHour });
    const made = await admin().rotateToken('ends', 'short', { overlapHours: 48 });
    expect(made.replaced.expiresAt).toBe(old.expiresAt);
    const lifetime = Date.parse(made.expiresAt ?? '') - Date.now();
    expect(lifetime).toBeGreaterThan(3_000_000);
    expect(lifetime).toBeLessThanOrEqual(3_600_000);
  });

  test('a successor of a token without a foreseeable end has one of four digits too', async () => {
    await admin().createDirectory({ id: 'endless' });
    const expiresAt = '9999-12-31T23:59:59.999Z';
    await admin().createToken('endless', { name: 'one', expiresAt });
    expect(await admin().rotateToken('endless', 'one')).toMatchObject({ expiresAt });
  });

  test.each(['..', '.', ''])('"%s" names no token, and no directory in its place', async (key) => {
    await admin().createDirectory({ id: `steps${key.length}` });
    const nothing = refused(undefined, expect.stringMatching(/^Nothing has the id or name/));
    await expect(admin().revokeToken(`steps${key.length}`, key)).rejects.toMatchObject(nothing);
    await expect(admin().readUser(`steps${key.length}`, key)).rejects.toMatchObject(nothing);
    expect(await admin().readDirectory(`steps${key.length}`)).toMatchObject({ status: 'active' });
  });

  test('two rotations at once: one new token', async () => {
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

  test('the list says when each was last used', async () => {
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
  test('are read as SCIM answers them, with its filters and its locations', async () => {
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

  test('what SCIM refuses is a problem of the admin API', async () => {
    await admin().createDirectory({ id: 'refuse' });
    await expect(admin().readUser('refuse', 'nobody')).rejects.toMatchObject(
      refused(404, expect.stringContaining('nobody')),
    );
    await expect(admin().listUsers('refuse', { filter: 'no' })).rejects.toMatchObject(refused(400, expect.any(String)));
    await expect(admin().listUsers('nowhere')).rejects.toMatchObject(refused(404, expect.any(String)));
    const answer = await fetch(`${server().url}/admin/directories/refuse/Users/x`);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    const written = await fetch(`${server().url}/admin/directories/refuse/Users`, { method: 'POST', body: '{}' });
    expect(written.status).toBe(405);
  });
});

test('directories are listed beyond a page', async () => {
  const ids = Array.from({ length: 105 }, (_, i) => `list-${String(i).padStart(3, '0')}`);
  await Promise.all(ids.map((id) => admin().createDirectory({ id })));
  const { directories } = await admin().listDirectories();
  expect(directories.map(({ id }) => id).filter((id) => id.startsWith('list-'))).toEqual(ids);
});

test('requests are signed when there is somebody to sign them', async () => {
  const sign = vi.fn(async ({ headers }: { headers: Readonly<Record<string, string>> }) => ({
    ...headers,
    authorization: 'AWS4-HMAC-SHA256 x',
  }));
  const client = createAdminClient({ adminUrl: `${server().url}/admin`, sign });
  await client.listDirectories();
  expect(server().requests.at(-1)?.message.headers.authorization).toBe('AWS4-HMAC-SHA256 x');
});
