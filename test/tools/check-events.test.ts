/** Runs `npm run check:events` as a separate process against a local run. */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ENTERPRISE, group, operations, USER, useLocalRun, user } from '../support/local-run.ts';
import { programArguments } from '../support/programs.ts';

const { run, ask, tokenOf, allTold } = useLocalRun({ directories: ['demo', 'demo2', 'marked'].map((id) => ({ id })) });
const folder = mkdtempSync(join(tmpdir(), 'rollcall-check-'));
afterAll(() => rmSync(folder, { recursive: true }));

const root = new URL('../..', import.meta.url).pathname;
const checkEvents = async (...options: readonly string[]) => {
  const command = [...programArguments('check-events'), ...options];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: root });
    return { code: 0, stdout, stderr: '' };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
};
/** Copies the run's folder with a changed events file. */
const tampered = (change: (lines: readonly string[]) => readonly string[]) => {
  for (const name of ['run.json', 'tokens.json'])
    copyFileSync(join(dirname(run().eventsFile), name), join(folder, name));
  const file = join(folder, 'events.ndjson');
  writeFileSync(file, change(readFileSync(run().eventsFile, 'utf8').trimEnd().split('\n')).join('\n'));
  return file;
};

beforeAll(async () => {
  const newUser = async (directory: string, i: number) => {
    const manager = { [ENTERPRISE]: { department: 'd', manager: { value: '26118915-6090-4610-87e4-49d8ca9f808d' } } };
    const body = user(`u${i}`, { schemas: [USER, ENTERPRISE], externalId: `x${i}`, password: 'geheim!', ...manager });
    const { json } = await ask('POST', '/Users', { directory, body });
    await ask('PATCH', `/Users/${json.id}`, {
      directory,
      body: operations({ op: 'replace', value: { active: i % 2 === 0, 'name.familyName': `F${i}` } }),
    });
    return String(json.id);
  };
  for (const directory of ['demo', 'demo2']) {
    const ids = await Promise.all(Array.from({ length: 30 }, (_, i) => newUser(directory, i)));
    const members = ids.slice(0, 10).map((value) => ({ value }));
    const created = await ask('POST', '/Groups', { directory, body: group('All', { members }) });
    const path = `/Groups/${created.json.id}`;
    const add = (value: string) => ({
      directory,
      body: operations({ op: 'add', path: 'members', value: [{ value }] }),
    });
    await Promise.all([
      ...ids.slice(10, 20).map((id) => ask('PATCH', path, add(id))),
      ...ids.slice(0, 5).map((id) => ask('DELETE', `/Users/${id}`, { directory })),
      ask('PATCH', path, { directory, body: operations({ op: 'remove', path: `members[value eq "${ids[7]}"]` }) }),
    ]);
    const inner = await ask('POST', '/Groups', { directory, body: group('Inner') });
    await ask('PATCH', path, add(String(inner.json.id)));
    const deleted = await ask('POST', '/Groups', { directory, body: group('Gone', { members: members.slice(6) }) });
    await ask('DELETE', `/Groups/${deleted.json.id}`, { directory });
  }
  await allTold('marked');
});

test('events and lists agree after parallel changes: exit code 0', async () => {
  expect(await checkEvents(run().eventsFile)).toMatchObject({
    code: 0,
    // 25 users and 2 groups in each, and 2 users that mark the end of the events
    stdout: expect.stringMatching(/^\d+ events, 3 directories, 56 resources, 0 differences\n$/),
  });
});

test('with options: only the directories with a token', async () => {
  const options = ['--base', run().baseUrl, '--token', `demo2=${tokenOf('demo2')}`];
  const { code, stdout } = await checkEvents(run().eventsFile, ...options);
  expect(code).toBe(0);
  expect(stdout).toMatch(/1 directory, 27 resources, 0 differences\nnot compared, no token: demo, marked\n$/);
});

test('a lost event and a wrong one are found: exit code 1 and one line for each', async () => {
  const isFirst = (line: string, type: string, all: readonly string[]) =>
    line === all.find((candidate) => candidate.includes(`"type":"${type}"`));
  const file = tampered((lines) =>
    lines
      .filter((line) => !isFirst(line, 'user.created', lines))
      .map((line) => (isFirst(line, 'group.created', lines) ? line.replace('"All"', '"Other"') : line)),
  );
  const { code, stdout } = await checkEvents(file);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^demo: user \S+: version 2 \(user\.\w+\), expected 1$/m);
  expect(stdout).toMatch(/^demo: group \S+: differs in displayName$/m);
});

test('a check that cannot run: exit code 2 and one sentence', async () => {
  expect(await checkEvents()).toMatchObject({ code: 2, stderr: expect.stringContaining('Pass the events file') });
  expect(await checkEvents(join(folder, 'none', 'events.ndjson'))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no such file'),
  });
  expect(await checkEvents(run().eventsFile, '--base', 'http://127.0.0.1:1')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Cannot reach http://127.0.0.1:1'),
  });
  expect(await checkEvents(run().eventsFile, '--token', tokenOf('demo'))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--token DIRECTORY=TOKEN'),
  });
});

test('no event of the run contains a password', () => {
  expect(readFileSync(run().eventsFile, 'utf8')).not.toMatch(/geheim|password/);
});

test('--help prints the usage', async () => {
  expect(await checkEvents('--help')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^npm run check:events -- /),
  });
});
