import { beforeAll, expect, test } from 'vitest';
import { createExpiryCheck } from '../../lib/admin/announce-expiring-tokens.ts';
import { createAnnounceExpiry, TokenExpiryItem } from '../../lib/store/tokens/token-expiry.ts';
import { createTokenShards } from '../../lib/store/tokens/token-shards.ts';
import { createShards } from '../../lib/tokens/shard-secret.ts';
import { createTokenStore, type TokenStore } from '../../lib/tokens/token-store.ts';
import { watch } from '../store/calls.ts';
import { scanTable } from '../store/table-scan.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { useSecrets } from '../support/secrets.ts';

const engine = useEngine();
const secrets = useSecrets();
const DAY = 24 * 60 * 60 * 1000;
const start = Date.parse('2026-11-21T10:00:00Z');
const state = { now: start };
const held: { store?: TokenStore } = {};
const store = () => held.store ?? ({} as TokenStore);
const after = (days: number) => new Date(start + days * DAY).toISOString();
beforeAll(() => {
  const table = { client: engine(), tableName: TABLE_NAME };
  // Small shards, so that the tokens are spread over several of them.
  const shards = createShards({ client: secrets().client, prefix: 'expiry', maxBytes: 700 });
  held.store = createTokenStore({ shards, shardList: createTokenShards(table), now: () => state.now });
});

/** @returns the announcements so far as [days, revision], by token name */
const announced = async (): Promise<Record<string, number[]>> => {
  const items = (await scanTable(engine())).filter(({ sk }) => String(sk).startsWith('EXPIRING#'));
  const parsed = items.map((item) => TokenExpiryItem.parse(item));
  return Object.fromEntries(parsed.map(({ token, days, rev }) => [token.name, [days, rev]]));
};
const check = (client = engine()) => {
  const announce = createAnnounceExpiry({ client, tableName: TABLE_NAME, clock: () => state.now });
  return createExpiryCheck({ tokens: store(), announce, now: () => state.now })();
};

test('each token is announced once 30, 7 and 1 days before expiry, however often the check runs', async () => {
  const create = (name: string, days?: number) =>
    store().create('acme', { name, scopes: ['read'], ...(days === undefined ? {} : { expiresAt: after(days) }) });
  await create('never');
  await create('in-40', 40);
  await create('in-35', 35);
  await create('in-20', 20);
  await create('in-half', 0.5);
  await check();
  expect(await announced()).toEqual({});

  state.now = start + 6 * DAY;
  await check();
  await check();
  expect(await announced()).toEqual({ 'in-35': [30, 1] });
  state.now = start + 14 * DAY;
  await check();
  expect(await announced()).toEqual({ 'in-35': [30, 1], 'in-40': [30, 1], 'in-20': [7, 1] });
  state.now = start + 19.2 * DAY;
  await check();
  await check();
  expect(await announced()).toEqual({ 'in-35': [30, 1], 'in-40': [30, 1], 'in-20': [1, 2] });
  // After a gap in the schedule, only the smallest number of days is announced.
  state.now = start + 34.5 * DAY;
  await check();
  expect(await announced()).toEqual({ 'in-35': [1, 2], 'in-40': [7, 2], 'in-20': [1, 2] });
});

test('a rotated token is announced when its overlap is about to end', async () => {
  const [old] = (await store().list('acme')).filter(({ name }) => name === 'never');
  await store().replace('acme', old?.id ?? '', { by: 'new', until: new Date(state.now + DAY).toISOString() });
  await check();
  expect((await announced()).never).toEqual([1, 1]);
});

test('a failed announcement does not block others and is retried by the next check', async () => {
  const expiresAt = new Date(state.now + 6 * DAY).toISOString();
  for (const [name, createdAt] of [
    ['one', start],
    ['two', start],
  ] as const) {
    const kept = state.now;
    state.now = createdAt;
    await store().create('beta', { name, scopes: ['read'], expiresAt });
    state.now = kept;
  }
  let failures = 0;
  const broken = watch(engine(), ({ name, input }) => {
    if (name !== 'UpdateItem' || !JSON.stringify(input).includes('"one"')) return undefined;
    failures += 1;
    return { when: 'before', error: Object.assign(new Error('down'), { name: 'AccessDenied', $fault: 'client' }) };
  });
  await expect(check(broken.client)).rejects.toBeInstanceOf(AggregateError);
  expect(failures).toBe(1);
  expect(await announced()).toMatchObject({ two: [7, 1] });
  expect(await announced()).not.toHaveProperty('one');
  await check();
  expect(await announced()).toMatchObject({ one: [7, 1], two: [7, 1] });
});
