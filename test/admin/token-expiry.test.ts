import { beforeAll, expect, test } from 'vitest';
import { createExpiryCheck } from '../../lib/admin/announce-expiring-tokens.ts';
import { createDirectories } from '../../lib/store/directories/directories.ts';
import { DirectorySettings } from '../../lib/store/directories/directory-settings.ts';
import { createAnnounceExpiry, TokenExpiryItem } from '../../lib/store/tokens/token-expiry.ts';
import { readAllTokens } from '../../lib/tokens/list-tokens.ts';
import type { TokenOwner } from '../../lib/tokens/token-ports.ts';
import { watch } from '../store/calls.ts';
import { scanTable } from '../store/table-scan.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { useSecrets } from '../support/secrets.ts';
import { openTokens, owner } from '../support/tokens.ts';

const engine = useEngine();
const secrets = useSecrets();
const DAY = 24 * 60 * 60 * 1000;
const start = Date.parse('2026-11-21T10:00:00Z');
const state = { now: start };
const held: { tokens?: ReturnType<typeof openTokens> } = {};
const tokens = () => {
  if (held.tokens === undefined) throw new Error('not started');
  return held.tokens;
};
const after = (days: number) => new Date(start + days * DAY).toISOString();
const owners: Record<string, TokenOwner> = {};
beforeAll(async () => {
  // Small shards, so that the tokens are spread over several of them.
  held.tokens = openTokens({
    table: engine(),
    secrets: secrets().client,
    prefix: 'expiry',
    maxBytes: 1200,
    now: () => state.now,
  });
  const directories = createDirectories({ client: engine(), tableName: TABLE_NAME, clock: () => start - DAY });
  for (const id of ['acme', 'beta']) {
    const made = await directories.create(DirectorySettings.parse({ id }));
    if (made !== 'taken') owners[id] = made;
  }
});
const ownerOf = (id: string) => owners[id] ?? owner(id);
const create = (id: string, name: string, expiresAt?: string) =>
  tokens().store.create(
    ownerOf(id),
    { name, scopes: ['read'], ...(expiresAt === undefined ? {} : { expiresAt }) },
    state.now + 60_000,
  );

/** @returns the announcements so far as [days, revision], by token name */
const announced = async (): Promise<Record<string, number[]>> => {
  const items = (await scanTable(engine())).filter(({ sk }) => String(sk).startsWith('EXPIRING#'));
  const parsed = items.map((item) => TokenExpiryItem.parse(item));
  return Object.fromEntries(parsed.map(({ token, days, rev }) => [token.name, [days, rev]]));
};
const check = (client = engine()) => {
  const announce = createAnnounceExpiry({ client, tableName: TABLE_NAME, clock: () => state.now });
  const { shards, shardList, work } = tokens();
  const all = () => readAllTokens({ shards, shardList, denied: work }, state.now);
  return createExpiryCheck({ tokens: { all }, announce, now: () => state.now })();
};

test('each token is announced once 30, 7 and 1 days before expiry, however often the check runs', async () => {
  await create('acme', 'never');
  for (const [name, days] of Object.entries({ 'in-40': 40, 'in-35': 35, 'in-20': 20, 'in-half': 0.5 }))
    await create('acme', name, after(days));
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
  const [old] = (await tokens().store.list(ownerOf('acme'))).filter(({ name }) => name === 'never');
  const until = new Date(state.now + DAY).toISOString();
  const rotation = { id: old?.id ?? '', until, successor: { name: 'next', scopes: ['read'] as const } };
  expect(await tokens().store.rotate(ownerOf('acme'), rotation, state.now + 60_000)).toMatchObject({
    replaced: { expiresAt: until },
  });
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
    await create('beta', name, expiresAt);
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

test('tokens of a deleted directory and revoked tokens are not announced', async () => {
  const expiresAt = new Date(state.now + 6 * DAY).toISOString();
  const { store } = tokens();
  await store.create(
    { id: 'gone', createdAt: after(0) },
    { name: 'orphan', scopes: ['read'], expiresAt },
    state.now + 60_000,
  );
  await create('beta', 'revoked', expiresAt);
  expect(await store.revoke(ownerOf('beta'), 'revoked', state.now + 60_000)).toBe('revoked');
  await check();
  expect(Object.keys(await announced())).not.toEqual(expect.arrayContaining(['orphan']));
  expect(Object.keys(await announced())).not.toEqual(expect.arrayContaining(['revoked']));
});
