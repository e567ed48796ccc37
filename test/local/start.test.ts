import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { startEngine } from '../../lib/local/engine.ts';
import { type Announced, readRunFile, type Started, startRun, temporaryFolder } from './run-process.ts';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const User = z.object({ id: z.string(), userName: z.string() });
const List = z.object({ totalResults: z.number(), Resources: z.array(User) });

const call = async ({ baseUrl }: Announced, token: string, path: string, body?: unknown) => {
  const response = await fetch(`${baseUrl}${path}`, {
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/scim+json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
};
const createUser = async (run: Announced, token: string, userName: string, more: object = {}) =>
  call(run, token, '/Users', { schemas: [USER], userName, ...more });
const listUsers = async (run: Announced, token: string) =>
  List.parse((await call(run, token, '/Users')).body).Resources.map((user) => user.userName);

const Event = z.looseObject({
  id: z.string(),
  'detail-type': z.string(),
  detail: z.looseObject({ eventId: z.string() }),
});
/** Reads the events of users; each directory also has a directory.connected event. */
const readEvents = (file: string) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Event.parse(JSON.parse(line)))
    .filter((event) => event['detail-type'].startsWith('user.'));

const stop = async ({ pid, exited, left }: Started) => {
  process.kill(pid, 'SIGTERM');
  await exited;
  await expect.poll(left).toEqual([]);
};

describe('the contract of npm start --json', () => {
  test('one line of JSON, two isolated directories, events as a subscriber receives them', async () => {
    const data = join(temporaryFolder(), 'new', 'data');
    const run = startRun({ args: ['--port', '0', '--data', data, '--json'] });
    const announced = await run.announced();
    const [demo, demo2] = announced.directories;
    expect(announced).toMatchObject({ directory: 'demo', token: demo?.token, eventsFile: join(data, 'events.ndjson') });
    expect(announced.directories.map(({ id }) => id)).toEqual(['demo', 'demo2']);
    expect(announced.baseUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/scim\/v2$/);
    expect(readRunFile(data).baseUrl).toBe(announced.baseUrl);
    expect(readEvents(announced.eventsFile)).toEqual([]);
    expect(statSync(join(data, 'tokens.json')).mode & 0o777).toBe(0o600);

    expect((await call(announced, 'scim_1_wrong', '/Users')).status).toBe(401);
    const made = await createUser(announced, announced.token, 'ann@example.com');
    expect(made.status).toBe(201);
    expect(await listUsers(announced, announced.token)).toEqual(['ann@example.com']);
    expect(await listUsers(announced, demo2?.token ?? '')).toEqual([]);
    await expect.poll(() => readEvents(announced.eventsFile).length).toBe(1);
    expect(readEvents(announced.eventsFile)[0]).toMatchObject({
      version: '0',
      'detail-type': 'user.created',
      source: 'rollcall',
      detail: { type: 'user.created', directory: { id: 'demo' }, user: { id: User.parse(made.body).id } },
    });

    await stop(run);
    const own = run
      .stdout()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('> '));
    expect(own).toHaveLength(1);
    expect(existsSync(join(data, 'run.json'))).toBe(false);
  });

  test('a second start finds the data, prints the same tokens and repeats no event', async () => {
    const data = temporaryFolder();
    const args = ['--port', '0', '--data', data, '--json'];
    const first = startRun({ args });
    const before = await first.announced();
    const names = Array.from({ length: 20 }, (_, i) => `user${i}@example.com`);
    await Promise.all(names.map((name) => createUser(before, before.token, name)));
    await expect.poll(() => readEvents(before.eventsFile).length).toBe(20);
    await stop(first);

    const second = startRun({ args });
    const after = await second.announced();
    expect(after.directories).toEqual(before.directories);
    expect((await listUsers(after, after.token)).toSorted()).toEqual(names.toSorted());
    await createUser(after, after.token, 'last@example.com');
    await expect.poll(() => readEvents(after.eventsFile).length).toBe(21);
    await stop(second);
    const ids = readEvents(after.eventsFile).map(({ detail }) => detail.eventId);
    expect(new Set(ids).size).toBe(21);
  });

  test('--settings creates exactly its directories, with their settings, and keeps their tokens', async () => {
    const folder = temporaryFolder();
    const settings = join(folder, 'settings.json');
    const directories = [{ id: 'acme', mode: 'rfc', tenant: 'org_42' }, { id: 'globex' }];
    writeFileSync(settings, JSON.stringify({ directories }));
    const args = ['--port', '0', '--data', join(folder, 'data'), '--json', '--settings', settings];
    const run = startRun({ args });
    const announced = await run.announced();
    expect(announced.directories.map(({ id }) => id)).toEqual(['acme', 'globex']);
    const [acme, globex] = announced.directories;
    const active = { active: 'True' }; // a boolean only under the dialect booleanString
    expect((await createUser(announced, acme?.token ?? '', 'a@example.com', active)).status).toBe(400);
    expect((await createUser(announced, globex?.token ?? '', 'a@example.com', active)).status).toBe(201);
    const admin = announced.baseUrl.replace('/v2', '/admin/directories');
    expect(await (await fetch(`${admin}/acme`)).json()).toMatchObject({ id: 'acme', tenant: 'org_42', mode: 'rfc' });
    expect((await fetch(`${admin}/demo`)).status).toBe(404);
    await stop(run);

    const again = startRun({ args });
    expect((await again.announced()).directories).toEqual(announced.directories);
    expect(again.stderr()).toContain('acme already exists');
    await stop(again);
  });

  test('a token that a crashed start created but did not save is replaced', async () => {
    const data = temporaryFolder();
    const args = ['--port', '0', '--data', data, '--json'];
    const first = startRun({ args });
    const lost = await first.announced();
    await stop(first);
    writeFileSync(join(data, 'tokens.json'), '{}');
    const second = startRun({ args });
    const announced = await second.announced();
    expect(announced.token).not.toBe(lost.token);
    expect(await listUsers(announced, announced.token)).toEqual([]);
    expect((await call(announced, lost.token, '/Users')).status).toBe(401);
    await stop(second);
  });

  test('--memory leaves nothing behind', async () => {
    const run = startRun({ args: ['--port', '0', '--memory', '--json'] });
    const announced = await run.announced();
    await createUser(announced, announced.token, 'ann@example.com');
    await expect.poll(() => readEvents(announced.eventsFile).length).toBe(1);
    await stop(run);
    expect(existsSync(join(announced.eventsFile, '..'))).toBe(false);
  });

  test("none of the developer's AWS settings reach the functions", async () => {
    const env = {
      AWS_PROFILE: 'missing',
      AWS_REGION: 'eu-west-1',
      AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true',
      AWS_USE_FIPS_ENDPOINT: 'true',
      AWS_USE_DUALSTACK_ENDPOINT: 'true',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_SESSION_TOKEN: 'secret',
    };
    const run = startRun({ args: ['--port', '0', '--memory', '--json'], env });
    const announced = await run.announced();
    expect((await createUser(announced, announced.token, 'ann@example.com')).status).toBe(201);
    await expect.poll(() => readEvents(announced.eventsFile).length).toBe(1);
    await stop(run);
  });

  test('DYNAMODB_ENDPOINT takes precedence over the embedded engine', async () => {
    const engine = await startEngine();
    onTestFinished(() => engine.stop());
    const data = temporaryFolder();
    const env = { DYNAMODB_ENDPOINT: engine.endpoint, ROLLCALL_ENGINE: '/nowhere' };
    const run = startRun({ args: ['--port', '0', '--data', data, '--json'], env });
    const announced = await run.announced();
    expect((await createUser(announced, announced.token, 'ann@example.com')).status).toBe(201);
    await stop(run);
    expect(readdirSync(data)).not.toContain('rollcall.db');
    const client = new DynamoDBClient({ endpoint: engine.endpoint, region: 'local' });
    const { Table } = await client.send(new DescribeTableCommand({ TableName: 'rollcall' }));
    expect(Table?.ItemCount).not.toBe(0);
  });
});

