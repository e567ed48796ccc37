import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { MOVED_RECORD } from '../../lib/events/event-source.ts';
import { createStreamReader, type StreamReader } from '../../lib/local/stream-reader.ts';
import { passesFilter, toLambdaRecord } from '../../lib/local/stream-record.ts';
import {
  groupType,
  type JsonObject,
  type MemberChanges,
  type ResourceType,
  type Store,
  type StoredResource,
  userType,
} from '../../lib/scim/index.ts';
import { createDirectories } from '../../lib/store/directories/directories.ts';
import { DirectorySettings } from '../../lib/store/directories/directory-settings.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { resourceKey } from '../../lib/store/table/keys.ts';
import { watch } from '../store/calls.ts';
import { inTime } from '../store/scene.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { foldEvents } from '../tools/fold-events.ts';
import { useBucket } from './bucket.ts';
import { useBus } from './bus.ts';

const engine = useEngine();
const bus = useBus();
const bucket = useBucket();
const actor = { kind: 'provisioning-client', tokenId: 't7', tokenName: 'okta-prod', requestId: 'r1' } as const;
const everything = { members: true, groups: true };

type Remaining = { getRemainingTimeInMillis: () => number };
type Handler = (event: DynamoDBStreamEvent, context: Remaining) => Promise<DynamoDBBatchResponse>;
const WHOLE_TIME = { getRemainingTimeInMillis: () => 28_000 };
const held: { handler?: Handler; reader?: StreamReader; streamArn?: string; store?: Store } = {};
const use = <K extends keyof typeof held>(name: K): NonNullable<(typeof held)[K]> => {
  const value = held[name];
  if (value === undefined) throw new Error(`${name} is not set up yet`);
  return value;
};

/** Loads the function again, because it reads its environment at load. */
const loadHandler = async (tableName: string, dynamodb?: string): Promise<Handler> => {
  const { hostname, port } = (await engine().config.endpoint?.()) ?? {};
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', dynamodb ?? `http://${hostname}:${port}`);
  vi.stubEnv('AWS_ENDPOINT_URL_EVENTBRIDGE', bus().endpoint);
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
  vi.stubEnv('TABLE_NAME', tableName);
  vi.stubEnv('EVENT_BUS_NAME', 'rollcall');
  vi.stubEnv('FAILURE_BUCKET_URL', bucket.url());
  vi.resetModules();
  return (await import('../../functions/lifecycle-events.ts')).handler;
};

beforeAll(async () => {
  const { Table } = await engine().send(new DescribeTableCommand({ TableName: TABLE_NAME }));
  held.streamArn = Table?.LatestStreamArn ?? '';
  const { endpoint, region, credentials } = engine().config;
  const streams = new DynamoDBStreamsClient({ ...(endpoint && { endpoint }), region, credentials });
  held.reader = createStreamReader(streams, held.streamArn, undefined);
  held.store = createStore({ client: engine(), tableName: TABLE_NAME });
  held.handler = await loadHandler(TABLE_NAME);
  const directories = createDirectories({ client: engine(), tableName: TABLE_NAME });
  await directories.create(DirectorySettings.parse({ id: 'acme', tenant: 'org_42', identityProvider: 'okta' }));
  await directories.create(DirectorySettings.parse({ id: 'globex' }));
});
beforeEach(async () => {
  await newRecords(); // records of the previous test
});
afterEach(() => vi.restoreAllMocks());

/** Stream records since the last call, as Lambda receives them. */
const newRecords = async (): Promise<readonly DynamoDBRecord[]> => {
  const { records } = await use('reader').read();
  const here = records.filter(passesFilter).map((record) => toLambdaRecord(record, use('streamArn')));
  return records.length === 0 ? here : [...here, ...(await newRecords())];
};
const hand = (records: readonly DynamoDBRecord[], context = WHOLE_TIME) =>
  use('handler')({ Records: [...records] }, context);
