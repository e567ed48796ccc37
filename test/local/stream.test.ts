import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { pollStream, type StreamHandler, type StreamPoller, type StreamProps } from '../../lib/local/stream.ts';
import type { StreamPosition } from '../../lib/local/stream-reader.ts';
import { openTable } from '../../lib/local/table.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';

const client = useEngine();
let streams: DynamoDBStreamsClient;
let streamArn = '';
/** End of the stream when a test started: the tests of this file share the engine's one stream. */
let position: StreamPosition | undefined;
let parked: DynamoDBRecord[] = [];
const pollers: StreamPoller[] = [];

beforeAll(async () => {
  const endpoint = await client().config.endpoint?.();
  if (endpoint === undefined) throw new Error('no endpoint');
  streams = new DynamoDBStreamsClient({ endpoint, region: 'local' });
  streamArn = await openTable(client(), TABLE_NAME);
});
beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  parked = [];
});
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(pollers.splice(0).map((poller) => poller.stop()));
  const rest = start(async () => undefined);
  await rest.stop();
  pollers.length = 0;
  vi.restoreAllMocks();
});
afterAll(() => streams.destroy());

const start = (handler: StreamHandler, props: Partial<StreamProps> = {}) => {
  const poller = pollStream({
    client: streams,
    streamArn,
    handler,
    position,
    savePosition: (saved) => {
      position = saved;
    },
    park: ({ Records }) => parked.push(...Records),
    backoffMilliseconds: 1,
    // Enough for everything a test wrote, on a slow machine too.
    drainMilliseconds: 100_000,
    ...props,
  });
  pollers.push(poller);
  return poller;
};
const put = (pk: string, sk = 'RESOURCE') =>
  client().send(
    new PutItemCommand({
      TableName: TABLE_NAME,
      Item: { pk: { S: pk }, sk: { S: sk }, at: { S: String(Math.random()) }, g: { BS: [Buffer.from('id')] } },
    }),
  );
const HOUR_MS = 60 * 60 * 1000;
const nameOf = (record: DynamoDBRecord) => record.dynamodb?.Keys?.pk?.S ?? '';
const failAt = (record: DynamoDBRecord | undefined) => ({
  batchItemFailures: [{ itemIdentifier: record?.dynamodb?.SequenceNumber }],
});
/** Records the names it handles; fails at a record as long as `bad` returns true for it. */
const recorder = (bad: (name: string) => boolean = () => false) => {
  const done: string[] = [];
  const batches: number[] = [];
  const handler: StreamHandler = async ({ Records }: DynamoDBStreamEvent) => {
    batches.push(Records.length);
    const failed = Records.find((record) => bad(nameOf(record)));
    done.push(...Records.slice(0, failed === undefined ? Records.length : Records.indexOf(failed)).map(nameOf));
    return failed === undefined ? { batchItemFailures: [] } : failAt(failed);
  };
  return { handler, done, batches };
};
const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
const putAll = async (all: readonly string[]) => {
  for (const name of all) await put(name);
};

test('only changes of resources and memberships reach the function, in the form that Lambda uses', async () => {
  await putAll(['filter']);
  await put('filter', 'MEMBEROF');
  await put('filter', 'CLAIM');
  await put('filter', '~1');
  await client().send(
    new DeleteItemCommand({ TableName: TABLE_NAME, Key: { pk: { S: 'filter' }, sk: { S: 'RESOURCE' } } }),
  );
  const seen: DynamoDBRecord[] = [];
  const left: number[] = [];
  const poller = start(async ({ Records }, context) => {
    seen.push(...Records);
    left.push(context.getRemainingTimeInMillis());
  });
  await poller.stop();
  expect(seen.map((r) => [r.eventName, r.dynamodb?.Keys?.sk?.S])).toEqual([
    ['INSERT', 'RESOURCE'],
    ['INSERT', 'MEMBEROF'],
  ]);
  expect(seen[0]).toMatchObject({ eventSource: 'aws:dynamodb', eventSourceARN: streamArn });
  expect(seen[0]?.dynamodb?.NewImage?.g).toEqual({ BS: [Buffer.from('id').toString('base64')] });
  expect(typeof seen[0]?.dynamodb?.ApproximateCreationDateTime).toBe('number');
  expect(JSON.parse(JSON.stringify(seen))).toEqual(seen);
  expect(left[0]).toBeGreaterThan(0);
});

