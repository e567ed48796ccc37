/** The functions' client against a server that misbehaves: the store alone retries, and no call without progress is long. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { openTable } from '../../lib/store/table/calls.ts';
import { createTableClient } from '../../lib/store/table/client.ts';
import { startRequest } from '../../lib/store/table/request-time.ts';
import { updateItem } from '../../lib/store/table/transact.ts';

const KEY = { pk: 'acme', sk: 'DIRECTORY' };
const HOUR_MS = 3_600_000;

type Called = { readonly request: IncomingMessage; readonly response: ServerResponse; readonly count: number };
type Behavior = (called: Called) => void;
const answer = (response: ServerResponse, status = 200, type = '', headers: Record<string, string> = {}) =>
  response
    .writeHead(status, { 'Content-Type': 'application/x-amz-json-1.0', ...headers })
    .end(
      JSON.stringify(type === '' ? {} : { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'injected' }),
    );
/** @returns milliseconds since 1970 of the request's signature */
const signedAt = ({ headers }: IncomingMessage): number =>
  Date.parse(
    String(headers['x-amz-date']).replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6.000Z'),
  );

/** By the name of the table in the call. */
const behaviors: Readonly<Record<string, Behavior>> = {
  hangsOnce: ({ response, count }) => void (count > 1 && answer(response)),
  hangs: () => undefined,
  stopsOnce: ({ response, count }) => {
    if (count > 1) answer(response);
    else response.writeHead(200, { 'Content-Length': '100' }).write('{');
  },
  breaksOnce: ({ response, count }) => {
    if (count > 1) answer(response);
    else response.writeHead(200, { 'Content-Length': '100' }).write('{', () => response.destroy());
  },
  closesKept: ({ request, response, count }) =>
    void (count === 2 ? request.socket.resetAndDestroy() : answer(response)),
  clockAhead: ({ request, response }) => {
    const now = Date.now() + HOUR_MS;
    const isValid = Math.abs(signedAt(request) - now) < 300_000;
    const headers = { Date: new Date(now).toUTCString() };
    answer(response, isValid ? 200 : 400, isValid ? '' : 'InvalidSignatureException', headers);
  },
  throttled: ({ response }) => void answer(response, 400, 'ProvisionedThroughputExceededException'),
  failing: ({ response }) => void answer(response, 500, 'InternalServerError'),
  refusing: ({ response }) => void answer(response, 400, 'AccessDeniedException'),
};

const held: { server?: Server } = {};
const sockets = new Map<string, (Socket | undefined)[]>();
beforeAll(async () => {
  const server = createServer(async (request, response) => {
    const { TableName } = z.object({ TableName: z.string() }).parse(JSON.parse(await text(request)));
    const seen = [...(sockets.get(TableName) ?? []), request.socket];
    sockets.set(TableName, seen);
    behaviors[TableName.split('-')[0] ?? '']?.({ request, response, count: seen.length });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  held.server = server;
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  for (const name of ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'local');
});
afterAll(() => {
  held.server?.closeAllConnections();
  held.server?.close();
});

const open = (tableName: string, deadline?: number) =>
  openTable({ client: createTableClient(), tableName, request: startRequest(deadline) });
const callsOf = (tableName: string) => sockets.get(tableName)?.length;
/** @returns the error of the work, and the seconds that it took */
const failureOf = async (work: Promise<unknown>) => {
  const began = performance.now();
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { error, seconds: (performance.now() - began) / 1000 };
};
const unavailable = { status: 503, headers: { 'Retry-After': '5' } };
const tooMany = { status: 429, headers: { 'Retry-After': '2' } };

describe('a single fault is retried', () => {
  test.concurrent.each(['hangsOnce', 'stopsOnce', 'breaksOnce', 'clockAhead'])('%s', async (name) => {
    expect(await open(name).get(KEY)).toBeUndefined();
    expect(callsOf(name)).toBe(2);
  });

  test.concurrent('a kept connection that is reset when it is used again', async () => {
    const table = open('closesKept');
    await table.get(KEY);
    await table.get(KEY);
    const [first, second, third] = sockets.get('closesKept') ?? [];
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });
});

describe('a fault that lasts ends the request after five seconds', () => {
  test.concurrent.each([
    { name: 'throttled', error: tooMany, most: 20 },
    { name: 'hangs', error: unavailable, most: 2 },
    { name: 'failing', error: unavailable, most: 40 },
  ])('$name', async ({ name, error, most }) => {
    const read = await failureOf(open(name).get(KEY));
    expect(read.error).toMatchObject(error);
    expect(read.seconds).toBeLessThan(8);
    expect(callsOf(name)).toBeLessThanOrEqual(most);
    expect(callsOf(name)).toBeGreaterThan(1);
  });

  test.concurrent('a refused call is not repeated', async () => {
    const read = await failureOf(open('refusing').get(KEY));
    expect(read.error).toMatchObject(unavailable);
    expect(callsOf('refusing')).toBe(1);
  });

  test.concurrent('reads end at the deadline of the request', async () => {
    const { error, seconds } = await failureOf(open('throttled-deadline', Date.now() + 600).get(KEY));
    expect(error).toMatchObject(tooMany);
    expect(seconds).toBeLessThan(4);
    const late = open('throttled-late', Date.now() - 600);
    await expect(late.get(KEY)).rejects.toMatchObject(unavailable);
    expect(callsOf('throttled-late')).toBeUndefined();
  });

  test.concurrent('the calls of a request end together, and one that begins later is not sent', async () => {
    const table = open('hangs-together');
    const write = () => updateItem(table, { key: KEY, update: { set: { a: 1 } } }, { deadline: Infinity });
    const { seconds } = await failureOf(Promise.all([table.get(KEY), write()]));
    expect(seconds).toBeLessThan(8);
    await expect(write()).rejects.toMatchObject(unavailable);
    await expect(write()).rejects.toMatchObject(unavailable);
    // Two of each, and at most one more: the first that begins within half a second.
    expect(callsOf('hangs-together')).toBeLessThanOrEqual(5);
  });
});
