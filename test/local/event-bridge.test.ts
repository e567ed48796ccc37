import { type RequestOptions, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Endpoint, serveAwsJson } from '../../lib/local/aws-json.ts';
import { createEventBridge, type DeliveredEvent } from '../../lib/local/event-bridge.ts';
import { serveFailureBucket } from '../../lib/local/s3.ts';

let server: Endpoint;
let client: EventBridgeClient;
let delivered: DeliveredEvent[] = [];
beforeAll(async () => {
  server = await serveAwsJson(createEventBridge((event) => delivered.push(event)));
  client = new EventBridgeClient({ endpoint: server.endpoint, region: 'local' });
});
beforeEach(() => {
  delivered = [];
});
afterAll(() => {
  client.destroy();
  server.close();
});

/** Unlike fetch, node:http sends any Host. */
const statusOf = (url: string, { body = '', ...options }: RequestOptions & { readonly body?: string }) =>
  new Promise<number | undefined>((resolve, reject) => {
    request(url, options, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end(body);
  });

const entry = (detail: unknown): PutEventsRequestEntry => ({
  Source: 'rollcall',
  DetailType: 'user.created',
  Detail: typeof detail === 'string' ? detail : JSON.stringify(detail),
  EventBusName: 'rollcall',
});
const put = (Entries: PutEventsRequestEntry[]) => client.send(new PutEventsCommand({ Entries }));

test('an entry arrives in the envelope that a subscriber receives', async () => {
  const Time = new Date('2026-11-21T10:00:00.5Z');
  const { Entries } = await put([{ ...entry({ type: 'user.created' }), Time }]);
  expect(delivered).toEqual([
    {
      version: '0',
      id: Entries?.[0]?.EventId,
      'detail-type': 'user.created',
      source: 'rollcall',
      account: '000000000000',
      time: '2026-11-21T10:00:00Z',
      region: 'local',
      resources: [],
      detail: { type: 'user.created' },
    },
  ]);
});

test('a malformed detail fails only its own entry', async () => {
  const answer = await put([entry({ n: 1 }), entry('no json'), entry('[]'), entry({ n: 2 })]);
  expect(answer.FailedEntryCount).toBe(2);
  expect(answer.Entries?.map((e) => e.ErrorCode)).toEqual([undefined, 'MalformedDetail', 'MalformedDetail', undefined]);
  expect(delivered.map((e) => e.detail)).toEqual([{ n: 1 }, { n: 2 }]);
});

test('a request with more than ten entries, or more than 1 MB in total, is refused as a whole', async () => {
  await expect(put(Array.from({ length: 11 }, () => entry({})))).rejects.toThrow();
  const half = entry({ text: 'x'.repeat(520 * 1024) });
  await expect(put([half, half])).rejects.toThrow('over the limit');
  expect(delivered).toEqual([]);
});

test.each([
  ['a web page', { origin: 'https://evil.example' }],
  ['a host name that resolves to this machine', { host: 'evil.example' }],
])('the stand-ins for AWS refuse %s', async (_name, headers) => {
  const bucket = await serveFailureBucket(join(tmpdir(), 'rollcall-no-such-file'));
  const body = JSON.stringify({ Entries: [{ Source: 'x', DetailType: 'x', Detail: '{}' }] });
  const target = { 'x-amz-target': 'AWSEvents.PutEvents', 'content-type': 'application/x-amz-json-1.1' };
  try {
    expect(await statusOf(server.endpoint, { method: 'POST', headers: { ...target, ...headers }, body })).toBe(403);
    expect(delivered).toEqual([]);
    expect(await statusOf(bucket.endpoint, { method: 'GET', headers })).toBe(403);
    expect(await statusOf(bucket.endpoint, { method: 'GET', headers: {} })).toBe(200);
    expect(await statusOf(server.endpoint, { method: 'POST', headers: target, body })).toBe(200);
  } finally {
    bucket.close();
  }
});
