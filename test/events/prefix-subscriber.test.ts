/**
 * A subscriber that grants access by a prefix of group names, after random operations whose events arrive late, shuffled
 * and doubled. The full size is `npm run check:prefix`; `PREFIX_SEED` repeats a run.
 */
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import { expect, test } from 'vitest';
import * as z from 'zod';
import type { LifecycleEvent } from '../../lib/events/envelope.ts';
import { createChangePublisher } from '../../lib/events/publish-changes.ts';
import { createChangeSources } from '../../lib/lambda/change-sources.ts';
import { createStreamReader } from '../../lib/local/stream-reader.ts';
import { passesFilter, toLambdaRecord } from '../../lib/local/stream-record.ts';
import { createDirectories } from '../../lib/store/directories/directories.ts';
import { DirectorySettings } from '../../lib/store/directories/directory-settings.ts';
import { createPrefixSubscriber } from '../subscriber/prefix-subscriber.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { group, operations, user } from '../support/local-run.ts';
import { createRandom } from './random.ts';
import { createSend, DIRECTORY } from './random-operations.ts';

const OPERATIONS = Number(process.env.PREFIX_OPERATIONS ?? 150);
const SEED = Number(process.env.PREFIX_SEED ?? Math.floor(Math.random() * 1_000_000));
const PREFIX = 'app-';

const engine = useEngine();

/** The stream as the function reads it, and its events as rules match them. */
const openEvents = async () => {
  const { Table } = await engine().send(new DescribeTableCommand({ TableName: TABLE_NAME }));
  const { endpoint, region, credentials } = engine().config;
  const streams = new DynamoDBStreamsClient({ ...(endpoint && { endpoint }), region, credentials });
  const streamArn = Table?.LatestStreamArn ?? '';
  const reader = createStreamReader(streams, streamArn, undefined);
  const read = async (): Promise<readonly DynamoDBRecord[]> => {
    const { records } = await reader.read();
    const here = records.filter(passesFilter).map((record) => toLambdaRecord(record, streamArn));
    return records.length === 0 ? here : [...here, ...(await read())];
  };
  const received: LifecycleEvent[] = [];
  const publishChanges = createChangePublisher({
    ...createChangeSources({ client: engine(), tableName: TABLE_NAME }),
    publish: async (events) => {
      received.push(...events);
      return { published: events.length };
    },
  });
  return async () => {
    expect(await publishChanges(await read())).toMatchObject({ poison: [] });
    return received.splice(0).map(({ type, detail }) => ({ source: 'rollcall', 'detail-type': type, detail }));
  };
};
type Bus = Awaited<ReturnType<typeof openEvents>>;
type Event = Awaited<ReturnType<Bus>>[number];

const Group = z.object({
  displayName: z.string(),
  members: z._default(z.array(z.object({ value: z.string(), type: z.string() })), []),
});

