import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { FORMAT } from '../../lib/transfer/transfer-messages.ts';
import { runInside, runScim } from '../cli/run-scim.ts';
import { GROUP, USER, useLocalRun } from '../support/local-run.ts';
import { programArguments } from '../support/programs.ts';
import { useProxy } from '../support/proxy.ts';
import { groupLine, type Line, toFile, userLines } from './people.ts';

const ids = ['source', 'copy', 'kept', 'killed', 'dry', 'bad', 'twice', 'open', 'gone', 'chiefs', 'joined', 'marked'];
const { run, ask, tokenOf, events, allTold } = useLocalRun({
  directories: ids.map((id) => ({
    id,
    tenant: `org-${id}`,
    ...(id === 'open' ? { uniqueGroupNames: false } : {}),
    ...(id === 'joined' ? { defaultGroup: 'Everyone' } : {}),
  })),
});

const folder = mkdtempSync(join(tmpdir(), 'rollcall-transfer-'));
afterAll(() => rmSync(folder, { recursive: true }));
const pathOf = (name: string) => join(folder, name);
const fileOf = (name: string, lines: readonly unknown[]) => {
  writeFileSync(pathOf(name), toFile(lines));
  return pathOf(name);
};

/** In this process, twenty times as fast as a new one. Signals and pipes are tested with processes below, and by test/journey.sh. */
const scim = (...args: string[]) => runInside([...args, '--url', run().baseUrl]);
// biome-ignore lint/suspicious/noExplicitAny: as the command prints it
const json = (text: string): any => JSON.parse(text);
const importInto = async (directory: string, file: string, ...more: string[]) => {
  const { code, out, err } = await scim('import', directory, file, '--json', ...more);
  return { code, err, report: json(out) };
};
const exportOf = async (directory: string) => {
  const file = pathOf(`${directory}-${Math.random()}.ndjson`);
  expect(await scim('export', directory, '--out', file)).toMatchObject({ code: 0, err: '' });
  return readFileSync(file, 'utf8').trimEnd().split('\n').map(json);
};
/** Without `meta`, whose times and versions depend on when and how often a resource was written. */
const timeless = (lines: readonly Line[]) => lines.slice(1).map(({ meta: _, ...line }) => line);
/** A replacer for JSON.stringify that sorts keys. */
const sortedKeys = (_: string, value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
/** Comparable lines, with names in place of ids. */
const named = (lines: readonly Line[]) => {
  const names = new Map(lines.map(({ id, userName, displayName }) => [id, userName ?? displayName]));
  const members = (line: Line) =>
    Array.isArray(line.members) ? { members: line.members.map((m) => ({ ...m, value: names.get(m.value) })) } : {};
  const key = (line: object): string => JSON.stringify(line, sortedKeys);
  return timeless(lines)
    .map(({ id: _, ...line }) => ({ ...line, ...members(line as Line) }))
    .map((line) => ({ ...line, ...('members' in line ? { members: line.members.map(key).sort() } : {}) }))
    .map(key)
    .sort();
};
const eventsOf = (directory: string) => events().filter(({ detail }) => detail.directory.id === directory);
/** Waits for pending events, which are published after the response. */
const allEventsOf = async (directory: string) => {
  await allTold('marked');
  return eventsOf(directory);
};
const counts = (created: number, updated: number, unchanged: number, refused: number) => ({
  created,
  updated,
  unchanged,
  refused,
});

const people = userLines(320);
const [first, second] = people;
if (first === undefined || second === undefined) throw new Error('no people');
const inner = groupLine('Inner', people.slice(0, 300), { externalId: 'g-inner' });
const outer = groupLine('Outer', [inner, { value: first.id, display: 'The First' } as never, second]);
const empty = groupLine('Empty', []);
// The outer group comes before the one that it contains.
const source = [...people, outer, inner, empty];

describe('export and import', () => {
  test('a directory of several hundred users, nested groups and a group of 300 members is imported unchanged', async () => {
    const { code, err, report } = await importInto('source', fileOf('source.ndjson', source));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(report).toEqual({
      directory: 'source',
      dryRun: false,
      users: counts(320, 0, 0, 0),
      groups: counts(3, 0, 0, 0),
      memberships: { added: 303, removed: 0 },
      refused: 0,
      conflicts: 0,
      refusals: [],
    });
    const lines = await exportOf('source');
    expect(lines[0]).toMatchObject({
      format: FORMAT,
      version: 1,
      directory: { id: 'source', tenant: 'org-source', mode: 'tolerant' },
      counts: { users: 320, groups: 3 },
    });
    expect(lines.slice(1, 321).every(({ userName }) => userName !== undefined)).toBe(true);
    expect(JSON.stringify(lines)).not.toMatch(/\$ref|location|127\.0\.0\.1/);
    expect(named(lines)).toEqual(named([{ id: 'header' }, ...source.map((line) => typed(line))]));
  });

  test('an export imported into another directory is equal except for ids', async () => {
    const lines = await exportOf('source');
    const { code, report } = await importInto('copy', fileOf('copy.ndjson', lines));
    expect(code).toBe(0);
    expect(report).toMatchObject({ users: counts(320, 0, 0, 0), memberships: { added: 303, removed: 0 } });
    const copied = await exportOf('copy');
    expect(named(copied)).toEqual(named(lines));
    const before = new Set(lines.map(({ id }) => id));
    expect(copied.slice(1).filter(({ id }) => before.has(id))).toEqual([]);
  });

  test('events have the reason import and the actor admin', async () => {
    const published = await allEventsOf('copy');
    expect(published).toHaveLength(320 + 3 + 303);
    expect(new Set(published.map(({ detail }) => `${detail.reason} ${detail.actor.kind}`))).toEqual(
      new Set(['import admin']),
    );
  });

  test('a second import of the same file writes nothing and publishes no event', async () => {
    const [exported, published] = [await exportOf('copy'), await allEventsOf('copy')];
    const { code, report } = await importInto('copy', pathOf('copy.ndjson'));
    expect(code).toBe(0);
    expect(report).toMatchObject({
      users: counts(0, 0, 320, 0),
      groups: counts(0, 0, 3, 0),
      memberships: { added: 0, removed: 0 },
    });
    expect((await exportOf('copy')).slice(1)).toEqual(exported.slice(1));
    expect(await allEventsOf('copy')).toEqual(published);
  });

  test('existing resources that differ are replaced: attributes and members', async () => {
    const lines = await exportOf('copy');
    const changed = lines.map((line) => {
      if (line.userName === 'person5@example.com') return { ...line, title: 'Boss', name: undefined };
      if (line.displayName === 'Empty') return { ...line, members: [{ value: lines[1].id, display: 'X' }] };
      return line.displayName === 'Inner' ? { ...line, members: line.members.slice(1) } : line;
    });
    const file = fileOf('changed.ndjson', changed);
    const { report } = await importInto('copy', file);
    expect(report).toMatchObject({
      users: counts(0, 1, 319, 0),
      groups: counts(0, 0, 3, 0),
      memberships: { added: 1, removed: 1 },
    });
    expect(named(await exportOf('copy'))).toEqual(named(changed.map((line) => typed(line))));
  });

  test('a file without the key members leaves members alone', async () => {
    const before = await exportOf('copy');
    const silent = before.filter(({ displayName }) => displayName !== undefined).map(({ members: _, ...line }) => line);
    const { report } = await importInto('copy', fileOf('silent.ndjson', silent));
    expect(report).toMatchObject({ groups: counts(0, 0, 3, 0), memberships: { added: 0, removed: 0 } });
    expect((await exportOf('copy')).slice(1)).toEqual(before.slice(1));
  });
});

/** Adds types to members, as an export does. */
const typed = (line: Line): Line => {
  if (!Array.isArray(line.members)) return line;
  const members = line.members.map((m) => ({ ...m, type: m.value === inner.id ? 'Group' : 'User' }));
  const withType = line.members.length > 0 && line.members.every((m) => 'type' in m) ? line.members : members;
  return { ...line, members: withType };
};

describe('--keep-ids', () => {
  const small = userLines(12);
  const crew = groupLine('Crew', small);
  const lines = [...small, crew];

  test('resources have the ids of the file', async () => {
    const { code, report } = await importInto('kept', fileOf('kept.ndjson', lines), '--keep-ids');
    expect({ code, users: report.users }).toEqual({ code: 0, users: counts(12, 0, 0, 0) });
    const exported = await exportOf('kept');
    expect(new Set(exported.slice(1).map(({ id }) => id))).toEqual(new Set(lines.map(({ id }) => id)));
    expect((await importInto('kept', pathOf('kept.ndjson'), '--keep-ids')).report).toMatchObject({
      users: counts(0, 0, 12, 0),
      groups: counts(0, 0, 1, 0),
      memberships: { added: 0, removed: 0 },
    });
  });

  test('deleted resources are restored under their ids, and no sequence decreases', async () => {
    const before = await exportOf('kept');
    for (const { id, userName } of before.slice(1))
      expect(
        (await ask('DELETE', `/${userName === undefined ? 'Groups' : 'Users'}/${id}`, { directory: 'kept' })).status,
      ).toBe(204);
    expect((await exportOf('kept')).slice(1)).toEqual([]);
    const { report } = await importInto('kept', fileOf('before.ndjson', before), '--keep-ids');
    expect(report).toMatchObject({ users: counts(12, 0, 0, 0), memberships: { added: 12, removed: 0 } });
    expect(timeless(await exportOf('kept'))).toEqual(timeless(before));
    const published = await allEventsOf('kept');
    const last = new Map<string, string>();
    for (const { detail } of published.filter((event) => event['detail-type'].startsWith('user.'))) {
      expect(detail.sequence > (last.get(detail.user.id) ?? ''), `${detail.type} ${detail.sequence}`).toBe(true);
      last.set(detail.user.id, detail.sequence);
    }
    expect(new Set(published.map(({ detail }) => detail.eventId)).size).toBe(published.length);
  });

  test('an id that is invalid, missing or of another type is refused', async () => {
    const [one] = small;
    const bad = [
      { schemas: [USER], id: 'no-id', userName: 'a1' },
      { schemas: [USER], userName: 'a2' },
      { schemas: [USER], id: crew.id, userName: 'a3' },
      { schemas: [USER], id: '6F9619FF-8B86-4011-B42D-00CF4FC964FF', userName: 'a4' },
      { schemas: [USER], id: '6f9619ff-8b86-1011-b42d-00cf4fc964ff', userName: 'a5' },
      { ...userLines(1)[0], userName: one?.userName },
    ];
    const { code, report, err } = await importInto('kept', fileOf('bad-ids.ndjson', bad), '--keep-ids');
    expect(code).toBe(1);
    expect(report.users).toEqual(counts(0, 0, 0, 6));
    expect(report.conflicts).toBe(2);
    const lineOf = (n: number) => report.refusals.find(({ line }: { line: number }) => line === n).detail;
    expect(lineOf(1)).toMatch(/UUID/);
    expect(lineOf(2)).toMatch(/id is missing/);
    expect(lineOf(3)).toMatch(/taken by an existing group/);
    expect(lineOf(4)).toMatch(/UUID/);
    expect(lineOf(5)).toMatch(/UUID/);
    expect(lineOf(6)).toMatch(/userName .* is taken/);
    expect(JSON.parse(err)).toEqual({ error: { code: 'failed', message: '6 refusals.' } });
  });

  test('ids of a directory that still exists are refused', async () => {
    const { code, err } = await scim('import', 'gone', pathOf('before.ndjson'), '--keep-ids');
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(/^error: Directory kept already uses these ids/),
    });
  });

  test('an id sent by a SCIM client is ignored', async () => {
    const id = '6f9619ff-8b86-4011-b42d-00cf4fc964ff';
    const body = { schemas: [USER], id, userName: 'client' };
    const created = await ask('POST', '/Users', { directory: 'gone', body });
    expect(created.status).toBe(201);
    expect(created.json.id).not.toBe(id);
  });
});

