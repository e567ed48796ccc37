import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { group, USER, useLocalRun, user } from '../support/local-run.ts';

const { run, ask } = useLocalRun({ directories: [{ id: 'acme' }, { id: 'other' }] });

const admin = async (method: string, path: string, body?: string, contentType = 'application/x-ndjson') => {
  const url = `${run().baseUrl.replace(/\/v2$/, '/admin')}/directories/${path}`;
  const init = { method, headers: { 'content-type': contentType } };
  const response = await fetch(url, body === undefined ? init : { ...init, body });
  const text = await response.text();
  // biome-ignore lint/suspicious/noExplicitAny: a test states what it expects of a response
  return { status: response.status, type: response.headers.get('content-type'), json: JSON.parse(text) as any };
};
const lines = (...all: object[]) => all.map((line) => JSON.stringify(line)).join('\n');

describe('POST /admin/directories/{id}/import', () => {
  test('returns a result for each line', async () => {
    const body = `${lines({ ...user('ann'), externalId: 'a' }, user('bob'))}\n\n{"broken\n`;
    const created = await admin('POST', 'acme/import', body);
    expect(created).toMatchObject({ status: 200, type: 'application/json' });
    expect(created.json.results).toEqual([
      { line: 1, outcome: 'created', id: expect.any(String) },
      { line: 2, outcome: 'created', id: expect.any(String) },
      { line: 4, outcome: 'refused', status: 400, detail: 'not valid JSON' },
    ]);
    const again = await admin('POST', 'acme/import', lines({ ...user('anna'), externalId: 'a' }, user('BOB')));
    expect(again.json.results).toEqual([
      { line: 1, outcome: 'updated', id: created.json.results[0].id },
      { line: 2, outcome: 'updated', id: created.json.results[1].id },
    ]);
    expect((await ask('GET', '/Users?filter=userName eq "anna"', { directory: 'acme' })).json.totalResults).toBe(1);
  });

  test('an inactive user stays inactive if the line has no active', async () => {
    const [first] = (await admin('POST', 'acme/import', lines(user('leaver', { active: false })))).json.results;
    const [again] = (await admin('POST', 'acme/import', lines(user('leaver')))).json.results;
    expect(again).toEqual({ line: 1, outcome: 'unchanged', id: first.id });
  });

  test.each([
    ['POST', 'acme/import', 'x', 'application/json', 415],
    ['POST', 'acme/import?keepIds=yes', '', 'application/x-ndjson', 400],
    ['POST', 'acme/import', '{}\n'.repeat(201), 'application/x-ndjson', 413],
    ['POST', 'acme/import', ' '.repeat(4 * 1024 * 1024 + 1), 'application/x-ndjson', 413],
    ['POST', 'missing/import', '', 'application/x-ndjson', 404],
    ['PUT', 'acme/import', '', 'application/x-ndjson', 405],
    ['GET', 'acme/export/Users?count=0', undefined, 'application/json', 400],
    ['GET', 'missing/export', undefined, 'application/json', 404],
    ['GET', 'acme/export/Devices', undefined, 'application/json', 404],
  ])('%s %s is a problem', async (method, path, body, contentType, status) => {
    const answer = await admin(method, path, body, contentType);
    expect(answer).toMatchObject({ status, type: 'application/problem+json', json: { status } });
  });

  test('a filter expression in a value is not evaluated', async () => {
    const name = 'x" or userName pr or userName eq "';
    const { results } = (await admin('POST', 'acme/import', lines(user(name)))).json;
    expect(results).toEqual([{ line: 1, outcome: 'created', id: expect.any(String) }]);
  });

  test('resources of another directory are never matched', async () => {
    const body = lines({ schemas: [USER], userName: 'ann', externalId: 'a' });
    const { results } = (await admin('POST', 'other/import', body)).json;
    expect(results[0].outcome).toBe('created');
    expect((await admin('GET', 'other/export')).json.counts).toEqual({ users: 1, groups: 0 });
  });
});

