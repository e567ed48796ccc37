/**
 * EventBridge refuses everything for an hour, then one entry for good: the stream function behind the local event source
 * mapping. The clock moves by a minute, the longest delay of a mapping on AWS, with each delivery that fails.
 */
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createFailureBucket } from '../../lib/events/failure-bucket.ts';
import { createPublisher } from '../../lib/events/publish.ts';
import { createChangePublisher } from '../../lib/events/publish-changes.ts';
import { createRedrive } from '../../lib/events/redrive.ts';
import { createChangeSources } from '../../lib/lambda/change-sources.ts';
import { pollStream, type StreamHandler } from '../../lib/local/stream.ts';
import { type JsonObject, type StoredResource, userType } from '../../lib/scim/index.ts';
import { createDirectories } from '../../lib/store/directories/directories.ts';
import { DirectorySettings } from '../../lib/store/directories/directory-settings.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { inTime } from '../store/scene.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { useBucket } from './bucket.ts';
import { useBus } from './bus.ts';

const engine = useEngine();
const bus = useBus();
const bucket = useBucket();
const MINUTE_MS = 60_000;
const USERS = 15;
const CHANGES = 3;

beforeAll(async () => {
  const { hostname, port } = (await engine().config.endpoint?.()) ?? {};
  const environment = {
    AWS_ENDPOINT_URL_DYNAMODB: `http://${hostname}:${port}`,
    AWS_ENDPOINT_URL_EVENTBRIDGE: bus().endpoint,
    TABLE_NAME,
    EVENT_BUS_NAME: 'rollcall',
    FAILURE_BUCKET_URL: bucket.url(),
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const directories = createDirectories({ client: engine(), tableName: TABLE_NAME });
  await directories.create(DirectorySettings.parse({ id: 'acme' }));
});
beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  // The publisher's own delays, at most two seconds each, are left out.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Creates the users and changes each of them, one after another. */
const write = async (): Promise<void> => {
  const store = createStore({ client: engine(), tableName: TABLE_NAME });
  const scope = {
    directory: 'acme',
    type: userType,
    actor: { kind: 'admin' },
    reason: 'change',
    unique: ['userName'],
  } as const;
  const create = (i: number): Promise<StoredResource> =>
    store.create(
      { ...scope, ...inTime() },
      { id: crypto.randomUUID(), attributes: { userName: `u${i}` }, members: [] },
    );
  let users = await Promise.all(Array.from({ length: USERS }, (_, i) => create(i)));
  for (let change = 1; change < CHANGES; change++)
    users = await Promise.all(
      users.map(async (user) => {
        const attributes = { ...user.attributes, title: `t${change}` };
        const after = await store.update({ ...scope, ...inTime() }, user, { attributes, exact: false });
        if (after === 'stale') throw new Error('the user was changed concurrently');
        return after;
      }),
    );
};

type Seen = { readonly eventId: string; readonly user: JsonObject; readonly sequence: string };
const ofUsers = (): Seen[] =>
  bus().received.flatMap(({ detail }) => ('user' in detail ? [detail as unknown as Seen] : []));
const inOrder = (events: readonly Seen[]): boolean =>
  events.every(({ user, sequence }, i) =>
    events.slice(0, i).every((earlier) => earlier.user.id !== user.id || earlier.sequence <= sequence),
  );
const nameOf = ({ user, sequence }: Seen) => `${user.userName} ${Number(sequence)}`;
const isPoison = ({ user, version }: Readonly<Record<string, unknown>>) =>
  (user as JsonObject | undefined)?.userName === 'u7' && version === 2;

test('s3 after an hour without EventBridge every event arrives in order, apart from one that EventBridge refuses', async () => {
  await write();
  // The function reads its environment at load, and another file of this process may have loaded it.
  vi.resetModules();
  const { handler } = await import('../../functions/lifecycle-events.ts');
  const { Table } = await engine().send(new DescribeTableCommand({ TableName: TABLE_NAME }));
  const { endpoint, region, credentials } = engine().config;
  const client = new DynamoDBStreamsClient({ ...(endpoint && { endpoint }), region, credentials });

  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  const begun = Date.now();
  let refusedDeliveries = 0;
  const isDown = () => Date.now() - begun < 60 * MINUTE_MS;
  const failures = ['ThrottlingException', 'InternalException', 'AccessDeniedException', 'ServiceUnavailable'];
  bus().faults.fails = () => isDown() && (failures[refusedDeliveries % failures.length] ?? true);
  bus().faults.refuses = (_, detail) => isPoison(detail) && 'MalformedDetail';
  const deliver: StreamHandler = async (event, context) => {
    const down = isDown();
    const answer = await handler(event, context);
    if (down && answer.batchItemFailures.length > 0) {
      refusedDeliveries += 1;
      vi.setSystemTime(Date.now() + MINUTE_MS);
    }
    return answer;
  };
  const givenUp: DynamoDBRecord[] = [];
  const poller = pollStream({
    client,
    streamArn: Table?.LatestStreamArn ?? '',
    handler: deliver,
    position: undefined,
    savePosition: () => {},
    park: ({ Records }) => givenUp.push(...Records),
    backoffMilliseconds: 0,
  });
  const distinct = () => new Set(ofUsers().map(({ eventId }) => eventId)).size;
  await expect.poll(distinct).toBe(USERS * CHANGES - 1);
  await poller.stop();

  expect(refusedDeliveries).toBeGreaterThanOrEqual(60);
  expect(inOrder(ofUsers())).toBe(true);
  expect(givenUp).toEqual([]);
  expect(bucket.records()).toEqual([[expect.any(String), 'Error: EventBridge refuses an event: MalformedDetail']]);
  expect(ofUsers().map(nameOf)).not.toContain('u7 2');

  // The cause is gone.
  bus().faults.refuses = () => false;
  const table = { client: engine(), tableName: TABLE_NAME };
  const redrive = createRedrive<DynamoDBRecord>({
    batches: createFailureBucket({
      url: bucket.url(),
      region: 'local',
      credentials: async () => ({ accessKeyId: 'local', secretAccessKey: 'local' }),
    }),
    publishChanges: createChangePublisher({
      ...createChangeSources(table),
      publish: createPublisher({ client: bus().client, busName: 'rollcall' }),
    }),
    positionOf: ({ dynamodb }) => dynamodb?.SequenceNumber ?? '',
  });
  expect(await redrive(undefined, Date.now() + MINUTE_MS)).toMatchObject({ redriven: 1, left: [] });
  expect(ofUsers().map(nameOf)).toContain('u7 2');
  expect(bucket.records()).toEqual([]);
  client.destroy();
});
