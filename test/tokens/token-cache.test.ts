import { expect, test } from 'vitest';
import type { StoredToken, Tokens } from '../../lib/tokens/stored-token.ts';
import { createTokenCache, TokenBudgetSpent, type TokenCacheOptions } from '../../lib/tokens/token-cache.ts';

const entry: StoredToken = { directory: 'acme', name: 'n', sha256: 'a'.repeat(64), scopes: ['read'], createdAt: '' };
const withIds = (...ids: string[]): Tokens => new Map(ids.map((id) => [id, entry]));

/** The clock advances only by the test. */
const setUp = (options: Partial<TokenCacheOptions> = {}) => {
  const state = { now: 1_000_000, reads: [] as number[], shards: new Map<number, Tokens>() };
  const cache = createTokenCache({
    read: async (shard) => {
      state.reads.push(shard);
      const tokens = state.shards.get(shard);
      await Promise.resolve();
      return tokens;
    },
    seconds: 20,
    now: () => state.now,
    ...options,
  });
  return { state, cache };
};

test('a copy expires after its lifetime, and a revoked token is then rejected', async () => {
  const { state, cache } = setUp();
  state.shards.set(1, withIds('a', 'b'));
  expect(await cache.find(1, 'a')).toEqual(entry);
  state.shards.set(1, withIds('b'));
  state.now += 19_999;
  expect(await cache.find(1, 'a')).toEqual(entry);
  expect(state.reads).toEqual([1]);
  state.now += 1;
  expect(await cache.find(1, 'a')).toBeUndefined();
  expect(state.reads).toEqual([1, 1]);
});

test('the age of a copy counts from the start of its read', async () => {
  const { state, cache } = setUp({
    read: async () => {
      state.reads.push(1);
      const tokens = state.shards.get(1);
      state.now += 5_000;
      return tokens;
    },
  });
  state.shards.set(1, withIds('a'));
  await cache.find(1, 'a');
  state.shards.set(1, withIds());
  state.now += 15_000;
  expect(await cache.find(1, 'a')).toBeUndefined();
});

test('a new token works immediately with a warm copy', async () => {
  const { state, cache } = setUp();
  state.shards.set(1, withIds('a'));
  await cache.find(1, 'a');
  state.shards.set(1, withIds('a', 'b'));
  expect(await cache.find(1, 'b')).toEqual(entry);
});

test('a shard that was missing is asked for again after a second', async () => {
  const { state, cache } = setUp();
  expect(await cache.find(2, 'a')).toBeUndefined();
  state.shards.set(1, withIds());
  state.shards.set(2, withIds('b'));
  state.now += 999;
  expect(await cache.find(2, 'b')).toBeUndefined();
  expect(state.reads).toEqual([2]);
  state.now += 1;
  expect(await cache.find(2, 'b')).toEqual(entry);
});

test('a token created during a read is found by the next one', async () => {
  const { state, cache } = setUp();
  state.shards.set(1, withIds('a'));
  const first = cache.find(1, 'a');
  await Promise.resolve();
  await Promise.resolve();
  expect(state.reads).toEqual([1]);
  state.shards.set(1, withIds('a', 'b'));
  expect(await Promise.all([first, cache.find(1, 'b')])).toEqual([entry, entry]);
});

test('concurrent requests share one read', async () => {
  const { state, cache } = setUp();
  state.shards.set(1, withIds('a'));
  await Promise.all(Array.from({ length: 50 }, () => cache.find(1, 'a')));
  expect(state.reads).toEqual([1]);
  state.now += 20_000;
  await Promise.all(Array.from({ length: 50 }, () => cache.find(1, 'a')));
  expect(state.reads).toEqual([1, 1]);
});

test('numbers above a missing shard are refused without a read', async () => {
  const { state, cache } = setUp();
  state.shards.set(1, withIds('a'));
  await cache.find(1, 'a');
  expect(await cache.find(2, 'forged')).toBeUndefined();
  state.reads.length = 0;
  for (let i = 0; i < 100; i += 1) expect(await cache.find(2 + i, `forged${i}`)).toBeUndefined();
  expect(state.reads).toEqual([]);
  // Only the lowest missing number is asked for again, once a second.
  state.now += 1000;
  for (let i = 0; i < 100; i += 1) expect(await cache.find(50 + i, `other${i}`)).toBeUndefined();
  expect(state.reads).toEqual([2]);
});

