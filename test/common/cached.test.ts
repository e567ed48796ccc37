import { describe, expect, test } from 'vitest';
import { cached } from '../../lib/common/cached.ts';

describe('cached', () => {
  const setUp = (max = 1000) => {
    const state = { now: 0, reads: [] as string[], known: new Map<string, string>(), down: false };
    const read = async (id: string) => {
      state.reads.push(id);
      await Promise.resolve();
      if (state.down) throw new Error('down');
      return state.known.get(id);
    };
    return { state, read: cached(read, { seconds: 20, max, now: () => state.now }) };
  };

  test('concurrent and later calls within the time share one read', async () => {
    const { state, read } = setUp();
    state.known.set('a', '1');
    expect(await Promise.all([read('a'), read('a')])).toEqual(['1', '1']);
    state.known.set('a', '2');
    state.now = 19_999;
    expect(await read('a')).toBe('1');
    state.now = 20_000;
    expect(await read('a')).toBe('2');
    expect(state.reads).toEqual(['a', 'a']);
  });

  test('not found and failures are not cached', async () => {
    const { state, read } = setUp();
    expect(await read('a')).toBeUndefined();
    state.known.set('a', '1');
    state.down = true;
    await expect(read('a')).rejects.toThrow('down');
    state.down = false;
    expect(await read('a')).toBe('1');
  });

  test('memory is bounded', async () => {
    const { state, read } = setUp(2);
    for (const id of ['a', 'b', 'c']) state.known.set(id, id);
    for (const id of ['a', 'b', 'c', 'c', 'b', 'a']) expect(await read(id)).toBe(id);
    expect(state.reads).toEqual(['a', 'b', 'c', 'a']);
  });
});
