/** `scim events ...` against a local run that forwards what it tells to a subscriber. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SubscribedEvent } from '../../lib/subscriber/apply-event.ts';
import { subscribe, toDirectory } from '../subscriber/subscriber.ts';
import { group, operations, useLocalRun, user } from '../support/local-run.ts';
import { compareDirectory } from '../tools/compare-directory.ts';
import { runInside } from './run-scim.ts';

type Detail = SubscribedEvent & { readonly eventId: string; readonly reason: string };
const received: Detail[] = [];
const collector = createServer({ keepAliveTimeout: 0 }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    received.push((JSON.parse(Buffer.concat(chunks).toString('utf8')) as { detail: Detail }).detail);
    response.writeHead(204).end();
  });
});
await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
afterAll(() => {
  collector.closeAllConnections();
  collector.close();
});
const forward = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
const { run, ask, events } = useLocalRun({ options: ['--forward', forward] });

const scim = (...args: string[]) => runInside(['events', ...args, '--url', run().baseUrl]);
const json = async (...args: string[]) => {
  const { code, out, err } = await scim(...args, '--json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out) as Record<string, unknown>;
};
const list = async (endpoint: 'Users' | 'Groups') => (await ask('GET', `/${endpoint}?count=200`)).json.Resources;
const told = (reason: string) => received.filter((detail) => detail.reason === reason);
const ofFile = (directory: string) => events().filter(({ detail }) => detail.directory.id === directory);

beforeAll(async () => {
  for (const directory of ['demo', 'demo2']) {
    const made = await Promise.all(
      Array.from({ length: 12 }, (_, i) => ask('POST', '/Users', { directory, body: user(`u${i}`) })),
    );
    const members = made.slice(0, 4).map(({ json: { id } }) => ({ value: String(id) }));
    const outer = await ask('POST', '/Groups', { directory, body: group('Outer', { members }) });
    const inner = await ask('POST', '/Groups', { directory, body: group('Inner', { members: members.slice(2) }) });
    const path = `/Groups/${outer.json.id}`;
    const body = operations({ op: 'add', path: 'members', value: [{ value: inner.json.id, type: 'Group' }] });
    await ask('PATCH', path, { directory, body });
    await ask('DELETE', `/Users/${members[0]?.value}`, { directory });
  }
});
// The first: each directory is connected.
const EACH = 1 + 12 + 2 + 4 + 2 + 1 + 2;
const settled = () => expect.poll(() => [ofFile('demo').length, ofFile('demo2').length]).toEqual([EACH, EACH]);

describe('replay', () => {
  const replay = (...args: string[]) => scim('replay', '--file', run().eventsFile, '--json', ...args);
  const lines = (out: string) => (out === '' ? [] : out.trimEnd().split('\n'));

  test('tells what was asked for with reason replay, and shows as many lines as the file has', async () => {
    await settled();
    received.length = 0;
    const { code, out } = await replay('--since', '5m', '--directory', 'demo');
    expect(code).toBe(0);
    expect(lines(out)).toHaveLength(EACH);
    await expect.poll(() => told('replay').length).toBe(EACH);
    expect(new Set(told('replay').map(({ eventId }) => eventId))).toEqual(
      new Set(ofFile('demo').map(({ detail }) => detail.eventId)),
    );
    expect(events()).toHaveLength(2 * EACH);
  });

  test('by type and by time', async () => {
    await settled();
    expect(lines((await replay('--since', '5m', '--type', 'user.deleted')).out)).toHaveLength(2);
    expect(lines((await replay('--since', '5m', '--until', '4m')).out)).toEqual([]);
    expect(lines((await replay('--since', '2020-01-01T00:00:00Z')).out)).toHaveLength(2 * EACH);
  });

  test('a window that ends before it begins, and a time that is none, are refused', async () => {
    expect(await replay('--since', '4m', '--until', '5m')).toMatchObject({ code: 1, err: /since: must be before/ });
    expect(await replay('--since', 'yesterday')).toMatchObject({ code: 2 });
  });
});

test('backfill brings a subscriber that came later up to date; a second one changes nothing', async () => {
  await settled();
  received.length = 0;
  expect(await json('backfill', '--directory', 'demo')).toEqual({ directory: 'demo', events: 11 + 2 + 3 + 2 + 1 });
  await expect.poll(() => told('backfill').length).toBe(19);
  const rows = subscribe(told('backfill'));
  const users = (await list('Users')).map(({ groups, ...rest }: Record<string, unknown>) => rest);
  const listed = [
    { noun: 'user', resources: users, hasMembers: false },
    { noun: 'group', resources: await list('Groups'), hasMembers: true },
  ];
  expect(compareDirectory(toDirectory(rows, 'demo'), listed)).toEqual([]);

  await json('backfill', '--directory', 'demo');
  await expect.poll(() => told('backfill').length).toBe(38);
  expect(subscribe(told('backfill'), rows)).toEqual(rows);
  // Whoever heard of everything knows at least as much.
  const known = subscribe(ofFile('demo').map(({ detail }) => detail));
  const present = [...subscribe(told('backfill'), known).values()].filter((row) => row.present);
  expect(present.map(({ key }) => key).sort()).toEqual([...rows.values()].map(({ key }) => key).sort());
  expect(events()).toHaveLength(2 * EACH);
  expect(await scim('backfill', '--directory', 'nobody')).toMatchObject({ code: 1, err: /no directory nobody/ });
});

describe('redrive', () => {
  const file = () => join(dirname(run().eventsFile), 'failed-records.ndjson');
  const failed = (id: string, r = JSON.stringify({ userName: `failed-${id}` })) => {
    const image = { pk: `demo#User#${id}`, sk: 'RESOURCE', id, type: 'User', r, reason: 'change' };
    const strings = Object.entries({ ...image, created: '2026-11-21T10:00:00.000Z', at: '2026-11-21T10:00:00.000Z' });
    const NewImage = {
      ...Object.fromEntries(strings.map(([name, S]) => [name, { S }])),
      s: { N: '1' },
      v: { N: '1' },
      by: { M: { kind: { S: 'admin' } } },
    };
    return { eventName: 'INSERT', dynamodb: { Keys: {}, NewImage, SequenceNumber: '1' } };
  };
  const park = (...Records: object[]) => appendFileSync(file(), `${JSON.stringify({ Records })}\n`);
  const left = () => (existsSync(file()) ? readFileSync(file(), 'utf8') : '');

  test('a failure file with three records ends empty, and their events are told', async () => {
    const ids = Array.from({ length: 3 }, () => crypto.randomUUID());
    for (const id of ids) park(failed(id));
    expect(await json('redrive')).toEqual({ redriven: 3, left: [] });
    expect(left()).toBe('');
    await expect.poll(() => ids.every((id) => received.some((detail) => detail.user?.id === id))).toBe(true);
    expect(await json('redrive')).toEqual({ redriven: 0, left: [] });
  });

  test('one that fails again stays, the others of its batch do not wait for it', async () => {
    const good = crypto.randomUUID();
    park(failed(crypto.randomUUID(), 'not json'), failed(good));
    const before = left();
    const { code, out, err } = await scim('redrive', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ redriven: 1, left: [{ reason: 'SyntaxError' }] });
    expect(err).toMatch(/^error: Failed again: [0-9a-f]{32} \(SyntaxError\)\n$/);
    expect(left()).toBe(before);
    await expect.poll(() => received.some((detail) => detail.user?.id === good)).toBe(true);
  });
});

describe('send', () => {
  test('a test event arrives as any other', async () => {
    const { eventId } = await json('send', 'user.deactivated', '--directory', 'demo2');
    await expect
      .poll(() => received.find((detail) => detail.eventId === eventId))
      .toMatchObject({
        type: 'user.deactivated',
        directory: { id: 'demo2' },
        user: { userName: 'test@example.com', active: false },
        actor: { kind: 'admin' },
      });
  });

  test('a type that there is not is refused with those that there are', async () => {
    expect(await scim('send', 'user.lost', '--directory', 'demo')).toMatchObject({ code: 1, err: /user\.created/ });
    expect(await scim('send', 'user.created', '--directory', 'nobody')).toMatchObject({ code: 1 });
  });
});