const sequenceNumber = (record: DynamoDBRecord | undefined) => record?.dynamodb?.SequenceNumber ?? '';
const checkpoint = (record: DynamoDBRecord | undefined) => ({
  batchItemFailures: [{ itemIdentifier: sequenceNumber(record) }],
});
const done = { batchItemFailures: [] };

const scope = (type: ResourceType, directory = 'acme') => ({
  directory,
  type,
  actor,
  reason: 'change' as const,
  unique: type === userType ? ['userName'] : ['displayName'],
  ...inTime(),
});
const create = (type: ResourceType, attributes: JsonObject, members: readonly string[] = []) =>
  use('store').create(scope(type), {
    id: crypto.randomUUID(),
    attributes,
    members: members.map((id) => ({ id })),
  });
const change = async (type: ResourceType, before: StoredResource, attributes: JsonObject) => {
  const after = await use('store').update(scope(type), before, { attributes, exact: false });
  if (after === 'stale') throw new Error('the resource was changed concurrently');
  return after;
};
const changeMembers = async (group: StoredResource, { add = [], remove = [] }: Partial<MemberChanges>) => {
  const loaded = await use('store').read(scope(groupType), group.id, everything);
  if (loaded === undefined) throw new Error('no such group');
  return use('store').update(scope(groupType), loaded.resource, {
    members: { replace: false, add, remove },
    exact: false,
  });
};
const remove = async (type: ResourceType, id: string) => {
  const loaded = await use('store').read(scope(type), id, everything);
  if (loaded === undefined) throw new Error('no such resource');
  expect(await use('store').delete(scope(type), loaded.resource)).toBe('deleted');
};
const published = () => bus().received.map(({ detail }) => detail);
const types = () => published().map(({ type }) => type);
const faults = () => foldEvents(bus().received.map((event) => JSON.stringify(event))).faults;