test('without --json it prints the base URL, tokens, a working curl command, and events as they are published', async () => {
  const data = temporaryFolder();
  const run = startRun({ args: ['--port', '0', '--data', data] });
  await expect.poll(run.stdout).toContain('Ctrl-C');
  const { baseUrl } = readRunFile(data);
  const tokens = z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(join(data, 'tokens.json'), 'utf8')));
  for (const part of [baseUrl, tokens.demo, tokens.demo2, data, 'events.ndjson', `curl ${baseUrl}/Users`])
    expect(run.stdout()).toContain(part);
  const body = /-d '(.*)'/.exec(run.stdout())?.[1] ?? '';
  const answer = await fetch(`${baseUrl}/Users`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${tokens.demo}`, 'Content-Type': 'application/scim+json' },
    body,
  });
  expect(answer.status).toBe(201);
  await expect.poll(run.stdout).toMatch(/\n\d\d:\d\d:\d\d demo user\.created ann@example\.com\n/);
  run.left();
  await stop(run);
});

describe('a run that cannot start prints one sentence, exits with 1 and leaves nothing running', () => {
  const fails = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const run = startRun({ args: ['--json', ...args], env, npm: false });
    expect(await run.exited).toBe(1);
    await expect.poll(run.left).toEqual([]);
    expect(run.stdout()).toBe('');
    expect(run.stderr().trimEnd().split('\n')).toHaveLength(1);
    return run.stderr();
  };
  test('a busy port', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const data = join(temporaryFolder(), 'data');
    expect(await fails(['--port', String(port), '--data', data])).toContain(`Port ${port} is in use`);
    expect(readdirSync(data)).toEqual([]);
  });

  test('a folder that is not writable', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, ''); // even root cannot write below a file
    expect(await fails(['--port', '0', '--data', join(file, 'data')])).toContain('is not writable (ENOTDIR)');
  });

  test('a missing engine, and one that does not start', async () => {
    expect(await fails(['--port', '0', '--memory'], { ROLLCALL_ENGINE: '/nowhere/engine' })).toMatch(
      /engine is missing \(\/nowhere\/engine\)/,
    );
    expect(await fails(['--port', '0', '--memory'], { ROLLCALL_ENGINE: '/dev/null' })).toContain('did not start');
    expect(await fails(['--port', '0', '--memory'], { DYNAMODB_ENDPOINT: 'http://127.0.0.1:1' })).toContain(
      'DynamoDB at http://127.0.0.1:1',
    );
  });

  test('a second run on the same data, while the first keeps running', async () => {
    const data = temporaryFolder();
    const first = startRun({ args: ['--port', '0', '--data', data, '--json'], npm: false });
    const announced = await first.announced();
    expect(await fails(['--port', '0', '--data', data])).toContain(`another run (process ${first.pid})`);
    expect(await listUsers(announced, announced.token)).toEqual([]);
    await stop(first);
  });

  test('an option that does not exist, and a directory that the admin API refuses', async () => {
    expect(await fails(['--prot', '1'])).toContain("'--prot'");
    const settings = join(temporaryFolder(), 'settings.json');
    writeFileSync(settings, '{"directories":[{"id":"acme","colour":"red"}]}');
    const message = await fails(['--port', '0', '--memory', '--settings', settings]);
    expect(message).toMatch(/^Cannot create the directory "acme": .*colour/);
    const role = { name: 'role', allowedValues: ['a', 'b'], default: 'c' };
    const schemas = [{ id: 'urn:ietf:params:scim:schemas:core:2.0:User', attributes: [role] }];
    writeFileSync(settings, JSON.stringify({ directories: [{ id: 'acme', schemas }] }));
    expect(await fails(['--port', '0', '--memory', '--settings', settings])).toBe(
      'Cannot create the directory "acme": schemas.0.attributes.0.default: role has a value that is not allowed: expected one of a, b.\n',
    );
  });
});

describe('shutdown ends every process of the run', () => {
  test.each<[string, (run: Started, node: number) => void]>([
    ['SIGTERM to npm', ({ pid }) => process.kill(pid, 'SIGTERM')],
    ['SIGINT to npm', ({ pid }) => process.kill(pid, 'SIGINT')],
    ['SIGTERM to the group', ({ pid }) => process.kill(-pid, 'SIGTERM')],
    ['SIGINT to the group', ({ pid }) => process.kill(-pid, 'SIGINT')],
    ['SIGTERM to node', (_run, node) => process.kill(node, 'SIGTERM')],
    [
      'SIGINT to node, twice',
      (_run, node) => {
        process.kill(node, 'SIGINT');
        process.kill(node, 'SIGINT');
      },
    ],
    ['SIGHUP to the group', ({ pid }) => process.kill(-pid, 'SIGHUP')],
    ['SIGKILL to npm', ({ pid }) => process.kill(pid, 'SIGKILL')],
    ['SIGKILL to node', (_run, node) => process.kill(node, 'SIGKILL')],
  ])('%s', async (how, end) => {
    const data = temporaryFolder();
    const run = startRun({ args: ['--port', '0', '--data', data, '--json'] });
    await run.announced();
    expect(run.left().length, 'npm, node, the engine and its guard').toBeGreaterThan(3);
    end(run, readRunFile(data).pid);
    await expect.poll(run.left).toEqual([]);
    expect(existsSync(join(data, 'lock')), 'only SIGKILL leaves a lock').toBe(how === 'SIGKILL to node');
  });

  test('a request that hangs does not delay shutdown', async () => {
    const run = startRun({ args: ['--port', '0', '--memory', '--json'] });
    const announced = await run.announced();
    const hanging = request(`${announced.baseUrl}/Users`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${announced.token}`,
        'Content-Type': 'application/scim+json',
        Expect: '100-continue',
      },
    });
    const cutOff = once(hanging, 'error');
    hanging.flushHeaders();
    await once(hanging, 'continue'); // the server has the request and waits for its body
    await stop(run);
    expect((await cutOff)[0]).toMatchObject({ code: 'ECONNRESET' });
  });
});