test('a dry run predicts the outcome and writes nothing', async () => {
  const lines = userLines(6);
  await importInto('dry', fileOf('dry.ndjson', [...lines.slice(0, 4), groupLine('Team', lines.slice(0, 2))]));
  const before = await exportOf('dry');
  const [a, b, c, , e, f] = lines;
  const wanted = [
    a,
    { ...b, title: 'New' },
    // Matched by externalId, but the name belongs to another user.
    { ...c, userName: 'person3@example.com' },
    e,
    f,
    groupLine('Team', [lines[0] as Line, lines[4] as Line, { value: 'missing' }]),
    { schemas: [USER], id: 'x', displayName: 'bad' },
  ];
  const { code, report, err } = await importInto('dry', fileOf('dry2.ndjson', wanted), '--dry-run');
  expect(code).toBe(1);
  expect(report).toMatchObject({
    dryRun: true,
    users: counts(2, 1, 1, 2),
    groups: counts(0, 0, 1, 0),
    memberships: { added: 1, removed: 1 },
    conflicts: 1,
    refused: 3,
  });
  expect(JSON.parse(err)).toEqual({ error: { code: 'failed', message: '3 refusals.' } });
  const printed = await runInside(['import', 'dry', pathOf('dry2.ndjson'), '--dry-run', '--url', run().baseUrl]);
  expect(printed.err).toMatch(
    /^line 3: userName "person3@example.com" is taken by an existing user .*\nline 6: .*missing\nline 7: .*\nerror: 3 refusals\. See the lines listed above\.\n$/,
  );
  expect((await exportOf('dry')).slice(1)).toEqual(before.slice(1));

  const real = (await importInto('dry', pathOf('dry2.ndjson'))).report;
  const { dryRun: _, refusals: predicted, ...expected } = report;
  const { dryRun: __, refusals: actual, ...result } = real;
  expect(result).toEqual(expected);
  expect(actual.map(({ line }: { line: number }) => line)).toEqual(predicted.map(({ line }: { line: number }) => line));
});