describe('events of writes', () => {
  test('a user: created, changed, deactivated, reactivated, deleted', async () => {
    const made = await create(userType, { userName: 'ann@acme.com', active: true });
    const named = await change(userType, made, { ...made.attributes, name: { familyName: 'A' } });
    const off = await change(userType, named, { ...named.attributes, userName: 'bea@acme.com', active: false });
    await change(userType, off, { ...off.attributes, active: true });
    await remove(userType, made.id);
    expect(await hand(await newRecords())).toEqual(done);
    expect(types()).toEqual(['user.created', 'user.updated', 'user.deactivated', 'user.reactivated', 'user.deleted']);
    expect(faults()).toEqual([]);
    expect(published()[2]).toMatchObject({
      directory: { id: 'acme', tenant: 'org_42', identityProvider: 'okta' },
      user: { id: made.id, userName: 'bea@acme.com', active: false, name: { familyName: 'A' } },
      version: 3,
      previousVersion: 2,
      changes: [
        { path: 'userName', before: 'ann@acme.com', after: 'bea@acme.com' },
        { path: 'active', before: true, after: false },
      ],
      actor,
      reason: 'change',
    });
    expect(published()[4]).toMatchObject({ user: { id: made.id, userName: 'bea@acme.com' }, version: 5, actor });
  });

  test('an inactive user is one user.created', async () => {
    await create(userType, { userName: 'inactive', active: false });
    await hand(await newRecords());
    expect(types()).toEqual(['user.created']);
  });

  test('a write that changes nothing gives no event', async () => {
    const made = await create(userType, { userName: 'same' });
    await newRecords();
    await change(userType, made, { userName: 'same' });
    expect(await hand(await newRecords())).toEqual(done);
    expect(published()).toEqual([]);
  });

  test('member changes name both sides, and give no event of the group itself', async () => {
    const ann = await create(userType, { userName: 'm1', externalId: '00u1' });
    const inner = await create(groupType, { displayName: 'Inner', externalId: 'g1' });
    const outer = await create(groupType, { displayName: 'Outer' });
    await newRecords();
    await changeMembers(outer, { add: [{ id: ann.id }, { id: inner.id }] });
    await changeMembers(outer, { remove: [ann.id] });
    expect(await hand(await newRecords())).toEqual(done);
    expect(types().sort()).toEqual(['group.member_added', 'group.member_added', 'group.member_removed']);
    expect(published()).toContainEqual(
      expect.objectContaining({
        type: 'group.member_added',
        group: { id: outer.id, displayName: 'Outer' },
        user: { id: ann.id, externalId: '00u1', userName: 'm1', active: true },
        sequence: expect.stringMatching(/^0{39}1$/),
        actor,
      }),
    );
    expect(published()).toContainEqual(
      expect.objectContaining({
        group: { id: outer.id, displayName: 'Outer' },
        memberGroup: { id: inner.id, externalId: 'g1', displayName: 'Inner' },
      }),
    );
  });

  test('a group created with members', async () => {
    const ann = await create(userType, { userName: 'made-with' });
    await newRecords();
    const group = await create(groupType, { displayName: 'Made with' }, [ann.id]);
    await hand(await newRecords());
    expect(types().sort()).toEqual(['group.created', 'group.member_added']);
    const foldedGroup = foldEvents(bus().received.map((event) => JSON.stringify(event))).directories.get('acme');
    expect(foldedGroup?.members.get(group.id)).toEqual(new Set([ann.id]));
  });

  test('a group of 120 members, pending until its members are written, gives one group.created', async () => {
    const users = await Promise.all(Array.from({ length: 120 }, (_, i) => create(userType, { userName: `p${i}` })));
    await newRecords();
    await create(
      groupType,
      { displayName: 'Large' },
      users.map(({ id }) => id),
    );
    await hand(await newRecords());
    expect(types().filter((type) => type === 'group.created')).toHaveLength(1);
    expect(types().filter((type) => type === 'group.member_added')).toHaveLength(120);
    expect(types()).toHaveLength(121);
  });

  test('a large group that fails at last: each membership that came and went has the name of the group', async () => {
    const users = await Promise.all(
      Array.from({ length: 60 }, (_, i) => create(userType, { userName: `failing${i}` })),
    );
    const members = [...users.map(({ id }) => id), crypto.randomUUID()];
    const name = { displayName: 'Never seen' };
    await create(groupType, { displayName: 'Taken first' });
    await newRecords();
    const clash = watch(engine(), async ({ name: called }) => {
      if (called === 'TransactWriteItems' && clash.names().filter((one) => one === called).length === 3)
        await create(groupType, name);
      return undefined;
    });
    const store = createStore({ client: clash.client, tableName: TABLE_NAME });
    const draft = { id: crypto.randomUUID(), attributes: name, members: members.slice(0, 60).map((id) => ({ id })) };
    await expect(store.create(scope(groupType), draft)).rejects.toMatchObject({ status: 409 });
    await hand(await newRecords());
    const about = published().filter(({ type }) => String(type).startsWith('group.member_'));
    expect(about).toHaveLength(120);
    for (const event of about) expect(event).toMatchObject({ group: { id: draft.id, ...name } });
  });

  test('a deleted user leaves its groups, and a deleted group its members', async () => {
    const [ann, bea] = [await create(userType, { userName: 'leaves' }), await create(userType, { userName: 'stays' })];
    const group = await create(groupType, { displayName: 'Left' }, [ann.id, bea.id]);
    await newRecords();
    await remove(userType, ann.id);
    await remove(groupType, group.id);
    expect(await hand(await newRecords())).toEqual(done);
    expect(types().sort()).toEqual(['group.deleted', 'group.member_removed', 'group.member_removed', 'user.deleted']);
    const removed = published().filter(({ type }) => type === 'group.member_removed');
    const left = { id: group.id, displayName: 'Left' };
    for (const [id, userName] of [
      [ann.id, 'leaves'],
      [bea.id, 'stays'],
    ])
      expect(removed).toContainEqual(
        expect.objectContaining({ group: left, user: { id, userName, active: true }, groupVersion: 2, actor }),
      );
  });

  test('two directories: each event names its own', async () => {
    await create(userType, { userName: 'twin' });
    await use('store').create(scope(userType, 'globex'), {
      id: crypto.randomUUID(),
      attributes: { userName: 'twin' },
      members: [],
    });
    await hand(await newRecords());
    expect(published().map(({ directory }) => directory)).toEqual([
      { id: 'acme', tenant: 'org_42', identityProvider: 'okta' },
      { id: 'globex' },
    ]);
  });
});

