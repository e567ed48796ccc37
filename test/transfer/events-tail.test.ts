import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, test } from 'vitest';
import { runInside, runScim } from '../cli/run-scim.ts';
import { useLocalRun, user } from '../support/local-run.ts';
import { programArguments } from '../support/programs.ts';

const { run, ask } = useLocalRun({ directories: [{ id: 'one' }, { id: 'two' }] });
const folder = mkdtempSync(join(tmpdir(), 'rollcall-tail-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Starts `scim events tail` as a process, as in a terminal. */
const startTail = (...args: string[]) => {
  const child = spawn(process.execPath, [...programArguments('scim'), 'events', 'tail', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  createInterface(child.stdout).on('line', (line) => lines.push(line));
  const ended = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
  return { lines, ended, stop: () => child.kill('SIGINT') };
};

test('prints events of a directory and of some types as they happen, until Ctrl-C', async () => {
  const tail = startTail('--file', run().eventsFile, '--from-start', '--directory', 'two', '--type', 'user.*');
  const created = await ask('POST', '/Users', { directory: 'two', body: user('first') });
  await ask('POST', '/Users', { directory: 'one', body: user('elsewhere') });
  await ask('POST', '/Groups', { directory: 'two', body: { displayName: 'Group' } });
  await expect.poll(() => tail.lines).toHaveLength(1);
  await ask('PUT', `/Users/${created.json.id}`, { directory: 'two', body: user('first', { title: 'Boss' }) });
  await expect.poll(() => tail.lines).toHaveLength(2);
  expect(tail.lines[0]).toMatch(/^2\S+Z two user\.created first$/);
  expect(tail.lines[1]).toMatch(/^2\S+Z two user\.updated first: title$/);
  tail.stop();
  expect(await tail.ended).toBe(0);
});

test('--json prints events as a subscriber receives them, and --count stops after n events', async () => {
  const args = ['events', 'tail', '--file', run().eventsFile, '--from-start', '--count', '2', '--json'];
  const { code, out } = await runScim(args);
  expect(code).toBe(0);
  const events = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(events).toHaveLength(2);
  expect(events[0]).toMatchObject({ source: 'rollcall', 'detail-type': 'user.created', detail: { schemaVersion: 1 } });
});

test('waits for the rest of an incomplete line, and reads a replaced file from its beginning', async () => {
  const file = join(folder, 'events.ndjson');
  const line = (type: string) => `${JSON.stringify({ 'detail-type': type, detail: {} })}\n`;
  writeFileSync(file, line('a.before'));
  const tail = startTail('--file', file, '--from-start');
  await expect.poll(() => tail.lines).toEqual(['a.before']);
  const half = line('b.half');
  appendFileSync(file, half.slice(0, 9));
  appendFileSync(file, `${half.slice(9)}not json\n`);
  writeFileSync(`${file}.new`, line('c.replaced'));
  await expect.poll(() => tail.lines).toEqual(['a.before', 'b.half']);
  renameSync(`${file}.new`, file);
  await expect.poll(() => tail.lines).toEqual(['a.before', 'b.half', 'c.replaced']);
  tail.stop();
  expect(await tail.ended).toBe(0);
});

test('an event without a user or group has no empty subject, and the help lists only what the command takes', async () => {
  const file = join(folder, 'directories.ndjson');
  const changes = [{ path: 'tenant' }, { path: 'labels.plan' }];
  const detail = { directory: { id: 'acme' }, changes };
  const events = [
    { 'detail-type': 'directory.updated', detail },
    { 'detail-type': 'directory.paused', detail: { directory: { id: 'acme' }, reason: 'replay' } },
    { 'detail-type': 'user.updated', detail: { ...detail, user: { userName: 'ann' }, reason: 'import' } },
  ];
  writeFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  const { out } = await runScim(['events', 'tail', '--file', file, '--from-start', '--count', '3']);
  expect(out.trimEnd().split('\n')).toEqual([
    'acme directory.updated: tenant, labels.plan',
    'acme directory.paused (replay)',
    'acme user.updated ann: tenant, labels.plan (import)',
  ]);
  const help = (await runScim(['events', 'tail', '--help'])).out;
  expect(help).toContain('--stack');
  expect(help).not.toMatch(/--url|--sign/);
});

test('a missing source is a one-line error', async () => {
  const none = await runInside(['events', 'tail', '--file', join(folder, 'none')]);
  expect(none).toEqual({ code: 1, out: '', err: expect.stringMatching(/^error: No events file found: [^\n]+\n$/) });
  for (const [args, text] of [
    ['--url http://127.0.0.1:1', /Unknown option '--url'/],
    ['--stack Rollcall --from-start', /scim events replay/],
    ['--stack Rollcall --file events.ndjson', /not both/],
  ] as const) {
    const { code, err } = await runInside(['events', 'tail', ...args.split(' ')]);
    expect({ args, code, err }).toEqual({ args, code: 2, err: expect.stringMatching(text) });
  }
});
