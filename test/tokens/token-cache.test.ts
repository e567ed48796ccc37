import { expect, test } from 'vitest';
import type { StoredToken, Tokens } from '../../lib/tokens/stored-token.ts';
import { createTokenCache, type TokenCacheOptions } from '../../lib/tokens/token-cache.ts';

const entry: StoredToken = { directory: 'acme', name: 'n', sha256: 'a'.repeat(64), scopes: ['read'], createdAt: '' };
const withIds = (...ids: string[]): Tokens => new Map(ids.map((id) => [id, entry]));

/** The clock advances only by the test, or by a wait of the cache. */
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
    pauseMs: 100,
    now: () => state.now,
    wait: async (ms) => {
      state.now += ms;
    },
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

test('a new token in a new shard works immediately, even if the shard was requested before', async () => {
  const { state, cache } = setUp();
  expect(await cache.find(2, 'a')).toBeUndefined();
  state.shards.set(2, withIds('a'));
  expect(await cache.find(2, 'a')).toEqual(entry);
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

test('forged tokens cause at most ten reads per second, in existing and in made-up shards', async () => {
  const { state, cache } = setUp();
  state.shards.set(1, withIds('a'));
  await cache.find(1, 'a');
  state.reads.length = 0;
  const begin = state.now;
  for (let i = 0; i < 100; i += 1) expect(await cache.find(1, `forged${i}`)).toBeUndefined();
  for (let i = 0; i < 100; i += 1) expect(await cache.find(1000 + i, 'forged')).toBeUndefined();
  expect(state.reads.length / ((state.now - begin) / 1000)).toBeLessThanOrEqual(10.1);
});

test('concurrent forged tokens share a read, and do not delay a cached token', async () => {
  const { state, cache } = setUp();
  state.shards.set(1, withIds('a'));
  await cache.find(1, 'a');
  state.reads.length = 0;
  await Promise.all(Array.from({ length: 100 }, (_, i) => cache.find(1, `forged${i}`)));
  expect(state.reads.length).toBe(1);
  const now = state.now;
  expect(await cache.find(1, 'a')).toEqual(entry);
  expect(state.now).toBe(now);
});

test('made-up shards do not evict real ones', async () => {
  const { state, cache } = setUp({ maxShards: 2 });
  for (const shard of [1, 2]) state.shards.set(shard, withIds('a'));
  await cache.find(1, 'a');
  await cache.find(2, 'a');
  for (let i = 0; i < 20; i += 1) await cache.find(1000 + i, 'forged');
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
  const gates: (() => void)[] = [];
  const { state, cache } = setUp({
    read: () => new Promise((resolve) => answers.push(resolve)),
    wait: () => new Promise<void>((resolve) => gates.push(resolve)),
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const first = cache.find(1, 'a');
  await settle();
  answers[0]?.(withIds('a'));
  await first;
  state.now += 19_950;
  const missing = cache.find(1, 'x');
  await settle();
  answers[1]?.(withIds('a'));
  await missing;
  // Waits at the gate while the copy expires and another request refreshes it.
  const waiting = cache.find(1, 'y');
  await settle();
  state.now += 20_000;
  const renewing = cache.find(1, 'a');
  state.now += 50;
  gates[0]?.();
  await settle();
  expect(answers).toHaveLength(4);
  answers[3]?.(withIds());
  await waiting;
  answers[2]?.(withIds('a'));
  await renewing;
  const revoked = cache.find(1, 'a');
  await settle();
  gates[1]?.();
  await settle();
  answers[4]?.(withIds());
  expect(await revoked).toBeUndefined();
});
