/** Data invariants over HTTP under concurrent requests. */
import { expect, test } from 'vitest';
import { group, operations, useLocalRun, user } from '../support/local-run.ts';

const { ask } = useLocalRun();
const filter = (expression: string) => `?filter=${encodeURIComponent(expression)}`;
const ids = (answer: { json: { Resources: { id: string }[] } }) => answer.json.Resources.map(({ id }) => id);

test('twenty parallel identical POSTs give one 201 and nineteen 409', async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => ask('POST', '/Users', { body: user('Same@Example.com') })),
  );
  const statuses = answers.map(({ status }) => status).sort();
  expect(statuses).toEqual([201, ...Array.from({ length: 19 }, () => 409)]);
  expect(new Set(answers.filter(({ status }) => status === 409).map(({ json }) => json.scimType))).toEqual(
    new Set(['uniqueness']),
  );
  expect((await ask('GET', `/Users${filter('userName eq "same@example.COM"')}`)).json.totalResults).toBe(1);
});

test('fifty parallel PATCH requests that add one member each give fifty members', async () => {
  const { id } = (await ask('POST', '/Groups', { body: group('Fifty') })).json;
  const users = await Promise.all(
    Array.from({ length: 50 }, (_, i) => ask('POST', '/Users', { body: user(`fifty-${i}`) })),
  );
  const added = await Promise.all(
    users.map(({ json }) =>
      ask('PATCH', `/Groups/${id}`, {
        body: operations({ op: 'add', path: 'members', value: [{ value: json.id }] }),
      }),
    ),
  );
  expect(new Set(added.map(({ status }) => status))).toEqual(new Set([200]));
  const { json } = await ask('GET', `/Groups/${id}`);
  expect(json.members.map(({ value }: { value: string }) => value).sort()).toEqual(
    users.map((one) => one.json.id).sort(),
  );
  expect(json.meta.version).toBe('W/"51"');
});

test('a new resource is found by userName, externalId, e-mail or displayName in the very next request', async () => {
  for (let i = 0; i < 20; i++) {
    const name = `next-${i}@example.com`;
    const created = await ask('POST', '/Users', {
      body: user(name, { externalId: `X-${i}`, emails: [{ value: `Mail-${i}@example.com`, type: 'work' }] }),
    });
    for (const expression of [
      `userName eq "${name.toUpperCase()}"`,
      `externalId eq "X-${i}"`,
      `emails.value eq "mail-${i}@EXAMPLE.com"`,
      `emails[type eq "work"].value eq "mail-${i}@example.com"`,
      `emails[type eq "work" and value eq "mail-${i}@example.com"]`,
      `id eq "${created.json.id}"`,
    ])
      expect(ids(await ask('GET', `/Users${filter(expression)}`)), expression).toEqual([created.json.id]);
    const createdGroup = await ask('POST', '/Groups', { body: group(`Next ${i}`) });
    expect(ids(await ask('GET', `/Groups${filter(`displayName eq "NEXT ${i}"`)}`))).toEqual([createdGroup.json.id]);
  }
  expect(
    (await ask('GET', `/Users${filter('externalId eq "x-1"')}`)).json.totalResults,
    'externalId is caseExact',
  ).toBe(0);
});

test('rename and delete free the name at once', async () => {
  const first = await ask('POST', '/Users', { body: user('free-me') });
  await ask('PATCH', `/Users/${first.json.id}`, {
    body: operations({ op: 'replace', path: 'userName', value: 'freed' }),
  });
  const second = await ask('POST', '/Users', { body: user('FREE-ME') });
  expect(second.status).toBe(201);
  expect((await ask('POST', '/Users', { body: user('freed') })).status).toBe(409);
  expect((await ask('DELETE', `/Users/${first.json.id}`)).status).toBe(204);
  expect((await ask('POST', '/Users', { body: user('freed') })).status).toBe(201);
  expect((await ask('DELETE', `/Users/${first.json.id}`)).status).toBe(404);
  const team = await ask('POST', '/Groups', { body: group('Free team') });
  expect((await ask('POST', '/Groups', { body: group('free TEAM') })).json).toMatchObject({ scimType: 'uniqueness' });
  await ask('DELETE', `/Groups/${team.json.id}`);
  expect((await ask('POST', '/Groups', { body: group('free TEAM') })).status).toBe(201);
});

test('adding a member while its user is deleted leaves no orphaned membership', async () => {
  const { id } = (await ask('POST', '/Groups', { body: group('Races') })).json;
  for (let round = 0; round < 10; round++) {
    const users = await Promise.all(
      Array.from({ length: 5 }, (_, i) => ask('POST', '/Users', { body: user(`race-${round}-${i}`) })),
    );
    const answers = await Promise.all(
      users.flatMap(({ json }) => [
        ask('PATCH', `/Groups/${id}`, {
          body: operations({ op: 'add', path: 'members', value: [{ value: json.id }] }),
        }),
        ask('DELETE', `/Users/${json.id}`),
      ]),
    );
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
  }
  expect((await ask('GET', `/Groups/${id}`)).json.members).toBeUndefined();
});

test('parallel PATCH requests for different attributes of one user all take effect', async () => {
  const { id } = (await ask('POST', '/Users', { body: user('patched') })).json;
  const names = ['nickName', 'title', 'userType', 'locale', 'timezone', 'displayName', 'preferredLanguage'];
  const answers = await Promise.all(
    names.map((path) =>
      ask('PATCH', `/Users/${id}`, { body: operations({ op: 'replace', path, value: `v-${path}` }) }),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual(names.map(() => 200));
  const { json } = await ask('GET', `/Users/${id}`);
  expect(json).toMatchObject(Object.fromEntries(names.map((name) => [name, `v-${name}`])));
  expect(json.meta.version).toBe('W/"8"');
});

test('If-Match: of ten parallel PATCH requests for one version, one succeeds and nine get 412', async () => {
  const { json, headers } = await ask('POST', '/Users', { body: user('insisted') });
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, i) =>
      ask('PATCH', `/Users/${json.id}`, {
        body: operations({ op: 'replace', path: 'title', value: `t${i}` }),
        headers: { 'if-match': headers.get('etag') ?? '' },
      }),
    ),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 412)]);
});
