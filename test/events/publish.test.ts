import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { LifecycleEvent } from '../../lib/events/envelope.ts';
import { createPublisher, createPublisherClient } from '../../lib/events/publish.ts';
import { useBus } from './bus.ts';

const bus = useBus();
const event = (eventId: string, { key = eventId, size = 0 } = {}): LifecycleEvent => ({
  type: 'user.updated',
  detail: { type: 'user.updated', eventId, filler: 'x'.repeat(size) },
  orderKey: key,
});
const numbered = (count: number, options: { key?: string; size?: number } = {}) =>
  Array.from({ length: count }, (_, i) => event(`e${i}`, options));
const waits: number[] = [];
const publish = (events: readonly LifecycleEvent[]) => {
  waits.length = 0;
  const sleep = async (milliseconds: number) => void waits.push(milliseconds);
  return createPublisher({ client: bus().client, busName: 'rollcall', sleep })(events);
};
const delivered = () => bus().received.map(({ detail }) => detail.eventId);

test('a subscriber receives the entry', async () => {
  expect(await publish([event('e0')])).toEqual({ published: 1 });
  expect(bus().received).toEqual([
    expect.objectContaining({
      source: 'rollcall',
      'detail-type': 'user.updated',
      detail: { type: 'user.updated', eventId: 'e0', filler: '' },
    }),
  ]);
});

test('an empty list sends no request', async () => {
  expect(await publish([])).toEqual({ published: 0 });
  expect(bus().requests).toEqual([]);
});

test('ten entries per request, in order', async () => {
  const events = numbered(25);
  expect(await publish(events)).toEqual({ published: 25 });
  expect(bus().requests.map((ids) => ids.length)).toEqual([10, 10, 5]);
  expect(delivered()).toEqual(events.map(({ detail }) => detail.eventId));
});

test('a request has at most 256 KB in total', async () => {
  expect(await publish(numbered(7, { size: 100_000 }))).toEqual({ published: 7 });
  expect(bus().requests.map((ids) => ids.length)).toEqual([2, 2, 2, 1]);
});

test('a higher limit fills requests with up to 1,000,000 bytes', async () => {
  bus().faults.mostBytes = 1024 * 1024;
  const publishLarge = createPublisher({ client: bus().client, busName: 'rollcall', limitBytes: 1_000_000 });
  expect(await publishLarge(numbered(21, { size: 100_000 }))).toEqual({ published: 21 });
  expect(bus().requests.map((ids) => ids.length)).toEqual([9, 9, 3]);
});

test('events of one resource are sent one after another, because entries of a request fail independently', async () => {
  const events = [...numbered(3, { key: 'ann' }), event('b0', { key: 'bea' }), event('b1', { key: 'bea' })];
  expect(await publish(events)).toEqual({ published: 5 });
  expect(bus().requests).toEqual([['e0', 'b0'], ['e1', 'b1'], ['e2']]);
});

describe('rejected entries', () => {
  test('only the rejected entries are sent again, after a delay, and nothing is lost', async () => {
    const refusals = new Map([
      ['e1', 2],
      ['e4', 1],
    ]);
    bus().faults.refuses = (id) => {
      const left = refusals.get(id) ?? 0;
      refusals.set(id, left - 1);
      return left > 0;
    };
    expect(await publish(numbered(5))).toEqual({ published: 5 });
    expect(bus().requests).toEqual([['e0', 'e1', 'e2', 'e3', 'e4'], ['e1', 'e4'], ['e1']]);
    expect(delivered().sort()).toEqual(['e0', 'e1', 'e2', 'e3', 'e4']);
    expect(waits).toHaveLength(2);
    for (const wait of waits) expect(wait).toBeLessThanOrEqual(100);
  });

  test('later events of the same resource wait for the rejected one, others do not', async () => {
    let left = 2;
    bus().faults.refuses = (id) => id === 'a1' && left-- > 0;
    const [a, b] = [{ key: 'a' }, { key: 'b' }];
    const events = [event('a1', a), event('b1', b), event('a2', a), event('b2', b), event('a3', a)];
    expect(await publish(events)).toEqual({ published: 5 });
    expect(delivered()).toEqual(['b1', 'b2', 'a1', 'a2', 'a3']);
  });

  test('an entry that is rejected too often is the first unpublished one', async () => {
    bus().faults.refuses = (id) => id === 'e2';
    expect(await publish([...numbered(4), event('e5', { key: 'e2' })])).toEqual({
      published: 2,
      error: 'ThrottlingException',
    });
    expect(delivered()).toEqual(['e0', 'e1', 'e3']);
    expect(bus().requests.slice(1)).toEqual(Array.from({ length: 4 }, () => ['e2']));
  });
});

