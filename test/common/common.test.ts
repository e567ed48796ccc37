import { expect, test } from 'vitest';
import { exponentialDelay, jitteredDelay } from '../../lib/common/backoff.ts';
import { setBounded } from '../../lib/common/cached.ts';
import { parseJson } from '../../lib/common/json-text.ts';
import { toTerminalText } from '../../lib/common/terminal-text.ts';

test('the bound of a delay doubles up to the longest', () => {
  expect([0, 1, 2, 3, 50].map((attempt) => exponentialDelay(attempt, 20, 100))).toEqual([20, 40, 80, 100, 100]);
  for (let attempt = 0; attempt < 20; attempt++) {
    const delay = jitteredDelay(attempt, 20, 100);
    expect(delay).toBeGreaterThanOrEqual(0);
    expect(delay).toBeLessThanOrEqual(exponentialDelay(attempt, 20, 100));
  }
});

test('a bounded map drops the entry that was set longest ago', () => {
  const map = new Map<string, number>();
  for (const key of ['a', 'b', 'a', 'c']) setBounded(map, [key, 1], 2);
  expect([...map.keys()]).toEqual(['a', 'c']);
});

test('text that is not JSON parses to undefined', () => {
  expect(parseJson('{"a":[null]}')).toEqual({ a: [null] });
  expect(parseJson('null')).toBeNull();
  expect(parseJson('{')).toBeUndefined();
  expect(parseJson('')).toBeUndefined();
});

test('control characters do not reach the terminal', () => {
  expect(toTerminalText('a\u001b[31mb\nc\u009bd')).toBe('a?[31mb?c?d');
  expect(toTerminalText('a\nb', ' ')).toBe('a b');
});
