import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { matches, parsePattern } from '../../lib/events/pattern.ts';
import { findWishes, wishes } from '../../lib/events/pattern-wishes.ts';
import { inputHash, patterns, RULER_VERSION, readEvents, readResults } from '../tools/pattern-results.ts';

const recorded = readResults();
const events = readEvents();

test('the recorded results are about these patterns, these events and this version of event-ruler', () => {
  expect({ version: recorded.version, hash: recorded.hash }, 'run test/more/event-ruler.sh --write').toEqual({
    version: RULER_VERSION,
    hash: inputHash(),
  });
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
});

test.each([...patterns])('%s: the matcher agrees with event-ruler', (name, given) => {
  const result = recorded.matches[name];
  if (typeof result === 'string') {
    expect(() => parsePattern(given)).toThrow();
    return;
  }
  const pattern = parsePattern(given);
  expect(events.filter(({ event }) => matches(pattern, event)).map(({ id }) => id)).toEqual(result);
});

test.each(wishes)('$wish: matches some events and not others', ({ wish }) => {
  const found = recorded.matches[wish] ?? [];
  expect(found.length).toBeGreaterThan(0);
  expect(found.length).toBeLessThan(events.length);
});

test('there are at least 25 wishes, each in docs/patterns.md once', () => {
  expect(wishes.length).toBeGreaterThanOrEqual(25);
  const text = readFileSync('docs/patterns.md', 'utf8');
  for (const { wish, pattern } of wishes) {
    expect(text.split(`### ${wish}\n`)).toHaveLength(2);
    expect(text).toContain(JSON.stringify(pattern, undefined, 2));
  }
});

test('a wish is found by its words', () => {
  expect(findWishes('only the department changed')[0]?.wish).toBe('only the department changed');
  expect(findWishes('Leavers').map(({ wish }) => wish)).toEqual(['leavers: deactivated or deleted users']);
  expect(findWishes('zebra')).toEqual([]);
});

test.each([
  ['an operator outside the subset', { detail: { ip: [{ cidr: '10.0.0.0/8' }] } }, 'detail.ip: operator cidr'],
  ['a value without a list', { source: 'rollcall' }, 'source: expects a list'],
  ['no object', 'rollcall', 'the pattern: expects an object'],
  ['an empty list', { source: [] }, 'source: expects a list'],
  ['too many combinations', { $or: Array.from({ length: 1001 }, () => ({ source: ['x'] })) }, '1000 combinations'],
])('%s is refused by name', (_name, given, message) => {
  expect(() => parsePattern(given)).toThrow(message);
});
