/**
 * Injected throttling, which the engine never does: requests wait it out, and end with 429, not 503, at their deadline.
 */
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { groupType } from '../../lib/scim/index.ts';
import { createCleanUp } from '../../lib/store/clean-up.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { Throttled } from '../../lib/store/table/retry.ts';
import { createThrottle } from '../../lib/store/table/throttle.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { watch } from './calls.ts';
import { NOTHING, sceneOf, scopeOf } from './scene.ts';
import { findOrphans, NO_ORPHANS } from './table-scan.ts';

const client = useEngine({ stream: false });
const throttled = () =>
  new TransactionCanceledException({
    message: 'injected',
    $metadata: {},
    CancellationReasons: [{ Code: 'ThrottlingError' }, { Code: 'None' }],
  });

/** Lets `passes` transactions pass, and throttles the rest while `on` is set. */
const open = (passes: number) => {
  const state = { on: true, passes, refusedAt: 0 };
  const begun = Date.now();
  /** Starts at the first throttled call, so that a slow machine does not use up the deadline before. */
  const clock = () => begun + (state.refusedAt === 0 ? 0 : Date.now() - state.refusedAt);
  const watched = watch(client(), ({ name }) => {
    if (name !== 'TransactWriteItems' || !state.on) return undefined;
    state.passes -= 1;
    if (state.passes >= 0) return undefined;
    state.refusedAt ||= Date.now();
    return { error: throttled(), when: 'before' };
  });
  const options = { client: watched.client, tableName: TABLE_NAME, clock };
  const store = createStore(options);
  const soon = (milliseconds: number) => ({ deadline: clock() + milliseconds });
  const plain = sceneOf(createStore({ client: client(), tableName: TABLE_NAME }));
  return { state, watched, store, plain, soon, options };
};
const transactions = ({ watched }: ReturnType<typeof open>) =>
  watched.names().filter((name) => name === 'TransactWriteItems').length;

test('a large change that is throttled until its deadline is 429 and, repeated, completes', async () => {
  const opened = open(2);
  const { plain, store, state, soon } = opened;
  const users = await plain.createUsers(260);
  const group = await plain.createGroup('g');
  const change = { members: { replace: false, add: users.map(({ id }) => ({ id })), remove: [] }, exact: false };
  const cut = store.update(scopeOf(plain.directory, groupType, soon(1000)), group, change);
  await expect(cut).rejects.toMatchObject({ status: 429, headers: { 'Retry-After': '1' } });
  expect(await plain.memberIds(group.id)).toHaveLength(100);
  // Six chunks that each retried independently would need many more.
  expect(transactions(opened)).toBeLessThanOrEqual(14);
  const half = await store.read(plain.groups(), group.id, NOTHING);
  expect(half?.resource.memberVersion).toBe(1);
  state.on = false;
  await store.update(plain.groups(), group, change);
  expect(await plain.memberIds(group.id)).toHaveLength(260);
  expect(await findOrphans(client(), plain.directory)).toEqual(NO_ORPHANS);
});

test('a single write that is throttled until its deadline is 429 with Retry-After, not an outage', async () => {
  const { plain, store, soon } = open(0);
  const scope = scopeOf(plain.directory, groupType, soon(400));
  const made = store.create(scope, { id: crypto.randomUUID(), attributes: { displayName: 'g' }, members: [] });
  await expect(made).rejects.toMatchObject({ status: 429, headers: { 'Retry-After': '2' } });
});

test('a throttled sweep leaves the rest to the next one', async () => {
  const { plain, state, store, soon, options } = open(2);
  const users = await plain.createUsers(160);
  const group = await plain.createGroup(
    'g',
    users.map(({ id }) => ({ id })),
  );
  expect(await store.delete(scopeOf(plain.directory, groupType, soon(600)), group)).toBe('deleted');
  expect((await findOrphans(client(), plain.directory)).wrong.length).toBeGreaterThan(0);
  const sweep = createCleanUp(options);
  expect((await sweep(soon(600))).left).toBeGreaterThan(0);
  state.on = false;
  await sweep({ deadline: Number.POSITIVE_INFINITY });
  const { wrong } = await findOrphans(client(), plain.directory);
  expect(wrong.filter((line) => line.includes('edge') || line.includes('MEMBEROF'))).toEqual([]);
});

test('after a throttled attempt all attempts wait, and fewer run concurrently', async () => {
  const pace = createThrottle();
  const refusedAt: number[] = [];
  const begunAt: number[] = [];
  let [running, most] = [0, 0];
  const ask = (refuse: boolean) =>
    pace(async () => {
      begunAt.push(performance.now());
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running -= 1;
      if (!refuse) return;
      refusedAt.push(performance.now());
      throw new Throttled('injected');
    });
  await Promise.all(Array.from({ length: 16 }, () => ask(false)));
  expect(most).toBe(8);
  await expect(ask(true)).rejects.toThrow('injected');
  most = 0;
  begunAt.length = 0;
  await Promise.all(Array.from({ length: 16 }, () => ask(false)));
  expect(most).toBeLessThanOrEqual(4);
  expect(Math.min(...begunAt) - (refusedAt[0] ?? 0)).toBeGreaterThanOrEqual(95);
});