describe('s5 the version of a group after a change of members', () => {
  const versionOf = async ({ id }: StoredResource) =>
    (await use('store').read(scope(groupType), id, everything))?.resource.memberVersion;
  const dying = () => {
    const { client } = watch(engine(), ({ name }) =>
      name === 'UpdateItem' ? { error: new Error('killed'), when: 'before' } : undefined,
    );
    return createStore({ client, tableName: TABLE_NAME });
  };

  test('a change whose writer died before counting is counted once, however often it is delivered', async () => {
    const [ann, bea] = [await create(userType, { userName: 'c1' }), await create(userType, { userName: 'c2' })];
    const group = await create(groupType, { displayName: 'Uncounted' });
    await newRecords();
    await new Promise((resolve) => setTimeout(resolve, 2));
    const add = [{ id: ann.id }, { id: bea.id }];
    const change = { members: { replace: false, add, remove: [] }, exact: false };
    await expect(dying().update(scope(groupType), group, change)).rejects.toThrow('killed');
    expect(await versionOf(group)).toBe(0);
    const records = await newRecords();
    for (let times = 0; times < 3; times++) {
      expect(await hand(records)).toEqual(done);
      expect(await versionOf(group)).toBe(1);
    }
    expect(new Set(types())).toEqual(new Set(['group.member_added']));
    const before = types();
    expect(await hand(await newRecords())).toEqual(done);
    expect(types(), 'the count itself is no event').toEqual(before);
  });

  test('a change whose writer was overtaken before writing and died before counting is counted', async () => {
    const [ann, bea] = [await create(userType, { userName: 'c4' }), await create(userType, { userName: 'c5' })];
    const group = await create(groupType, { displayName: 'Overtaken' });
    const adding = (id: string) => ({ members: { replace: false, add: [{ id }], remove: [] }, exact: false });
    const { client } = watch(engine(), async ({ name }) => {
      if (name === 'UpdateItem') return { error: new Error('killed'), when: 'before' };
      if (name !== 'BatchGetItem') return undefined;
      await use('store').update(scope(groupType), group, adding(bea.id));
      await new Promise((resolve) => setTimeout(resolve, 2));
      return undefined;
    });
    const store = createStore({ client, tableName: TABLE_NAME });
    await expect(store.update(scope(groupType), group, adding(ann.id))).rejects.toThrow('killed');
    expect(await versionOf(group)).toBe(1);
    expect(await hand(await newRecords())).toEqual(done);
    expect(await versionOf(group)).toBe(2);
  });

  test('a change of attributes and more members than fit into one transaction is counted once', async () => {
    const users = await Promise.all(Array.from({ length: 60 }, (_, i) => create(userType, { userName: `many${i}` })));
    const group = await create(groupType, { displayName: 'Few' });
    await newRecords();
    const members = { replace: false, add: users.map(({ id }) => ({ id })), remove: [] };
    const change = { attributes: { displayName: 'Many' }, members, exact: false };
    await use('store').update(scope(groupType), group, change);
    expect(await versionOf(group)).toBe(1);
    expect(await hand(await newRecords())).toEqual(done);
    expect(await versionOf(group)).toBe(1);
  });

  test('a change that was counted is not counted again, even after a series of requests', async () => {
    const users = await Promise.all([1, 2, 3, 4].map((i) => create(userType, { userName: `counted${i}` })));
    const [ann = users[0], bea, ...others] = users;
    const group = await create(groupType, { displayName: 'Counted' });
    for (const user of users) await changeMembers(group, { add: [{ id: user?.id ?? '' }] });
    await Promise.all(others.map(({ id }) => changeMembers(group, { remove: [id] })));
    await remove(userType, bea?.id ?? '');
    await change(groupType, group, { displayName: 'Renamed' });
    await changeMembers(group, { remove: [ann?.id ?? ''] });
    const version = await versionOf(group);
    expect(version).toBe(8);
    expect(await hand(await newRecords())).toEqual(done);
    expect(await versionOf(group)).toBe(version);
  });

  test('a deletion that died before counting is counted in each group of the member', async () => {
    const ann = await create(userType, { userName: 'c3' });
    const groups = [
      await create(groupType, { displayName: 'D1' }, [ann.id]),
      await create(groupType, { displayName: 'D2' }, [ann.id]),
    ];
    await newRecords();
    await new Promise((resolve) => setTimeout(resolve, 2));
    await expect(dying().delete(scope(userType), ann)).rejects.toThrow('killed');
    expect(await hand(await newRecords())).toEqual(done);
    expect(await Promise.all(groups.map(versionOf))).toEqual([1, 1]);
  });
});

