/** Administrative changes to a directory, as its provisioning client and its subscribers see them. */
import { expect, test } from 'vitest';
import { createAdminClient } from '../../lib/admin-client/admin-client.ts';
import { operations, useLocalRun, user } from '../support/local-run.ts';

const guard = { deactivations: 3 };
const { ask, events, run, allTold } = useLocalRun({
  directories: [
    { id: 'marked' },
    { id: 'paused' },
    { id: 'guarded', tenant: 'org_1', guard },
    { id: 'unguarded' },
    { id: 'deleted' },
  ],
});
const admin = () => createAdminClient({ adminUrl: run().baseUrl.replace(/v2$/, 'admin') });
type Event = { detail: { type: string; directory: object; sequence: string } };
const ofDirectory = (id: string): Event[] => events().filter(({ detail }) => detail.directory.id === id);
const typesOf = (id: string) => ofDirectory(id).map(({ detail }) => detail.type);
const directoryTypesOf = (id: string) => typesOf(id).filter((type) => type.startsWith('directory.'));

const off = operations({ op: 'replace', path: 'active', value: false });
const createUsers = async (directory: string, count: number) => {
  const created = await Promise.all(
    Array.from({ length: count }, (_, i) => ask('POST', '/Users', { directory, body: user(`u${i}`) })),
  );
  return created.map(({ json }) => String(json.id));
};

test('a paused directory refuses writes with 429, Retry-After 900 and the reason, serves reads, and publishes events', async () => {
  const directory = 'paused';
  await admin().pauseDirectory(directory);
  const refused = await ask('POST', '/Users', { directory, body: user('ann') });
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('900');
  expect(refused.headers.get('content-type')).toBe('application/scim+json');
  expect(refused.json).toMatchObject({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: '429',
    detail: expect.stringMatching(/paused.*scim directory resume/),
  });
  expect((await ask('DELETE', '/Groups/x', { directory })).status).toBe(429);
  expect((await ask('PUT', '/Users', { directory, body: {} })).status).toBe(405);
  expect((await ask('GET', '/Users', { directory })).status).toBe(200);
  expect((await ask('GET', '/ServiceProviderConfig', { directory })).status).toBe(200);
  await admin().resumeDirectory(directory);
  await expect
    .poll(() => directoryTypesOf(directory))
    .toEqual(['directory.paused', 'directory.connected', 'directory.resumed']);
  const sequences = ofDirectory(directory).map(({ detail }) => detail.sequence);
  expect(sequences).toEqual([...new Set(sequences)].sort());
});

test('directory.connected is published once, whichever functions serve the first requests', async () => {
  const directory = 'unguarded';
  await Promise.all(
    ['/Users', '/Groups', '/Schemas', '/Users', '/Users?count=0'].map((path) => ask('GET', path, { directory })),
  );
  const ids = await createUsers(directory, 8);
  const answers = await Promise.all(ids.map((id) => ask('PATCH', `/Users/${id}`, { directory, body: off })));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  await admin().changeDirectory(directory, { tenant: 'org_9' });
  await expect.poll(() => directoryTypesOf(directory)).toEqual(['directory.connected', 'directory.updated']);
  expect((await admin().readDirectory(directory)).connectedAt).toMatch(/Z$/);
  expect((await admin().listTokens(directory)).tokens[0]?.lastUsedAt).toMatch(/Z$/);
});

test('the guard allows exactly the configured number of deactivations, then pauses the directory', async () => {
  const directory = 'guarded';
  const ids = await createUsers(directory, 14);
  // Changes that do not remove access are not counted.
  await Promise.all(
    ids.map((id) =>
      ask('PATCH', `/Users/${id}`, { directory, body: operations({ op: 'add', path: 'title', value: 'x' }) }),
    ),
  );
  const [first, ...rest] = ids;
  await ask('PATCH', `/Users/${first}`, { directory, body: off });
  await ask('PATCH', `/Users/${first}`, { directory, body: off });
  const answers = await Promise.all(
    rest.map((id, i) => {
      if (i % 3 === 0) return ask('DELETE', `/Users/${id}`, { directory });
      if (i % 3 === 1) return ask('PUT', `/Users/${id}`, { directory, body: user(`u${i + 1}`, { active: false }) });
      return ask('PATCH', `/Users/${id}`, { directory, body: off });
    }),
  );
  expect(answers.filter(({ status }) => status < 300)).toHaveLength(2);
  const refused = answers.filter(({ status }) => status >= 300);
  expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([429]));
  expect(refused[0]?.headers.get('retry-after')).toBe('900');
  expect(refused[0]?.json.detail).toMatch(/guard/);
  expect((await ask('POST', '/Users', { directory, body: user('new') })).status).toBe(429);
  expect((await ask('GET', '/Users?count=0', { directory })).status).toBe(200);
  expect(await admin().readDirectory(directory)).toMatchObject({ status: 'paused', pausedBy: 'guard' });
  await expect.poll(() => directoryTypesOf(directory)).toContain('directory.guard_tripped');
  expect(ofDirectory(directory).find(({ detail }) => detail.type === 'directory.guard_tripped')?.detail).toMatchObject({
    directory: { id: directory, tenant: 'org_1' },
    guard: { deactivations: 3, minutes: 60 },
    actor: { kind: 'provisioning-client' },
  });
  await allTold('marked');
  expect(typesOf(directory).filter((type) => /deactivated|user\.deleted/.test(type))).toHaveLength(3);
});

test('a deleted directory is 401 for its clients, and publishes directory.deleted but no events for its users', async () => {
  const directory = 'deleted';
  await admin().createToken(directory, { name: 'unused' });
  const adminUrl = run().baseUrl.replace(/v2$/, 'admin');
  const answer = await fetch(`${adminUrl}/directories/${directory}`, { method: 'DELETE' });
  expect(answer.status).toBe(202);
  const refused = await ask('GET', '/Users', { directory });
  expect(refused.status).toBe(401);
  await expect.poll(() => typesOf(directory)).toEqual(['directory.deleted']);
});