describe('failed requests', () => {
  test('after one failure, everything is published once and in order', async () => {
    let calls = 0;
    bus().faults.fails = () => calls++ === 1;
    expect(await publish(numbered(25))).toEqual({ published: 25 });
    expect(delivered()).toEqual(numbered(25).map(({ detail }) => detail.eventId));
  });

  test('a long outage ends with the reason and the position to resume from', async () => {
    let calls = 0;
    bus().faults.fails = () => calls++ > 0;
    expect(await publish(numbered(25))).toEqual({ published: 10, error: 'InternalException: planned' });
    expect(bus().requests).toHaveLength(6);
    bus().faults.fails = () => false;
    expect(await publish(numbered(25).slice(10))).toEqual({ published: 15 });
    expect(delivered()).toEqual(numbered(25).map(({ detail }) => detail.eventId));
  });

  test('a refused connection is reported', async () => {
    const client = new EventBridgeClient({ endpoint: 'http://127.0.0.1:1', maxAttempts: 1 });
    const publishToClosedPort = createPublisher({ client, busName: 'rollcall', sleep: async () => {} });
    expect(await publishToClosedPort(numbered(1))).toEqual({
      published: 0,
      error: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

describe('s3 an entry that EventBridge refuses', () => {
  test.each(['MalformedDetail', 'InvalidArgument'])(
    'with %s is left out, and later ones are published',
    async (code) => {
      bus().faults.refuses = (id) => id === 'e2' && code;
      const events = [...numbered(4), event('e4', { key: 'e2' })];
      expect(await publish(events)).toEqual({ published: 5, refused: [{ index: 2, reason: code }] });
      expect(delivered()).toEqual(['e0', 'e1', 'e3', 'e4']);
      expect(waits).toEqual([]);
    },
  );

  test('fails the request with all its entries: each is then sent alone', async () => {
    bus().faults.fails = (ids) => ids.includes('e2') && 'ValidationException';
    expect(await publish([...numbered(4), event('e4', { key: 'e2' })])).toEqual({
      published: 5,
      refused: [{ index: 2, reason: 'ValidationException' }],
    });
    expect(delivered()).toEqual(['e0', 'e1', 'e3', 'e4']);
    expect(bus().requests).toEqual([['e0', 'e1', 'e2', 'e3'], ['e0'], ['e1'], ['e2'], ['e3'], ['e4']]);
  });

  test('is too large', async () => {
    expect(await publish([event('e0'), event('e1', { size: 300_000 }), event('e2')])).toEqual({
      published: 3,
      refused: [{ index: 1, reason: 'ValidationException' }],
    });
    expect(delivered().sort()).toEqual(['e0', 'e2']);
  });

  test.each(['AccessDeniedException', 'ThrottlingException', 'InternalFailure', 'NotAuthorizedForSourceException'])(
    '%s is an outage',
    async (code) => {
      bus().faults.refuses = () => code;
      expect(await publish(numbered(2))).toEqual({ published: 0, error: code });
      bus().faults.refuses = () => false;
      bus().faults.fails = () => code;
      expect(await publish(numbered(2))).toEqual({ published: 0, error: `${code}: planned` });
    },
  );
});

describe('s3 time', () => {
  test('a call that is not answered ends after three seconds', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      silent.closeAllConnections();
      silent.close();
    });
    process.env.AWS_ENDPOINT_URL_EVENTBRIDGE = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const client = createPublisherClient();
    const begun = performance.now();
    const deadline = Date.now() + 2000;
    const outcome = await createPublisher({ client, busName: 'rollcall' })(numbered(2), { deadline });
    delete process.env.AWS_ENDPOINT_URL_EVENTBRIDGE;
    client.destroy();
    expect(outcome).toEqual({ published: 0, error: expect.stringMatching(/^AbortError|^TimeoutError/) });
    expect(performance.now() - begun).toBeGreaterThan(2900);
    expect(performance.now() - begun).toBeLessThan(6000);
  });

  test('after the deadline, no call begins', async () => {
    const late = createPublisher({ client: bus().client, busName: 'rollcall' });
    expect(await late(numbered(2), { deadline: Date.now() })).toEqual({ published: 0, error: 'out of time' });
    expect(bus().requests).toEqual([]);
  });
});