test('lines that cannot be imported are reported; the others are imported', async () => {
  const [good] = userLines(1);
  const lines = [
    '{"schemas": [',
    '[]',
    JSON.stringify({ userName: 'untyped' }),
    '',
    JSON.stringify(good),
    JSON.stringify({ ...good, id: 'again' }),
    JSON.stringify({ schemas: [USER], displayName: 'nameless' }),
    JSON.stringify({ schemas: [USER], userName: 'long', title: 'x'.repeat(4 * 1024 * 1024) }),
  ];
  writeFileSync(pathOf('bad.ndjson'), lines.join('\n'));
  const { code, out, err } = await scim('import', 'bad', pathOf('bad.ndjson'));
  expect(code).toBe(1);
  expect(out).toMatch(/users {8}1 created, 0 updated, 0 unchanged, 2 refused\n/);
  expect(err.trimEnd().split('\n')).toEqual([
    'line 1: not a JSON object',
    'line 2: not a JSON object',
    expect.stringMatching(/^line 3: neither meta\.resourceType nor schemas/),
    'line 6: externalId is already used in line 5',
    'line 7: userName is required: provide a value.',
    'line 8: exceeds the size limit of an import request',
    'error: 6 refusals. See the lines listed above.',
  ]);
});

test('invalid members are refused, never ignored', async () => {
  const user = { schemas: [USER], id: 'u1', userName: 'member@example.com' };
  const group = (displayName: string, members: unknown) => ({ schemas: [GROUP], displayName, members });
  const people = fileOf('members.ndjson', [user, group('No id', [{ value: 'u1' }])]);
  expect(await importInto('bad', people)).toMatchObject({ code: 0, report: { memberships: { added: 1, removed: 0 } } });
  expect((await importInto('bad', people)).report).toMatchObject({
    groups: counts(0, 0, 1, 0),
    memberships: { added: 0, removed: 0 },
  });

  const strange = [[{ value: 5 }], ['u1'], { value: 'u1' }].map((members) => group('No id', members));
  const file = fileOf('strange.ndjson', [{ ...user, id: 7 }, ...strange, group('No id', [{ value: 'missing' }])]);
  const { code, report } = await importInto('bad', file, '--dry-run');
  expect(code).toBe(1);
  expect(report.refusals.map(({ detail }: { detail: string }) => detail)).toEqual([
    'id must be a string',
    'members[0].value must be a non-empty string',
    'members[0].value must be a non-empty string',
    'members must be an array',
    'members were not imported: missing',
  ]);
});

