/** Files that an import reads, converts or refuses as a whole. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runInside } from '../cli/run-scim.ts';
import { ENTERPRISE, USER, useLocalRun } from '../support/local-run.ts';
import { groupLine, type Line, toFile, userLines } from './people.ts';

const BADGES = 'urn:example:Badges';
const badges = {
  id: BADGES,
  name: 'Badges',
  attributes: [
    { name: 'number', type: 'integer' },
    { name: 'visitor', type: 'boolean' },
    { name: 'floors', type: 'string', multiValued: true },
  ],
};
const { run, ask } = useLocalRun({
  directories: [
    { id: 'deep' },
    { id: 'one' },
    { id: 'two' },
    { id: 'empty' },
    { id: 'csv', schemas: [badges], schemaExtensions: [{ resourceType: 'User', schema: BADGES, required: false }] },
  ],
});
const folder = mkdtempSync(join(tmpdir(), 'rollcall-formats-'));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const scim = (...args: string[]) => runInside([...args, '--url', run().baseUrl]);
const totalOf = async (directory: string) => (await ask('GET', '/Users?count=0', { directory })).json.totalResults;
const userNamed = async (directory: string, name: string) => {
  const { json } = await ask('GET', `/Users?filter=${encodeURIComponent(`userName eq "${name}"`)}`, { directory });
  return json.Resources[0];
};

test('a line nested 5,000 levels deep is refused, and the others are imported', async () => {
  const deep = '{"a":'.repeat(5000) + 1 + '}'.repeat(5000);
  const nested = `{"schemas":["${USER}"],"userName":"deep","title":${'['.repeat(5000)}${']'.repeat(5000)}}`;
  const file = write('deep.ndjson', `${toFile(userLines(2))}${deep}\n${nested}\n`);
  const { code, out, err } = await scim('import', 'deep', file);
  expect({ code, err }).toEqual({
    code: 1,
    err: 'line 3: nested more than 32 levels deep\nline 4: nested more than 32 levels deep\nerror: 2 refusals. See the lines listed above.\n',
  });
  expect(out).toMatch(/users {8}2 created/);
});

test('such a line is refused by the API as well', async () => {
  const lines = ['{"a":'.repeat(5000) + 1 + '}'.repeat(5000), JSON.stringify(userLines(1)[0])];
  const url = run().baseUrl.replace(/\/v2$/, '/admin/directories/deep/import?dryRun=true');
  const headers = { 'content-type': 'application/x-ndjson' };
  const response = await fetch(url, { method: 'POST', headers, body: lines.join('\n') });
  expect([response.status, await response.json()]).toMatchObject([
    200,
    { results: [{ outcome: 'refused', status: 400, detail: 'nested more than 32 levels deep' }, {}] },
  ]);
});

describe('a file that is none', () => {
  test.each([
    ['', /is empty: expected one SCIM resource as JSON per line/],
    ['\n \n\ufeff\n', /is empty/],
    [`userName,title\nann,x\nbob,y\n`, /no line is a JSON object: expected .*pass --format csv/],
    ['[]', /no line is a JSON object/],
  ])('%j says once what is expected', async (text, expected) => {
    const { code, out, err } = await scim('import', 'empty', write('none.ndjson', text));
    expect({ code, out, lines: err.trim().split('\n').length }).toEqual({ code: 1, out: '', lines: 1 });
    expect(err).toMatch(expected);
  });

  test('the export of an empty directory is imported', async () => {
    const file = join(folder, 'nothing.ndjson');
    expect((await scim('export', 'empty', '--out', file)).code).toBe(0);
    expect(await scim('import', 'empty', file)).toMatchObject({ code: 0, err: '' });
  });
});

describe('--keep-ids never puts one id into two directories', () => {
  const people = userLines(4);
  const lines = [...people, groupLine('Crew', people)];
  const refused = { code: 1, out: '', err: expect.stringMatching(/^error: Directory one already uses these ids/) };

  test('with and without the header line, whichever line is shared', async () => {
    expect((await scim('import', 'one', write('one.ndjson', toFile(lines)), '--keep-ids')).code).toBe(0);
    const file = join(folder, 'exported.ndjson');
    expect((await scim('export', 'one', '--out', file)).code).toBe(0);
    expect(await scim('import', 'two', file, '--keep-ids')).toEqual(refused);
    const headless = readFileSync(file, 'utf8').split('\n').slice(1).join('\n');
    expect(await scim('import', 'two', write('headless.ndjson', headless), '--keep-ids')).toEqual(refused);
    const others = userLines(30);
    const mixed = [...others, lines.at(-1) as Line];
    expect(await scim('import', 'two', write('mixed.ndjson', toFile(mixed)), '--keep-ids')).toEqual(refused);
    expect(await totalOf('two')).toBe(0);
    expect((await scim('import', 'two', write('others.ndjson', toFile(others)), '--keep-ids')).code).toBe(0);
    expect((await scim('import', 'one', file, '--keep-ids')).code).toBe(0);
  });
});

describe('--format csv', () => {
  const importCsv = async (text: string, ...more: string[]) => {
    const ran = await scim('import', 'csv', write('people.csv', text), '--format', 'csv', ...more);
    return { ...ran, err: ran.err.trim() };
  };

  test('a header row of SCIM paths', async () => {
    const header = [
      'userName',
      'externalId',
      'active',
      'name.givenName',
      'emails[type eq "work"].value',
      'emails[type eq "work"].primary',
      'emails[type eq "home"].value',
      `${ENTERPRISE}:department`,
      `${ENTERPRISE}:manager`,
      `${BADGES}:number`,
      `${BADGES}:visitor`,
      `${BADGES}:floors`,
    ].map((path) => `"${path.replaceAll('"', '""')}"`);
    const rows = [
      'ann,1,TRUE,Ann,ann@work.example,true,ann@home.example,Sales,,42,false,3',
      'bob,2,false,"Bob ""B"", the\r\n2nd",,,,,,,,',
    ];
    const { code, out, err } = await importCsv(`\ufeff${[header.join(','), ...rows].join('\r\n')}\r\n`);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/users {8}2 created/);
    expect(await userNamed('csv', 'ann')).toMatchObject({
      externalId: '1',
      active: true,
      name: { givenName: 'Ann' },
      emails: [
        { value: 'ann@work.example', type: 'work', primary: true },
        { value: 'ann@home.example', type: 'home' },
      ],
      [ENTERPRISE]: { department: 'Sales' },
      [BADGES]: { number: 42, visitor: false, floors: ['3'] },
    });
    const bob = await userNamed('csv', 'bob');
    expect(bob).toMatchObject({ active: false, name: { givenName: 'Bob "B", the\r\n2nd' } });
    expect(Object.keys(bob).sort()).toEqual(['active', 'externalId', 'id', 'meta', 'name', 'schemas', 'userName']);
  });

  test('--map names the path of a column, or ignores the column; refusals name the line of the file', async () => {
    const text = 'Login,First name,a=b,Notes\ncarl,Carl,Boss,x\n\n"dora\n",Dora,,\neve,Eve,,"two\nlines"\neve,Eva,,\n';
    const map = ['Login=userName', 'First name=name.givenName', 'a=b=title', 'Notes='].flatMap((one) => ['--map', one]);
    const { code, out, err } = await importCsv(text, ...map);
    expect(code).toBe(1);
    expect(out).toMatch(/users {8}2 created, 0 updated, 0 unchanged, 1 refused/);
    expect(err.split('\n').map((line) => line.replace(/:.*/, ''))).toEqual(['line 4', 'line 8', 'error']);
    expect(err).toMatch(/line 8: userName is already used in line 6/);
    expect(await userNamed('csv', 'carl')).toMatchObject({ name: { givenName: 'Carl' }, title: 'Boss' });
  });

  test.each<[string, string[], RegExp]>([
    ['', [], /is empty: expected a header row of SCIM paths such as userName/],
    ['userName\n', [], /header row and no users/],
    ['userName;title\nann;x', [], /"userName;title" is no path of an attribute.*expected a header row/],
    ['title\nx', [], /no column userName/],
    ['userName,nickname,NickName\na,b,c', [], /columns "nickname" and "NickName" are the same attribute/],
    ['userName,emails.value,emails\na,b,c', [], /are the same attribute/],
    ['userName,meta.created\na,b', [], /meta.created is read-only/],
    ['userName,name\na,b', [], /name has several parts/],
    ['userName,"emails[value co ""x""].type"\na,b', [], /may use eq and and only/],
    [`userName,${ENTERPRISE}\na,b`, [], /is a schema/],
    ['userName\na', ['--map', 'Login=userName'], /no column "Login"/],
    ['userName,title\na', [], /not valid CSV: .* on line 2/],
    ['userName\n"a', [], /not valid CSV: .*line 2/],
    ['userName\na"b', [], /not valid CSV: .*line 2/],
  ])('%j is refused as a whole', async (text, more, expected) => {
    const before = await totalOf('csv');
    const { code, out, err } = await importCsv(text, ...more);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(expected);
    expect(err.split('\n')).toHaveLength(1);
    expect(await totalOf('csv')).toBe(before);
  });

  test('usage', async () => {
    const file = write('usage.csv', 'userName\nx\n');
    expect(await scim('import', 'csv', file, '--map', 'a=b')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/--map requires/),
    });
    expect(await scim('import', 'csv', file, '--format', 'csv', '--map', 'a')).toMatchObject({ code: 2 });
    expect(await scim('import', 'csv', file, '--format', 'xml')).toMatchObject({ code: 2 });
    expect(await scim('import', 'csv', join(folder, 'absent.csv'), '--format', 'csv')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error: Cannot read /),
    });
  });
});
