/**
 * Random operations of four concurrent clients, and subscribers that converge on the result. The full size is
 * `CONVERGENCE_OPERATIONS=2000`; `CONVERGENCE_SEED` repeats a run.
 */
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBBatchResponse, DynamoDBRecord } from 'aws-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createStreamReader, type StreamReader } from '../../lib/local/stream-reader.ts';
import { passesFilter, toLambdaRecord } from '../../lib/local/stream-record.ts';
import { createDirectories } from '../../lib/store/directories/directories.ts';
import { DirectorySettings } from '../../lib/store/directories/directory-settings.ts';
import type { SubscribedEvent } from '../../lib/subscriber/apply-event.ts';
import { subscribe, toDirectory } from '../subscriber/subscriber.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { compareDirectory, type Listed } from '../tools/compare-directory.ts';
import { foldEvents } from '../tools/fold-events.ts';
import { useBus } from './bus.ts';
import { createKillableFunction } from './killable-function.ts';
import { createRandom } from './random.ts';
import { createOperations, DIRECTORY } from './random-operations.ts';

const OPERATIONS = Number(process.env.CONVERGENCE_OPERATIONS ?? 200);
const SEED = Number(process.env.CONVERGENCE_SEED ?? Math.floor(Math.random() * 1_000_000));
/** Twenty at the full size. */
const KILLS = Math.max(4, Math.round(OPERATIONS / 100));
const BATCH = 100;
/** Consecutive deliveries without progress after which a batch counts as blocking its shard. */
const MAX_STALLED = 30;
const seeded = `${OPERATIONS} operations, seed ${SEED}`;

const engine = useEngine();
const bus = useBus();
type Invoke = (records: readonly DynamoDBRecord[]) => Promise<DynamoDBBatchResponse>;
type Changes = Awaited<ReturnType<ReturnType<typeof createOperations>['countChanges']>>;
type Held = {
  streamArn: string;
  reader: StreamReader;
  fn: ReturnType<typeof createKillableFunction>;
  listed: readonly Listed[];
  changes: Changes;
};
const held: Partial<Held> = {};
const use = <K extends keyof Held>(name: K): Held[K] => {
  const value = held[name];
  if (value === undefined) throw new Error(`${name} is not set up yet`);
  return value as Held[K];
};
/** All records of the stream, in order. */
const records: DynamoDBRecord[] = [];

beforeAll(async () => {
  const { Table } = await engine().send(new DescribeTableCommand({ TableName: TABLE_NAME }));
  held.streamArn = Table?.LatestStreamArn ?? '';
  const { endpoint, region, credentials } = engine().config;
  const streams = new DynamoDBStreamsClient({ ...(endpoint && { endpoint }), region, credentials });
  held.reader = createStreamReader(streams, held.streamArn, undefined);
  const { hostname, port } = (await endpoint?.()) ?? {};
  held.fn = createKillableFunction({
    AWS_REGION: 'local',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    AWS_ENDPOINT_URL_DYNAMODB: `http://${hostname}:${port}`,
    AWS_ENDPOINT_URL_EVENTBRIDGE: bus().endpoint,
    AWS_MAX_ATTEMPTS: '1',
    TABLE_NAME,
    EVENT_BUS_NAME: 'rollcall',
    // No record is poison here.
    FAILURE_BUCKET_URL: 'http://127.0.0.1:1/',
  });
  const directories = createDirectories({ client: engine(), tableName: TABLE_NAME });
  await directories.create(DirectorySettings.parse({ id: DIRECTORY, tenant: 'org_42' }));
});
afterAll(() => held.fn?.remove());

/** Delivers like the event source mapping: in batches, again from the checkpoint, and whole again after a crash. */
const deliver = async (all: readonly DynamoDBRecord[], invoke: Invoke) => {
  let at = 0;
  for (let failures = 0; at < all.length && failures < MAX_STALLED; ) {
    const batch = all.slice(at, at + BATCH);
    const handled = await invoke(batch).then(
      ({ batchItemFailures: [first] }) =>
        first === undefined
          ? batch.length
          : batch.findIndex(({ dynamodb }) => dynamodb?.SequenceNumber === first.itemIdentifier),
      () => 0,
    );
    failures = handled > 0 ? 0 : failures + 1;
    at += handled;
  }
  expect(at, 'all records were handled').toBe(all.length);
};
const readNew = async (): Promise<readonly DynamoDBRecord[]> => {
  const { records: read } = await use('reader').read();
  const relevant = read.filter(passesFilter).map((record) => toLambdaRecord(record, use('streamArn')));
  records.push(...relevant);
  return read.length === 0 ? relevant : [...relevant, ...(await readNew())];
};

