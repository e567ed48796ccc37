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
  // Small shards: the tokens lie in several of them.
  const shards = createShards({ client: secrets().client, prefix: 'expiry', maxBytes: 700 });
  held.store = createTokenStore({ shards, shardList: createTokenShards(table), now: () => state.now });
});

/** @returns what was said so far, by the tokens' names */
const said = async (): Promise<Record<string, number[]>> => {
  const items = (await scanTable(engine())).filter(({ sk }) => String(sk).startsWith('EXPIRING#'));
  const parsed = items.map((item) => TokenExpiryItem.parse(item));
  return Object.fromEntries(parsed.map(({ token, days, rev }) => [token.name, [days, rev]]));
};
const check = (client = engine()) => {
  const announce = createAnnounceExpiry({ client, tableName: TABLE_NAME, clock: () => state.now });
  return createExpiryCheck({ tokens: store(), announce, now: () => state.now })();
};

test('each token is announced 30, 7 and 1 days before its end, each once, however often the check runs', async () => {
  const make = (name: string, days?: number) =>
    store().create('acme', { name, scopes: ['read'], ...(days === undefined ? {} : { expiresAt: after(days) }) });
  await make('never');
  await make('in-40', 40);
  await make('in-35', 35);
  await make('in-20', 20);
  await make('in-half', 0.5);
  await check();
  expect(await said()).toEqual({});

  state.now = start + 6 * DAY;
  await check();
  await check();
  expect(await said()).toEqual({ 'in-35': [30, 1] });
  state.now = start + 14 * DAY;
  await check();
  expect(await said()).toEqual({ 'in-35': [30, 1], 'in-40': [30, 1], 'in-20': [7, 1] });
  state.now = start + 19.2 * DAY;
  await check();
  await check();
  expect(await said()).toEqual({ 'in-35': [30, 1], 'in-40': [30, 1], 'in-20': [1, 2] });
  // A schedule that did not run for a while says the least number of days only.
  state.now = start + 34.5 * DAY;
  await check();
  expect(await said()).toEqual({ 'in-35': [1, 2], 'in-40': [7, 2], 'in-20': [1, 2] });
});

test('a token that was rotated is announced when its overlap is near its end', async () => {
  const [old] = (await store().list('acme')).filter(({ name }) => name === 'never');
  await store().replace('acme', old?.id ?? '', { by: 'new', until: new Date(state.now + DAY).toISOString() });
  await check();
  expect((await said()).never).toEqual([1, 1]);
});

test('one that cannot be announced keeps no other from it, and is announced the next time', async () => {
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
  expect(await said()).toMatchObject({ two: [7, 1] });
  expect(await said()).not.toHaveProperty('one');
  await check();
  expect(await said()).toMatchObject({ one: [7, 1], two: [7, 1] });
});
