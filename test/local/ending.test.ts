import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createEnding } from '../../lib/local/shutdown.ts';

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test('everything is undone once, last in first out, a failing step included, and the first code counts', async () => {
  const exit = vi.fn();
  const ending = createEnding(exit);
  const undone: string[] = [];
  ending.later(() => {
    undone.push('first');
  });
  ending.later(() => Promise.reject(new Error('no luck')));
  ending.later(async () => {
    await new Promise((resolve) => setTimeout(resolve, 10));
    undone.push('last');
  });
  await Promise.all([ending.end(1, 'why'), ending.end(0, 'not this')]);
  expect(undone).toEqual(['last', 'first']);
  expect(exit.mock.calls).toEqual([[1]]);
  expect(vi.mocked(console.error).mock.calls.map(([said]) => String(said))).toEqual(['why', 'Error: no luck']);
});

test('a step that hangs ends the process all the same, within five seconds, and the others are undone', () => {
  vi.useFakeTimers();
  const undone: string[] = [];
  const ending = createEnding((code) => undone.push(`exit ${code}`));
  ending.later(() => {
    undone.push('first');
  });
  ending.later(() => {
    throw new Error('no luck');
  });
  ending.later(() => {
    undone.push('second');
  });
  ending.later(() => new Promise(() => {}));
  void ending.end(0);
  vi.advanceTimersByTime(5000);
  expect(undone).toEqual(['second', 'first', 'exit 0']);
});