test('the members of a group that does not exist are 404, never an empty list', async () => {
  const created = await ask('POST', '/Groups', { directory: 'acme', body: group('Short-lived') });
  const path = `acme/export/Groups/${created.json.id}/members`;
  expect(await admin('GET', path)).toMatchObject({ status: 200, json: { members: [] } });
  await ask('DELETE', `/Groups/${created.json.id}`, { directory: 'acme' });
  for (const one of [path, `acme/export/Groups/${randomUUID()}/members`, 'acme/export/Groups/no-id/members'])
    expect(await admin('GET', one)).toMatchObject({
      status: 404,
      json: { detail: expect.stringMatching(/^There is no group /) },
    });
});

describe('POST /admin/directories/{id}/import/memberships', () => {
  test('adds, removes and replaces members, and refuses unknown ones', async () => {
    const people = await Promise.all(
      [1, 2, 3].map(async (n) => (await ask('POST', '/Users', { directory: 'acme', body: user(`m${n}`) })).json.id),
    );
    const created = await ask('POST', '/Groups', { directory: 'acme', body: group('Crew') });
    const values = (...ids: string[]) => ids.map((value) => ({ value }));
    const change = async (more: object) =>
      (await admin('POST', 'acme/import/memberships', lines({ group: created.json.id, ...more }))).json.results[0];
    const members = async () =>
      (await admin('GET', `acme/export/Groups/${created.json.id}/members`)).json.members.map(
        ({ value }: { value: string }) => value,
      );
    const [a, b, c] = people;
    expect(await change({ add: values(a, b) })).toEqual({ line: 1, outcome: 'updated', id: created.json.id });
    expect(await members()).toEqual([a, b].sort());
    await change({ add: values(c), remove: [a, randomUUID()] });
    expect(await members()).toEqual([b, c].sort());
    await change({ replace: [{ value: b, display: 'Bee' }] });
    expect((await admin('GET', `acme/export/Groups/${created.json.id}/members`)).json).toEqual({
      members: [{ value: b, display: 'Bee', type: 'User' }],
    });
    expect(await change({ add: values(randomUUID()) })).toMatchObject({ outcome: 'refused', status: 400 });
    expect(await change({ members: [] })).toMatchObject({ outcome: 'refused', status: 400 });
    const [unknownGroup] = (
      await admin('POST', 'acme/import/memberships', lines({ group: randomUUID(), add: values(a) }))
    ).json.results;
    expect(unknownGroup).toMatchObject({ outcome: 'refused', status: 404 });
  });
});

test('the next page starts after the last id, whatever is deleted in the meantime', async () => {
  const readAll = async (endpoint: string, key: string, between: (page: number) => Promise<void>) => {
    const found: string[] = [];
    let after: string | undefined;
    for (let page = 0; page === 0 || after !== undefined; page++) {
      const query = `count=2${after === undefined ? '' : `&after=${encodeURIComponent(after)}`}`;
      const { json } = await admin('GET', `other/${endpoint}?${query}`);
      found.push(...json[key].map((one: { id?: string; value?: string }) => one.id ?? one.value));
      after = json.after;
      await between(page);
    }
    return found;
  };
  const body = lines(...Array.from({ length: 9 }, (_, i) => user(`page${i}`)));
  const ids = (await admin('POST', 'other/import', body)).json.results.map(({ id }: { id: string }) => id).sort();
  const members = ids.map((value: string) => ({ value }));
  const crew = await ask('POST', '/Groups', { directory: 'other', body: group('Crew', { members }) });
  expect(await readAll(`export/Groups/${crew.json.id}/members`, 'members', async () => {})).toEqual(ids);
  const found = await readAll('export/Users', 'resources', async (page) => {
    if (page < 3) await ask('DELETE', `/Users/${ids[page]}`, { directory: 'other' });
  });
  expect(ids.slice(3).filter((id: string) => !found.includes(id))).toEqual([]);
  expect(new Set(found).size).toBe(found.length);
});
