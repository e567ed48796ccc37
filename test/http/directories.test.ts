/** Isolation of directories: no data of one is visible in another. */
import { expect, test } from 'vitest';
import { group, operations, useLocalRun, user } from '../support/local-run.ts';

const { ask, events, run } = useLocalRun();
const directories = ['demo', 'demo2'] as const;

test('two directories, 200 parallel creates each with the same names and externalIds: no answer, list or event of one contains an id of the other', async () => {
  const created = await Promise.all(
    directories.map((directory) =>
      Promise.all(
        Array.from({ length: 200 }, (_, i) =>
          ask('POST', '/Users', {
            directory,
            body: user(`ann-${i}@example.com`, { externalId: `x-${i}`, emails: [{ value: `ann-${i}@example.com` }] }),
          }),
        ),
      ),
    ),
  );
  expect(new Set(created.flat().map(({ status }) => status))).toEqual(new Set([201]));
  const [first = [], second = []] = created.map((answers) => answers.map(({ json }) => String(json.id)));
  expect(new Set([...first, ...second]).size).toBe(400);

  for (const [directory, own, foreign] of [
    ['demo', first, second],
    ['demo2', second, first],
  ] as const) {
    const listed: string[] = [];
    for (let startIndex = 1; startIndex <= 200; startIndex += 50) {
      const { json, text } = await ask('GET', `/Users?startIndex=${startIndex}&count=50`, { directory });
      expect(json.totalResults).toBe(200);
      listed.push(...json.Resources.map(({ id }: { id: string }) => id));
      expect(foreign.filter((id) => text.includes(id))).toEqual([]);
    }
    expect(listed.sort()).toEqual([...own].sort());
    for (const expression of [
      'userName eq "ann-7@example.com"',
      'externalId eq "x-7"',
      'emails.value eq "ann-7@example.com"',
      'userName sw "ann-7"',
    ]) {
      const { text } = await ask('GET', `/Users?filter=${encodeURIComponent(expression)}`, { directory });
      expect(foreign.filter((id) => text.includes(id))).toEqual([]);
    }
    const stranger = foreign[0] ?? '';
    for (const [method, body] of [
      ['GET', undefined],
      ['PUT', user('x')],
      ['PATCH', operations({ op: 'replace', path: 'title', value: 'x' })],
      ['DELETE', undefined],
    ] as const)
      expect(
        (await ask(method, `/Users/${stranger}`, { directory, ...(body === undefined ? {} : { body }) })).status,
      ).toBe(404);
    const refused = await ask('POST', '/Groups', {
      directory,
      body: group('Strangers', { members: [{ value: stranger }] }),
    });
    expect([refused.status, refused.json.scimType]).toEqual([400, 'invalidValue']);
  }

  // Each directory also has a directory.connected event.
  const ofUsers = () => events().filter(({ detail }) => detail.type.startsWith('user.'));
  await expect.poll(() => ofUsers().length).toBeGreaterThanOrEqual(400);
  const byDirectory = new Map(
    directories.map((directory) => [directory, ofUsers().filter(({ detail }) => detail.directory.id === directory)]),
  );
  expect(
    JSON.stringify(byDirectory.get('demo'))
      .split(/[^0-9a-f-]/)
      .filter((word) => second.includes(word)),
  ).toEqual([]);
  expect(
    JSON.stringify(byDirectory.get('demo2'))
      .split(/[^0-9a-f-]/)
      .filter((word) => first.includes(word)),
  ).toEqual([]);
  expect(byDirectory.get('demo')).toHaveLength(200);
  expect(byDirectory.get('demo2')).toHaveLength(200);
});

test('a token gives access to its own directory only, whatever the path', async () => {
  const { directories: all } = run();
  expect(new Set(all.map(({ token }) => token)).size).toBe(2);
  const { json } = await ask('POST', '/Users', { directory: 'demo', body: user('only-in-demo') });
  expect((await ask('GET', `/Users/${json.id}`, { directory: 'demo2' })).status).toBe(404);
  expect((await ask('POST', '/Users', { directory: 'demo2', body: user('only-in-demo') })).status).toBe(201);
});