test('batches hold at most a hundred records, in order, and a restart resumes where the last run ended', async () => {
  const all = names('order', 230);
  await putAll(all);
  const first = recorder();
  await start(first.handler).stop();
  expect(first.done).toEqual(all);
  expect(first.batches).toEqual([100, 100, 30]);
  await put('after');
  const second = recorder();
  await start(second.handler).stop();
  expect(second.done).toEqual(['after']);
});

test('a failed record is retried first, and no record is lost or out of order', async () => {
  const all = names('again', 30);
  await putAll(all);
  let failures = 3;
  const { handler, done } = recorder((name) => name === 'again17' && failures-- > 0);
  start(handler);
  await expect.poll(() => done.length).toBe(30);
  expect(done).toEqual(all);
  expect(parked).toEqual([]);
});

test.each<[string, (batch: DynamoDBStreamEvent) => unknown]>([
  [
    'throws',
    () => {
      throw new Error('poison');
    },
  ],
  ['names a record that is not in the batch', () => ({ batchItemFailures: [{ itemIdentifier: 'nothing' }] })],
  ['names no record', () => ({ batchItemFailures: [{ itemIdentifier: '' }] })],
  ['returns an invalid result', () => 'done'],
])(
  'a function that %s has handled nothing; the record is retried until it is 20 hours old, then parked',
  async (_name, fail) => {
    const all = names('poison', 12);
    await putAll(all);
    const done: string[] = [];
    let attempts = 0;
    start(
      async (event) => {
        attempts += 1;
        if (event.Records.some((record) => nameOf(record) === 'poison5')) return fail(event);
        done.push(...event.Records.map(nameOf));
        return undefined;
      },
      { backoffMilliseconds: 0 },
    );
    await expect.poll(() => attempts).toBeGreaterThan(100);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 19 * HOUR_MS });
    const before = attempts;
    await expect.poll(() => attempts).toBeGreaterThan(before + 100);
    expect(done).toEqual(all.slice(0, 5));
    expect(parked).toEqual([]);
    vi.setSystemTime(Date.now() + HOUR_MS + 1000);
    await expect.poll(() => done.length).toBe(11);
    expect(done).toEqual(all.filter((name) => name !== 'poison5'));
    expect(parked.map(nameOf)).toEqual(['poison5']);
  },
);

test('records that became old while the run was off are published', async () => {
  await putAll(['old0', 'old1']);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 50 * HOUR_MS });
  const { handler, done } = recorder();
  await start(handler).stop();
  expect(done).toEqual(['old0', 'old1']);
  expect(parked).toEqual([]);
});

test('the earliest of several failures counts', async () => {
  await putAll(names('several', 4));
  const seen: string[][] = [];
  start(async ({ Records }) => {
    seen.push(Records.map(nameOf));
    if (seen.length > 1) return undefined;
    return { batchItemFailures: [3, 1].flatMap((i) => failAt(Records[i]).batchItemFailures) };
  });
  await expect.poll(() => seen.flat().length).toBe(7);
  expect(seen).toEqual([names('several', 4), ['several1'], ['several2', 'several3']]);
});

test('a record that was not handled when the run stopped is delivered again in the next run', async () => {
  await putAll(['kept0', 'kept1']);
  const failing = recorder((name) => name === 'kept1');
  // Long enough to stop the run before the record fails permanently.
  const poller = start(failing.handler, { backoffMilliseconds: 5000 });
  await expect.poll(() => failing.done).toEqual(['kept0']);
  await poller.stop();
  expect(parked).toEqual([]);
  const next = recorder();
  await start(next.handler).stop();
  expect(next.done).toEqual(['kept1']);
});

/** Stops the timers of the poller, but not the I/O of the clients. */
const stopTime = () => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });

test('a nudge triggers a poll at once', async () => {
  const { handler, done } = recorder();
  await put('before');
  stopTime();
  const poller = start(handler);
  await expect.poll(() => done).toEqual(['before']);
  // It found no more records, and would poll again after a second that never passes.
  await expect.poll(() => vi.getTimerCount()).toBe(1);
  await put('nudged');
  poller.nudge();
  await expect.poll(() => done).toEqual(['before', 'nudged']);
});

test('stopping waits at most two seconds', async () => {
  await put('hangs');
  let letGo = () => {};
  const called = vi.fn(() => new Promise<void>((resolve) => (letGo = resolve)));
  const hanging = start(called, { drainMilliseconds: undefined });
  await expect.poll(() => called.mock.calls.length).toBe(1);
  stopTime();
  const stopped = vi.fn();
  const stopping = hanging.stop().then(stopped);
  await vi.advanceTimersByTimeAsync(1999);
  expect(stopped).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  await stopping;
  letGo();
});