test('unknown tokens have a budget of reads; beyond it they fail, and are never called unknown', async () => {
  const { state, cache } = setUp({ budget: { burst: 5, perSecond: 2 } });
  state.shards.set(1, withIds('a'));
  await cache.find(1, 'a');
  state.reads.length = 0;
  const outcomes = [];
  for (let i = 0; i < 100; i += 1) outcomes.push(await cache.find(1, `forged${i}`).catch((error: unknown) => error));
  expect(state.reads).toHaveLength(4);
  expect(outcomes.filter((outcome) => outcome === undefined)).toHaveLength(4);
  expect(outcomes.filter((outcome) => outcome instanceof TokenBudgetSpent)).toHaveLength(96);
  // A known token costs nothing of it, and a new one works as soon as there is budget again.
  expect(await cache.find(1, 'a')).toEqual(entry);
  state.shards.set(1, withIds('a', 'new'));
  await expect(cache.find(1, 'new')).rejects.toBeInstanceOf(TokenBudgetSpent);
  state.now += 500;
  expect(await cache.find(1, 'new')).toEqual(entry);
});

test('the same unknown token is read for once in five seconds', async () => {
  const { state, cache } = setUp();
  state.shards.set(1, withIds('a'));
  await cache.find(1, 'a');
  state.reads.length = 0;
  for (let i = 0; i < 50; i += 1) expect(await cache.find(1, 'old')).toBeUndefined();
  expect(state.reads).toEqual([1]);
  state.now += 5000;
  await cache.find(1, 'old');
  expect(state.reads).toEqual([1, 1]);
});

test('other shards that exist are read outside the budget', async () => {
  const { state, cache } = setUp({ budget: { burst: 1, perSecond: 0 } });
  for (const shard of [1, 2, 3]) state.shards.set(shard, withIds('a'));
  for (const shard of [3, 2, 1]) expect(await cache.find(shard, 'a')).toEqual(entry);
});

test.each([
  ['back by an hour', -3_600_000],
  ['back by a second', -1000],
  ['forward by a day', 86_400_000],
])('a clock that is set %s keeps no revoked token alive', async (_name, step) => {
  const { state, cache } = setUp();
  state.shards.set(1, withIds('a', 'b'));
  await cache.find(1, 'a');
  state.shards.set(1, withIds('b'));
  state.now += step;
  expect(await cache.find(1, 'a')).toBeUndefined();
  // And the cache works again from then on.
  state.reads.length = 0;
  for (let i = 0; i < 10; i += 1) expect(await cache.find(1, 'b')).toEqual(entry);
  expect(state.reads).toEqual([]);
});

test('made-up shards do not evict real ones', async () => {
  const { state, cache } = setUp({ maxShards: 2 });
  for (const shard of [1, 2]) state.shards.set(shard, withIds('a'));
  await cache.find(1, 'a');
  await cache.find(2, 'a');
  for (let i = 0; i < 20; i += 1) await cache.find(1020 - i, `forged${i}`).catch(() => undefined);
  state.reads.length = 0;
  await cache.find(1, 'a');
  await cache.find(2, 'a');
  expect(state.reads).toEqual([]);
});

test('memory is bounded: the oldest copy is evicted', async () => {
  const { state, cache } = setUp({ maxShards: 2 });
  for (const shard of [1, 2, 3]) {
    state.shards.set(shard, withIds('a'));
    await cache.find(shard, 'a');
  }
  state.reads.length = 0;
  for (const shard of [2, 3, 1]) await cache.find(shard, 'a');
  expect(state.reads).toEqual([1]);
});

test('a failed read fails the waiting requests, is not cached, and never means "unknown token"', async () => {
  let down = false;
  const { state, cache } = setUp({
    read: async () => {
      if (down) throw new Error('down');
      return withIds('a');
    },
  });
  await cache.find(1, 'a');
  down = true;
  expect(await cache.find(1, 'a')).toEqual(entry);
  await expect(cache.find(1, 'b')).rejects.toThrow('down');
  state.now += 20_000;
  await expect(cache.find(1, 'a')).rejects.toThrow('down');
  down = false;
  expect(await cache.find(1, 'a')).toEqual(entry);
});

test('a read that starts earlier and ends later does not restore a revoked token', async () => {
  const answers: ((tokens: Tokens) => void)[] = [];
  const { state, cache } = setUp({ read: () => new Promise((resolve) => answers.push(resolve)) });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const first = cache.find(1, 'a');
  await settle();
  answers[0]?.(withIds('a'));
  await first;
  // Two reads overlap: the older one still shows the token.
  const older = cache.find(1, 'x');
  await settle();
  const newer = cache.find(1, 'y');
  await settle();
  answers[1]?.(withIds('a'));
  await settle();
  expect(answers).toHaveLength(3);
  answers[2]?.(withIds());
  expect(await Promise.all([older, newer])).toEqual([undefined, undefined]);
  const revoked = cache.find(1, 'a');
  await settle();
  answers[3]?.(withIds());
  expect(await revoked).toBeUndefined();
  expect(state.reads).toEqual([]);
});
