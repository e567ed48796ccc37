import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { DeliveredEvent } from '../../lib/local/event-bridge.ts';
import { createForwarder } from '../../lib/local/forward.ts';
import { isSigned } from '../../lib/subscriber/verify-signature.ts';

type Received = { readonly body: string; readonly signature: string };
const held: { server?: Server; url: string } = { url: '' };
const received: Received[] = [];
const answers: { status: (nth: number) => number } = { status: () => 204 };

beforeEach(async () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  received.length = 0;
  answers.status = () => 204;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const signature = String(request.headers['x-rollcall-signature']);
      received.push({ body: Buffer.concat(chunks).toString('utf8'), signature });
      response.writeHead(answers.status(received.length)).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  held.server = server;
  held.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  held.server?.closeAllConnections();
  held.server?.close();
  vi.restoreAllMocks();
});

const folder = () => {
  const files = new Map<string, unknown[]>();
  return {
    files,
    pathOf: (name: string) => name,
    read: <T>(name: string) => files.get(name)?.[0] as T | undefined,
    write: (name: string, value: unknown) => void files.set(name, [value]),
    append: (name: string, value: unknown) => void files.set(name, [...(files.get(name) ?? []), value]),
  };
};
const event = (n: number): DeliveredEvent => ({
  version: '0',
  id: String(n),
  'detail-type': 'user.created',
  source: 'rollcall',
  account: '000000000000',
  time: '2026-11-21T10:00:00Z',
  region: 'local',
  resources: [],
  detail: { n, userName: 'änn' },
});
const numbers = () => received.map(({ body }) => Number((JSON.parse(body) as DeliveredEvent).id)).sort((a, b) => a - b);

test('every event arrives, signed with a secret that survives a restart', async () => {
  const kept = folder();
  const forwarder = createForwarder({ url: held.url, folder: kept });
  for (let n = 0; n < 50; n++) forwarder.forward(event(n));
  await expect.poll(() => received.length).toBe(50);
  expect(numbers()).toEqual(Array.from({ length: 50 }, (_, n) => n));
  expect(received.map(({ body }) => JSON.parse(body))).toContainEqual(event(7));
  for (const one of received) expect(isSigned({ ...one, secret: forwarder.secret })).toBe(true);
  await forwarder.stop();
  expect(createForwarder({ url: held.url, folder: kept }).secret).toBe(forwarder.secret);
  expect(createForwarder({ url: held.url, folder: folder() }).secret).not.toBe(forwarder.secret);
});

test('a refused event is retried, and an undeliverable one is written to a file', async () => {
  const kept = folder();
  answers.status = (nth) => (nth <= 3 ? 500 : 204);
  const forwarder = createForwarder({ url: held.url, folder: kept, firstDelayMilliseconds: 1 });
  forwarder.forward(event(1));
  await expect.poll(() => received.length).toBe(4);
  answers.status = () => 410;
  forwarder.forward(event(2));
  await expect.poll(() => kept.files.get('undelivered.ndjson')).toEqual([event(2)]);
  expect(numbers().filter((n) => n === 2)).toHaveLength(12);
  await forwarder.stop();
});

test('an unreachable subscriber blocks nothing, and shutdown saves the undelivered events', async () => {
  const kept = folder();
  // Waiting for the next attempt of each event would take hours.
  const forwarder = createForwarder({ url: 'http://127.0.0.1:1', folder: kept, firstDelayMilliseconds: 60_000 });
  for (let n = 0; n < 100; n++) expect(forwarder.forward(event(n))).toBeUndefined();
  await forwarder.stop();
  const left = () => ((kept.files.get('undelivered.ndjson') ?? []) as DeliveredEvent[]).map(({ id }) => Number(id));
  await expect.poll(() => left().sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, n) => n));
});