/** Clients of the directory that rename, delete and fill groups of few names, so that many cross the prefix. */
const createClients = ({ next, below, pick }: ReturnType<typeof createRandom>) => {
  const send = createSend(engine());
  const ids: { Users: string[]; Groups: string[] } = { Users: [], Groups: [] };
  let made = 0;
  const groupName = () => `${pick([PREFIX, 'other-', ''])}${below(2) === 0 ? 'team' : 'crew'} ${made++}`;
  const someMembers = () =>
    [...new Set(Array.from({ length: 1 + below(4) }, () => pick(next() < 0.9 ? ids.Users : ids.Groups)))].flatMap(
      (value) => (value === undefined ? [] : [{ value }]),
    );
  const post = async (endpoint: 'Users' | 'Groups', body: object) => {
    const { status, body: created } = await send({ method: 'POST', path: `/${endpoint}`, body });
    if (status === 201) ids[endpoint].push(String(created?.id));
  };
  const drop = async (endpoint: 'Users' | 'Groups') => {
    const id = pick(ids[endpoint]);
    ids[endpoint] = ids[endpoint].filter((one) => one !== id);
    await send({ method: 'DELETE', path: `/${endpoint}/${id}` });
  };
  const patch = (endpoint: 'Users' | 'Groups', operation: object) =>
    send({ method: 'PATCH', path: `/${endpoint}/${pick(ids[endpoint])}`, body: operations(operation) });
  const operate: readonly (readonly [number, () => Promise<unknown>])[] = [
    [12, () => post('Users', user(`user${made++}@acme.example`, { externalId: `x${made}` }))],
    [6, () => patch('Users', { op: 'replace', value: { userName: `renamed${made++}@acme.example` } })],
    [6, () => drop('Users')],
    [8, () => post('Groups', group(groupName(), { members: someMembers() }))],
    [20, () => patch('Groups', { op: 'replace', value: { displayName: groupName() } })],
    [6, () => drop('Groups')],
    [24, () => patch('Groups', { op: 'add', path: 'members', value: someMembers() })],
    [14, () => patch('Groups', { op: 'remove', path: 'members', value: someMembers() })],
    [4, () => patch('Groups', { op: 'remove', path: `members[value eq "${pick(ids.Users)}"]` })],
  ];
  const total = operate.reduce((sum, [weight]) => sum + weight, 0);
  const readGroup = async (id: string) => {
    const { status, body } = await send({ method: 'GET', path: `/Groups/${id}` });
    return status === 200 ? Group.parse(body) : undefined;
  };
  const usersIn = ({ members }: z.infer<typeof Group>) =>
    members.filter(({ type }) => type === 'User').map(({ value }) => value);
  return {
    operateOnce: async () => {
      let at = below(total);
      for (const [weight, operation] of operate) {
        if (at < weight) return operation();
        at -= weight;
      }
      return undefined;
    },
    readMembers: async (id: string) => {
      const found = await readGroup(id);
      return found === undefined ? [] : usersIn(found);
    },
    /** Who should have access, from the groups as clients see them. */
    entitled: async () => {
      const found = await Promise.all(ids.Groups.map(readGroup));
      const within = found.filter((one) => one?.displayName.startsWith(PREFIX) === true);
      return new Set(within.flatMap((one) => (one === undefined ? [] : usersIn(one))));
    },
  };
};

test(`access by a prefix of group names ends with exactly the right people (${OPERATIONS} operations, seed ${SEED})`, {
  timeout: 600_000,
}, async () => {
  const directories = createDirectories({ client: engine(), tableName: TABLE_NAME });
  await directories.create(DirectorySettings.parse({ id: DIRECTORY }));
  const random = createRandom(SEED);
  const clients = createClients(random);
  const publish = await openEvents();
  // One acts on events while the operations run, one on all of them afterwards, in another order.
  const early = createPrefixSubscriber(PREFIX, clients.readMembers);
  const late = createPrefixSubscriber(PREFIX, clients.readMembers);
  const all: Event[] = [];
  let pool: Event[] = [];
  let matched = 0;
  const deliver = async (count: number) => {
    for (let i = 0; i < count && pool.length > 0; i++) {
      const event = random.pick(pool);
      if (event === undefined) return;
      if (random.next() < 0.8) pool = pool.filter((one) => one !== event);
      if (await early.receive(event)) matched++;
    }
  };
  for (let i = 0; i < OPERATIONS; i++) {
    await clients.operateOnce();
    // The stream lags, so names have changed by the time events are published.
    if (random.next() < 0.3) {
      const published = await publish();
      all.push(...published);
      pool.push(...published);
    }
    await deliver(random.below(8));
  }
  const rest = await publish();
  all.push(...rest);
  pool.push(...rest);
  while (pool.length > 0) await deliver(100);
  const entitled = await clients.entitled();
  expect(early.granted()).toEqual(entitled);

  for (const event of random.shuffle([...all, ...random.shuffle(all).slice(0, all.length / 4)]))
    await late.receive(event);
  expect(late.granted()).toEqual(entitled);
  const named = all.filter(({ 'detail-type': type }) => type.startsWith('group.member_'));
  expect(JSON.stringify(named)).not.toContain('nameUnknown');
  const removed = named.filter(({ 'detail-type': type }) => type === 'group.member_removed');
  console.log(
    `${OPERATIONS} operations, seed ${SEED}: ${all.length} events, ${matched} matched, ${removed.length} member_removed, ${entitled.size} with access`,
  );
  expect(entitled.size).toBeGreaterThan(0);
});