const details = () =>
  bus().received.map(({ detail }) => detail as SubscribedEvent & { eventId: string; reason: string });
/** Random order, a tenth of the events twice, a tenth after all others. */
const misdelivered = <Event>(events: readonly Event[]): Event[] => {
  const { shuffle } = createRandom(SEED + 99);
  const shuffled = shuffle(events);
  const tenth = Math.ceil(events.length / 10);
  const [last, first] = [shuffled.slice(0, tenth), shuffled.slice(tenth)];
  return [...shuffle([...first, ...first.slice(0, tenth)]), ...last];
};
const expectConvergence = () => {
  for (const events of [details(), misdelivered(details())]) {
    const rows = subscribe(events);
    expect(compareDirectory(toDirectory(rows, DIRECTORY), use('listed'))).toEqual([]);
    expect(subscribe(misdelivered(events), rows)).toEqual(rows);
  }
};
/** Counts duplicates once. */
const countEvents = () => {
  const distinct = [...new Map(details().map((detail) => [detail.eventId, detail])).values()];
  const count = (accept: (type: string) => boolean) => distinct.filter(({ type }) => accept(type)).length;
  expect(new Set(distinct.map(({ reason }) => reason))).toEqual(new Set(['change']));
  return {
    resources: count((type) => !type.startsWith('group.member_')),
    added: count((type) => type === 'group.member_added'),
    removed: count((type) => type === 'group.member_removed'),
  };
};

test(`during the operations, each change gives exactly one event, and the subscriber converges (${seeded})`, {
  timeout: 600_000,
}, async () => {
  const operations = createOperations(engine());
  const running = { now: true };
  const work = operations.run(OPERATIONS, SEED).finally(() => {
    running.now = false;
  });
  while (running.now) {
    const fresh = await readNew();
    await deliver(fresh, use('fn').invoke);
    if (fresh.length === 0) await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await work;
  await deliver(await readNew(), use('fn').invoke);
  expect([...operations.statuses.keys()].filter((status) => status >= 429)).toEqual([]);
  held.listed = await operations.list();
  held.changes = await operations.countChanges();
  console.log(`${seeded}: ${JSON.stringify({ ...held.changes, events: details().length })}`);

  expect(foldEvents(bus().received.map((event) => JSON.stringify(event))).faults).toEqual([]);
  const { resources, added, removed } = held.changes;
  expect(details()).toHaveLength(resources + added + removed);
  expect(countEvents()).toEqual(held.changes);
  // Guards against an empty test. All groups may be deleted by the end.
  expect(Math.min(added, removed)).toBeGreaterThan(0);
  expectConvergence();
});

test(`the function killed at ${KILLS} random points (${seeded})`, { timeout: 600_000 }, async () => {
  const { below, next } = createRandom(SEED + 7);
  const { resources, added, removed } = use('changes');
  // A request has at most ten events.
  const requests = Math.floor((resources + added + removed) / 10);
  expect(requests, 'too few operations for the kills').toBeGreaterThan(KILLS);
  const points = new Set<number>();
  while (points.size < KILLS) points.add(below(requests));
  let kills = 0;
  let request = 0;
  bus().faults.fails = () => {
    if (!points.has(request++)) return false;
    kills++;
    use('fn').kill();
    // Half die before the bus accepts anything, the others before they receive its response.
    return next() < 0.5;
  };
  await deliver(records, use('fn').invoke);
  expect(kills).toBe(KILLS);
  expect(countEvents()).toEqual(use('changes'));
  expectConvergence();
});

test(`PutEvents failing whole and in part (${seeded})`, { timeout: 600_000 }, async () => {
  const { next } = createRandom(SEED + 8);
  let outage = 0;
  let failed = 0;
  let refused = 0;
  let calls = 0;
  // The first of each kind occurs at a fixed point, so that even a short run has them.
  const occurs = (at: number, chance: number) => calls++ === at || next() < chance;
  bus().faults.fails = () => {
    // Some outages last longer than the function's retries, so that it reports a checkpoint.
    if (outage > 0) outage--;
    else if (occurs(3, 0.02)) outage = 7;
    const fails = outage > 0 || next() < 0.05;
    if (fails) failed++;
    return fails;
  };
  bus().faults.refuses = () => {
    const refuses = next() < (refused === 0 ? 1 : 0.05);
    if (refuses) refused++;
    return refuses;
  };
  await deliver(records, use('fn').invoke);
  expect(Math.min(failed, refused)).toBeGreaterThan(0);
  expect(countEvents()).toEqual(use('changes'));
  expectConvergence();
});
