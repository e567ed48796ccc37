/** `scim events ...` against a local run that forwards its events to a subscriber. */
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
const receivedFor = (reason: string) => received.filter((detail) => detail.reason === reason);
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
// Starts with directory.connected.
const EACH = 1 + 12 + 2 + 4 + 2 + 1 + 2;
const settled = () => expect.poll(() => [ofFile('demo').length, ofFile('demo2').length]).toEqual([EACH, EACH]);

describe('replay', () => {
  const replay = (...args: string[]) => scim('replay', '--file', run().eventsFile, '--json', ...args);
  const lines = (out: string) => (out === '' ? [] : out.trimEnd().split('\n'));

  test('publishes the requested events with reason replay, and prints one line for each', async () => {
    await settled();
    received.length = 0;
    const { code, out } = await replay('--since', '5m', '--directory', 'demo');
    expect(code).toBe(0);
    expect(lines(out)).toHaveLength(EACH);
    await expect.poll(() => receivedFor('replay').length).toBe(EACH);
    expect(new Set(receivedFor('replay').map(({ eventId }) => eventId))).toEqual(
      new Set(ofFile('demo').map(({ detail }) => detail.eventId)),
    );
    expect(events()).toHaveLength(2 * EACH);
  });

  test('filters by type and by time', async () => {
    await settled();
    expect(lines((await replay('--since', '5m', '--type', 'user.deleted')).out)).toHaveLength(2);
    expect(lines((await replay('--since', '5m', '--until', '4m')).out)).toEqual([]);
    expect(lines((await replay('--since', '2020-01-01T00:00:00Z')).out)).toHaveLength(2 * EACH);
  });

  test('refuses a range that ends before it begins, and an invalid time', async () => {
    expect(await replay('--since', '4m', '--until', '5m')).toMatchObject({ code: 2, err: /since: must be before/ });
    expect(await replay('--since', 'yesterday')).toMatchObject({ code: 2 });
  });
});

test('backfill brings a new subscriber up to date; a second one changes nothing', async () => {
  await settled();
  received.length = 0;
  expect(await json('backfill', '--directory', 'demo')).toEqual({ directory: 'demo', events: 11 + 2 + 3 + 2 + 1 });
  await expect.poll(() => receivedFor('backfill').length).toBe(19);
  const rows = subscribe(receivedFor('backfill'));
  const users = (await list('Users')).map(({ groups, ...rest }: Record<string, unknown>) => rest);
  const listed = [
    { noun: 'user', resources: users, hasMembers: false },
    { noun: 'group', resources: await list('Groups'), hasMembers: true },
  ];
  expect(compareDirectory(toDirectory(rows, 'demo'), listed)).toEqual([]);

  await json('backfill', '--directory', 'demo');
  await expect.poll(() => receivedFor('backfill').length).toBe(38);
  expect(subscribe(receivedFor('backfill'), rows)).toEqual(rows);
  // A subscriber that received every event has the same resources.
  const known = subscribe(ofFile('demo').map(({ detail }) => detail));
  const present = [...subscribe(receivedFor('backfill'), known).values()].filter((row) => row.present);
  expect(present.map(({ key }) => key).sort()).toEqual([...rows.values()].map(({ key }) => key).sort());
  expect(events()).toHaveLength(2 * EACH);
  expect(await scim('backfill', '--directory', 'missing')).toMatchObject({ code: 1, err: /no directory missing/ });
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

  test('publishes the events of three failed records and empties the failure file', async () => {
    const ids = Array.from({ length: 3 }, () => crypto.randomUUID());
    for (const id of ids) park(failed(id));
    expect(await json('redrive')).toEqual({ redriven: 3, left: [] });
    expect(left()).toBe('');
    await expect.poll(() => ids.every((id) => received.some((detail) => detail.user?.id === id))).toBe(true);
    expect(await json('redrive')).toEqual({ redriven: 0, left: [] });
  });

  test('keeps a record that fails again, without delaying other batches', async () => {
    const good = crypto.randomUUID();
    park(failed(crypto.randomUUID(), 'not json'), failed(good));
    const before = left();
    const { code, out, err } = await scim('redrive', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ redriven: 1, left: [{ reason: 'SyntaxError' }] });
    expect(JSON.parse(err)).toEqual({
      error: { code: 'failed', message: expect.stringMatching(/^Failed again: [0-9a-f]{32} \(SyntaxError\)\.$/) },
    });
    expect(left()).toBe(before);
    await expect.poll(() => received.some((detail) => detail.user?.id === good)).toBe(true);
  });
});

describe('send', () => {
  test('delivers a test event like any other', async () => {
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

  test('refuses an unknown type with a list of the valid ones', async () => {
    expect(await scim('send', 'user.lost', '--directory', 'demo')).toMatchObject({ code: 2, err: /user\.created/ });
    expect(await scim('send', 'user.created', '--directory', 'missing')).toMatchObject({ code: 1 });
  });
});
