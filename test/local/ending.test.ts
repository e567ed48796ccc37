import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createShutdown } from '../../lib/local/shutdown.ts';

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test('cleanup steps run once, in reverse order, despite a failing step, and the first exit code counts', async () => {
  const exit = vi.fn();
  const shutdown = createShutdown(exit);
  const undone: string[] = [];
  shutdown.later(() => {
    undone.push('first');
  });
  shutdown.later(() => Promise.reject(new Error('no luck')));
  shutdown.later(async () => {
    await new Promise((resolve) => setTimeout(resolve, 10));
    undone.push('last');
  });
  await Promise.all([shutdown.end(1, 'why'), shutdown.end(0, 'not this')]);
  expect(undone).toEqual(['last', 'first']);
  expect(exit.mock.calls).toEqual([[1]]);
  expect(vi.mocked(console.error).mock.calls.map(([line]) => String(line))).toEqual(['why', 'Error: no luck']);
});

test('with a step that hangs, the process still exits within five seconds and the other steps run', () => {
  vi.useFakeTimers();
  const undone: string[] = [];
  const shutdown = createShutdown((code) => undone.push(`exit ${code}`));
  shutdown.later(() => {
    undone.push('first');
  });
  shutdown.later(() => {
    throw new Error('no luck');
  });
  shutdown.later(() => {
    undone.push('second');
  });
  shutdown.later(() => new Promise(() => {}));
  void shutdown.end(0);
  vi.advanceTimersByTime(5000);
  expect(undone).toEqual(['second', 'first', 'exit 0']);
});
