import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ProxyHandler } from '../../../lib/local/gateway/gateway.ts';
import { openPort } from '../../../lib/local/gateway/server.ts';
import { bearer, sendRaw, startGateway } from './raw-request.ts';

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const MEGABYTE = 1024 * 1024;
const unused: ProxyHandler = async () => ({ statusCode: 500, body: 'not this one' });
const withUsers = async (users: ProxyHandler, integrationTimeoutMilliseconds?: number) => {
  const { send } = await startGateway({
    handlers: { users, groups: unused, discovery: unused, admin: unused, events: unused },
    ...(integrationTimeoutMilliseconds === undefined ? {} : { integrationTimeoutMilliseconds }),
  });
  return (body?: string) =>
    send('/scim/v2/Users', { method: 'POST', headers: bearer, ...(body === undefined ? {} : { body }) });
};

test("a function's headers reach the client: WWW-Authenticate under another name, undefined ones not at all", async () => {
  const post = await withUsers(async () => ({
    statusCode: 201,
    headers: { ETag: 'W/"1"', Location: undefined, 'WWW-Authenticate': 'Bearer', 'Retry-After': 5 },
    multiValueHeaders: { 'X-Many': ['a', 'b'] },
    body: '{"é":1}',
  }));
  const { status, headers, body } = await post();
  expect([status, body]).toEqual([201, '{"é":1}']);
  expect(headers).toMatchObject({
    etag: 'W/"1"',
    'retry-after': '5',
    'x-many': 'a, b',
    'x-amzn-remapped-www-authenticate': 'Bearer',
    'content-type': 'application/json',
    'content-length': '8',
  });
  expect(headers).not.toHaveProperty('www-authenticate');
  expect(headers).not.toHaveProperty('location');
});

test('204 has no body', async () => {
  const post = await withUsers(async () => ({ statusCode: 204, body: '' }));
  const { status, headers, body } = await post();
  expect([status, body, headers['content-length']]).toEqual([204, '', undefined]);
});

test.each<[string, ProxyHandler]>([
  ['throws', () => Promise.reject(new Error('the inside'))],
  [
    'throws before its first await',
    () => {
      throw new Error('the inside');
    },
  ],
  ['returns nothing', async () => undefined],
  ['returns no status', async () => ({ body: 'the inside' })],
  ['returns an object as the body', async () => ({ statusCode: 200, body: { the: 'inside' } })],
  ['returns an invalid header', async () => ({ statusCode: 200, headers: { 'X-A': 'the\ninside' }, body: '' })],
  ['returns more than 6 MB', async () => ({ statusCode: 200, body: 'the inside'.repeat(MEGABYTE) })],
  ['returns more than 6 MB as JSON', async () => ({ statusCode: 200, body: '"inside"'.repeat(0.7 * MEGABYTE) })],
])('a function that %s is an integration failure', async (_name, handler) => {
  const { status, headers, body } = await (await withUsers(handler))();
  expect([status, headers['content-type'], headers['retry-after']]).toEqual([503, 'application/scim+json', '5']);
  expect(headers['x-amzn-requestid']).toBeDefined();
  expect(body).not.toContain('inside');
});

test('a function that does not end in time is an integration timeout', async () => {
  const { status, headers } = await (await withUsers(() => new Promise(() => {}), 50))();
  expect([status, headers['content-type']]).toEqual([503, 'application/scim+json']);
});

test('the context counts down from 28 seconds', async () => {
  const contexts: Context[] = [];
  const post = await withUsers(async (_event, context) => {
    contexts.push(context);
    return { statusCode: 200, body: '' };
  });
  vi.useFakeTimers({ toFake: ['Date'] });
  await post();
  expect(contexts[0]?.getRemainingTimeInMillis()).toBe(28_000);
  vi.advanceTimersByTime(5000);
  expect(contexts[0]?.getRemainingTimeInMillis()).toBe(23_000);
});

const tooLong = { status: 413, body: '{"message":"Request Too Long"}' };
const tooLarge = { status: 413, body: 'HTTP content length exceeded 10485760 bytes.' };
test.each([
  ['4.4 MB of members', '{"value":"0"}'.repeat(354_000), { status: 200, body: '4602000' }],
  ['4.7 MB that are 6.2 in base64', 'x'.repeat(4.7 * MEGABYTE), tooLong],
  ['10.1 MB', 'x'.repeat(10.1 * MEGABYTE), tooLarge],
])('a request body of %s', async (_name, sent, expected) => {
  const post = await withUsers(async (event) => ({
    statusCode: 200,
    body: String(Buffer.from(event.body ?? '', 'base64').length),
  }));
  expect(await post(sent)).toMatchObject(expected);
  expect((await post('after')).body, 'the next request').toBe('5');
});

test('a body without a declared length is measured as it arrives', async () => {
  const { port } = await startGateway();
  const headers = { ...bearer, 'Transfer-Encoding': 'chunked' };
  const answer = await sendRaw(port, '/scim/v2/Users', { method: 'POST', headers, body: Buffer.alloc(11 * MEGABYTE) });
  expect(answer.status).toBe(413);
});

test('before the gateway is ready every request gets 503, and a busy port is reported in one sentence', async () => {
  const port = await openPort(0);
  const early = await sendRaw(port.port, '/scim/v2/Users');
  expect([early.status, early.headers['retry-after']]).toEqual([503, '5']);
  await expect(openPort(port.port)).rejects.toThrow(`Port ${port.port} is in use`);
  port.serve((_request, response) => response.end('ready'));
  expect((await sendRaw(port.port, '/')).body).toBe('ready');
  await port.close();
  await expect(sendRaw(port.port, '/')).rejects.toThrow();
});

test('closing waits at most two seconds for requests in progress', async () => {
  const port = await openPort(0);
  const underWay = new Map<string | undefined, () => void>();
  port.serve(({ url }, response) => underWay.set(url, () => response.end('done')));
  const slow = sendRaw(port.port, '/slow');
  const cutOff = vi.fn();
  const never = sendRaw(port.port, '/never').catch(cutOff);
  await expect.poll(() => underWay.size).toBe(2);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const closed = port.close();
  vi.advanceTimersByTime(1999);
  underWay.get('/slow')?.();
  expect((await slow).body).toBe('done');
  expect(cutOff).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  await never;
  expect(cutOff).toHaveBeenCalledOnce();
  await closed;
});