test('groups of the same name are distinguished by externalId, where names may be shared', async () => {
  const namesakes = (externalIds: readonly string[]) =>
    externalIds.map((externalId) => groupLine('Twins', [], { externalId }));
  const forty = fileOf('twins.ndjson', namesakes(Array.from({ length: 40 }, (_, i) => `twin${i}`)));
  expect((await importInto('open', forty)).report.groups).toEqual(counts(40, 0, 0, 0));
  expect((await importInto('open', forty)).report.groups).toEqual(counts(0, 0, 40, 0));
  await importInto('open', fileOf('more.ndjson', [groupLine('Lone', [])]));
  const lone = namesakes(['x', 'y']).map((line) => ({ ...line, displayName: 'Lone' }));
  expect((await importInto('open', fileOf('lone.ndjson', lone))).report.groups).toEqual(counts(1, 1, 0, 0));
  const third = await importInto('open', fileOf('third.ndjson', [groupLine('Twins', [])]));
  expect(third.report).toMatchObject({ groups: counts(0, 0, 0, 1), conflicts: 1 });
  const same = await importInto('open', fileOf('same.ndjson', [groupLine('One', []), groupLine('ONE', [])]));
  expect(same.report.refusals).toEqual([{ line: 2, detail: 'displayName is already used in line 1', conflict: true }]);
});