describe('failures', () => {
  const makeUsers = async (...names: readonly string[]) => {
    for (const userName of names) await create(userType, { userName });
    // Each user also has a new membership item, which gives no event.
    const records = await newRecords();
    return records.filter((record) => record.dynamodb?.Keys?.sk?.S === 'RESOURCE');
  };
  const names = () => published().map(({ user }) => (user as JsonObject).userName);
  const poisoned = (record: DynamoDBRecord | undefined): DynamoDBRecord => ({
    ...record,
    dynamodb: { ...record?.dynamodb, NewImage: { ...record?.dynamodb?.NewImage, v: { S: 'secret' } } },
  });
  beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => {}));

  test('an outage of the bus: the first unpublished record is the checkpoint, and nothing is lost', async () => {
    const records = await makeUsers('o1', 'o2', 'o3');
    let entries = 0;
    bus().faults.refuses = () => entries++ % 3 === 1; // the second entry of each request
    bus().faults.fails = () => bus().requests.length > 1;
    expect(await hand(records)).toEqual(checkpoint(records[1]));
    expect(names()).toEqual(['o1', 'o3']);
    bus().faults.refuses = () => false;
    bus().faults.fails = () => false;
    expect(await hand(records.slice(1))).toEqual(done);
    expect(names()).toEqual(['o1', 'o3', 'o2', 'o3']);
    expect(new Set(published().map(({ eventId }) => eventId)).size).toBe(3);
  });

  test('an outage of the table: no event without its directory', async () => {
    const records = await makeUsers('t1', 't2');
    const other = await loadHandler('not-there');
    expect(await other({ Records: [...records] }, WHOLE_TIME)).toEqual(checkpoint(records[0]));
    expect(published()).toEqual([]);
  });

  test('an unreadable record alone goes to the bucket, and all others are published', async () => {
    const [first, second, third] = await makeUsers('x1', 'x2', 'x3');
    const records = [first, poisoned(second), third].filter((record) => record !== undefined);
    expect(await hand(records)).toEqual(done);
    expect(names()).toEqual(['x1', 'x3']);
    expect(bucket.records()).toEqual([[sequenceNumber(second), 'unreadable item']]);
    expect(console.error, 'the alarm counts these lines').toHaveBeenCalledWith(expect.stringContaining(MOVED_RECORD));
    expect(await hand(records), 'a repeated delivery').toEqual(done);
    expect(bucket.records()).toHaveLength(1);
  });

  test('a record alone goes to the bucket if EventBridge refuses its event', async () => {
    const [first, second, third] = await makeUsers('e1', 'e2', 'e3');
    const records = [first, second, third].filter((record) => record !== undefined);
    await hand(records);
    const refused = bus().received[0]?.detail.eventId;
    bus().faults.refuses = (id) => id === refused && 'MalformedDetail';
    expect(await hand(records)).toEqual(done);
    expect(names()).toEqual(['e1', 'e2', 'e3', 'e2', 'e3']);
    expect(bucket.records()).toEqual([[sequenceNumber(first), 'Error: EventBridge refuses an event: MalformedDetail']]);
  });

  test('a record that refers to a damaged item alone goes to the bucket', async () => {
    const ann = await create(userType, { userName: 'd1' });
    const [whole, damaged] = [
      await create(groupType, { displayName: 'Whole' }),
      await create(groupType, { displayName: 'Damaged' }),
    ];
    await newRecords();
    await changeMembers(whole, { add: [{ id: ann.id }] });
    await changeMembers(damaged, { add: [{ id: ann.id }] });
    const documents = DynamoDBDocumentClient.from(engine());
    await documents.send(
      new UpdateCommand({
        TableName: TABLE_NAME,
        Key: resourceKey('acme', 'Group', damaged.id),
        UpdateExpression: 'SET v = :v',
        ExpressionAttributeValues: { ':v': 'damaged' },
      }),
    );
    const records = (await newRecords()).filter((record) => record.dynamodb?.Keys?.sk?.S === 'MEMBEROF');
    expect(await hand(records)).toEqual(done);
    expect(published().map(({ group }) => (group as JsonObject).displayName)).toEqual(['Whole']);
    expect(bucket.records()).toEqual([[sequenceNumber(records[1]), 'unreadable item']]);
  });

  test('if the bucket refuses, the record is the checkpoint', async () => {
    const [first, second, third] = await makeUsers('b1', 'b2', 'b3');
    const records = [first, poisoned(second), third].filter((record) => record !== undefined);
    bucket.refuse(true);
    expect(await hand(records)).toEqual(checkpoint(second));
    bucket.refuse(false);
    expect(await hand(records.slice(1))).toEqual(done);
    expect(new Set(names())).toEqual(new Set(['b1', 'b3']));
    expect(bucket.records()).toHaveLength(1);
  });

  test('a poison record after an outage is not moved before the outage is over', async () => {
    const [first, second] = await makeUsers('q1', 'q2');
    const records = [first, poisoned(second)].filter((record) => record !== undefined);
    bus().faults.fails = () => 'AccessDeniedException';
    expect(await hand(records)).toEqual(checkpoint(first));
    expect(bucket.records()).toEqual([]);
  });

  test('ends before its time is up while the table does not answer', async () => {
    const records = await makeUsers('h1', 'h2');
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      silent.closeAllConnections();
      silent.close();
    });
    const handler = await loadHandler(TABLE_NAME, `http://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    const begun = Date.now();
    const context = { getRemainingTimeInMillis: () => 10_000 - (Date.now() - begun) };
    expect(await handler({ Records: [...records] }, context)).toEqual(checkpoint(records[0]));
    expect(context.getRemainingTimeInMillis()).toBeGreaterThan(6000);
  });

  test('ends before its time is up while the bus is down', async () => {
    const records = await makeUsers('l1', 'l2');
    bus().faults.fails = () => true;
    const begun = Date.now();
    const context = { getRemainingTimeInMillis: () => 9500 - (Date.now() - begun) };
    expect(await hand(records, context)).toEqual(checkpoint(records[0]));
    expect(context.getRemainingTimeInMillis()).toBeGreaterThan(6000);
  });

  test('the log has nothing of an unreadable record but its sequence number', async () => {
    const [first] = await makeUsers('z1');
    const broken = {
      ...first,
      dynamodb: { ...first?.dynamodb, NewImage: { ...first?.dynamodb?.NewImage, r: { S: 'z1 secret' } } },
    };
    await hand([broken]);
    await hand([poisoned(first)]);
    const logged = JSON.stringify(vi.mocked(console.error).mock.calls);
    expect(logged).toContain(sequenceNumber(first));
    expect(logged).not.toMatch(/secret|z1/);
  });
});