describe('an import killed half way', () => {
  const proxy = useProxy(() => new URL(run().baseUrl).origin);
  const many = userLines(300);
  const lines = [...many, groupLine('All', many), groupLine('Some', many.slice(0, 40))];

  /** Kills the import at its `count`th request to `path`. The server completes that request and receives no more. */
  const killAt = async (file: string, path: string, count: number) => {
    const url = `${proxy.origin()}/scim/v2`;
    const child = spawn(process.execPath, [...programArguments('scim'), 'import', 'killed', file, '--url', url], {
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
    const forwarded: Promise<unknown>[] = [];
    proxy.meddle((request, forward) => {
      if (!new URL(request.path, url).pathname.endsWith(path)) return forward();
      if (forwarded.length === count) return new Promise(() => {});
      const answer = forward();
      forwarded.push(answer);
      if (forwarded.length === count) child.kill('SIGKILL');
      return answer;
    });
    expect(await ended).toBe('SIGKILL');
    await Promise.all(forwarded);
  };

  test('completes when run again, without duplicates', async () => {
    const file = fileOf('killed.ndjson', lines);
    // The groups come first, without members, then users in batches.
    await killAt(file, '/import', 3);
    const reached = (await ask('GET', '/Users?count=0', { directory: 'killed' })).json.totalResults;
    expect(reached).toBe(100);
    await killAt(file, '/import/memberships', 1);
    const { code, report } = await importInto('killed', file);
    expect({ code, report }).toMatchObject({
      code: 0,
      report: { users: counts(0, 0, 300, 0), groups: { created: 0 }, refused: 0 },
    });
    const exported = await exportOf('killed');
    expect(exported[0].counts).toEqual({ users: 300, groups: 2 });
    expect(named(exported)).toEqual(named([{ id: 'header' }, ...lines.map((line) => typed(line))]));
    expect(new Set(exported.map(({ userName, displayName }) => userName ?? displayName)).size).toBe(303);
  });
});

describe('managers', () => {
  const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
  test('are translated to the ids of the directory', async () => {
    const [a, b, c, d] = userLines(4) as [Line, Line, Line, Line];
    const under = (line: Line, chief: Line | { id: string }) => ({
      ...line,
      [ENTERPRISE]: { manager: { value: chief.id } },
    });
    // A chain whose end comes last, and two users who manage each other.
    const lines = [under(a, b), under(b, c), under(c, d), under(d, c)];
    const file = fileOf('chiefs.ndjson', lines);
    const { report } = await importInto('chiefs', file);
    expect(report).toMatchObject({ users: { created: 4 }, refused: 0 });
    const exported = (await exportOf('chiefs')).slice(1);
    const idOf = (line: Line) => exported.find(({ userName }) => userName === line.userName);
    for (const [one, chief] of [
      [a, b],
      [b, c],
      [c, d],
      [d, c],
    ] as const)
      expect(idOf(one)[ENTERPRISE].manager.value).toBe(idOf(chief).id);
    expect((await importInto('chiefs', file)).report.users).toEqual(counts(0, 0, 4, 0));
  });
});

test('new users join the default group, which is restored under its own id', async () => {
  const file = fileOf('joined.ndjson', userLines(5));
  const predicted = (await importInto('joined', file, '--dry-run')).report;
  expect(predicted).toMatchObject({ users: counts(5, 0, 0, 0), refused: 0 });
  expect((await exportOf('joined')).slice(1)).toEqual([]);
  await importInto('joined', file);
  const before = await exportOf('joined');
  expect(before.at(-1)).toMatchObject({ displayName: 'Everyone', members: { length: 5 } });
  for (const { id, userName } of before.slice(1))
    await ask('DELETE', `/${userName === undefined ? 'Groups' : 'Users'}/${id}`, { directory: 'joined' });
  const { code } = await importInto('joined', fileOf('joined-before.ndjson', before), '--keep-ids');
  expect(code).toBe(0);
  expect(timeless(await exportOf('joined'))).toEqual(timeless(before));
});

describe('scim export', () => {
  const proxy = useProxy(() => new URL(run().baseUrl).origin);
  test('an incomplete file is removed, also on interruption', async () => {
    const url = `${proxy.origin()}/scim/v2`;
    const args = ['export', 'copy', '--out', pathOf('interrupted.ndjson'), '--url', url];
    const child = spawn(process.execPath, [...programArguments('scim'), ...args], { stdio: 'ignore' });
    const ended = once(child, 'exit');
    let existed = false;
    proxy.meddle((request, forward) => {
      if (!request.path.includes('/export/Users')) return forward();
      existed = readdirSync(folder).some((name) => /^interrupted\.ndjson\.[\w-]{36}\.part$/.test(name));
      child.kill('SIGINT');
      return new Promise(() => {});
    });
    expect(await ended).toEqual([null, 'SIGINT']);
    expect(existed).toBe(true);
    expect(readdirSync(folder).filter((name) => name.startsWith('interrupted'))).toEqual([]);
  });

  test('writes only the lines to standard output, and a file readable only by its owner', async () => {
    const { code, out, err } = await scim('export', 'dry');
    expect({ code, err }).toEqual({
      code: 0,
      err: expect.stringMatching(/^Exported \d+ users?, \d+ groups? and \d+ memberships?\.\n$/),
    });
    expect(out.trimEnd().split('\n').map(json)).toHaveLength((await exportOf('dry')).length);
    const file = pathOf('owner.ndjson');
    expect(json((await scim('export', 'dry', '--out', file, '--json')).out)).toMatchObject({ file, groups: 1 });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('follows a symbolic link, and does not replace what is not a file', async () => {
    writeFileSync(pathOf('target.ndjson'), '');
    symlinkSync(pathOf('target.ndjson'), pathOf('link.ndjson'));
    expect((await scim('export', 'dry', '--out', pathOf('link.ndjson'))).code).toBe(0);
    expect(lstatSync(pathOf('link.ndjson')).isSymbolicLink()).toBe(true);
    expect(json(readFileSync(pathOf('target.ndjson'), 'utf8').split('\n')[0] ?? '')).toMatchObject({ format: FORMAT });
    expect(await scim('export', 'dry', '--out', folder)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error: Cannot write /),
    });
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('writes through no link and into no file that stands where its part would', async () => {
    const victim = pathOf('victim');
    writeFileSync(victim, 'precious');
    symlinkSync(victim, pathOf('safe.ndjson.part'));
    expect((await scim('export', 'dry', '--out', pathOf('safe.ndjson'))).code).toBe(0);
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect(lstatSync(pathOf('safe.ndjson')).isFile()).toBe(true);
    rmSync(pathOf('safe.ndjson.part'));
    writeFileSync(pathOf('safe.ndjson.part'), 'of another user', { mode: 0o666 });
    expect((await scim('export', 'dry', '--out', pathOf('safe.ndjson'))).code).toBe(0);
    expect(readFileSync(pathOf('safe.ndjson.part'), 'utf8')).toBe('of another user');
    expect(statSync(pathOf('safe.ndjson')).mode & 0o777).toBe(0o600);
    rmSync(pathOf('safe.ndjson.part'));
  });

  test.skipIf(!existsSync('/dev/full'))('reports a full disk', async () => {
    symlinkSync('/dev/full', pathOf('full'));
    const full = { code: 1, err: expect.stringMatching(/^error: Cannot write .*ENOSPC/) };
    expect(await scim('export', 'dry', '--out', pathOf('full'))).toMatchObject(full);
    const shell = 'node --import tsx bin/scim.ts --help >/dev/full';
    expect(spawnSync('sh', ['-c', shell], { encoding: 'utf8' })).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^error: Cannot write to standard output: [^\n]+\n$/),
    });
  });

  test('exports any SCIM server by URL and token', async () => {
    const file = pathOf('by-scim.ndjson');
    const ran = await runScim(['export', '--url', run().baseUrl, '--token', tokenOf('copy'), '--out', file]);
    expect(ran).toMatchObject({ code: 0, err: '' });
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n').map(json);
    expect(lines[0]).toMatchObject({ format: FORMAT, counts: { users: 320, groups: 3 } });
    expect(lines.slice(1)).toEqual((await exportOf('copy')).slice(1));
  });

  test('reports an unknown directory, an unwritable file and a wrong token', async () => {
    expect(await scim('export', 'missing')).toEqual({
      code: 1,
      out: '',
      err: 'error: There is no directory missing.\n',
    });
    const nowhere = await scim('export', 'dry', '--out', pathOf('no/such/folder'));
    expect(nowhere).toEqual({ code: 1, out: '', err: expect.stringMatching(/^error: Cannot write [^\n]+\n$/) });
    const wrong = await runScim(['export', '--url', run().baseUrl, '--token', 'wrong']);
    expect(wrong).toMatchObject({ code: 1, err: expect.stringMatching(/^error: .*401/) });
  });
});

describe('scim import', () => {
  test('the copy of standard input is removed, also on interruption', async () => {
    const TMPDIR = mkdtempSync(join(folder, 'tmp-'));
    const child = spawn(process.execPath, [...programArguments('scim'), 'import', 'dry', '-'], {
      env: { PATH: process.env.PATH, TMPDIR },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const kept = () => readdirSync(TMPDIR, { recursive: true }).filter((name) => String(name).includes('scim-import-'));
    child.stdin.write('{}\n');
    await expect.poll(kept).toContainEqual(expect.stringMatching(/input\.ndjson$/));
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([null, 'SIGINT']);
    expect(kept()).toEqual([]);
  });

  test('reports a missing file, an unknown directory and a later format', async () => {
    const missing = await scim('import', 'dry', pathOf('none'));
    expect(missing).toEqual({ code: 1, out: '', err: expect.stringMatching(/^error: Cannot read [^\n]+\n$/) });
    const unknown = await scim('import', 'missing', pathOf('dry.ndjson'));
    expect(unknown).toMatchObject({ code: 1, err: expect.stringMatching(/^error: There is no directory missing\./) });
    const later = fileOf('later.ndjson', [{ format: FORMAT, version: 2, exportedAt: 'x' }]);
    expect(await scim('import', 'dry', later)).toMatchObject({ code: 1, err: expect.stringMatching(/version 2/) });
  });

  test('--create creates the directory with the settings of the file', async () => {
    const file = fileOf('create.ndjson', await exportOf('joined'));
    expect((await importInto('made', file, '--create')).code).toBe(0);
    const [header, ...lines] = await exportOf('made');
    expect(header.directory).toMatchObject({ id: 'made', tenant: 'org-joined', defaultGroup: 'Everyone' });
    expect(named([header, ...lines])).toEqual(named(await exportOf('joined')));
  });
});
