import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyEvent, type Row, rowKey, type SubscribedEvent } from '../../lib/subscriber/apply-event.ts';
import { subscribe } from './subscriber.ts';

const sequence = (n: number) => String(n).padStart(40, '0');
const directory = { id: 'acme', tenant: 'org_42' };
const userEvent = (verb: string, n: number, more: object = {}): SubscribedEvent => ({
  type: `user.${verb}`,
  directory,
  user: { id: 'u1', userName: `ann${n}` },
  sequence: sequence(n),
  ...more,
});
const memberEvent = (verb: 'added' | 'removed', n: number, more: object = {}): SubscribedEvent => ({
  type: `group.member_${verb}`,
  directory,
  group: { id: 'g1' },
  user: { id: 'u1' },
  sequence: sequence(n),
  ...more,
});

test('the file has no imports, so that it can be copied', () => {
  expect(readFileSync('lib/subscriber/apply-event.ts', 'utf8')).not.toMatch(/^\s*import\b|\bimport\(|\brequire\(/m);
});

describe('a row for each user, group and membership', () => {
  test.each([
    [userEvent('created', 1), 'user/u1'],
    [{ type: 'group.updated', directory, group: { id: 'g1' }, sequence: sequence(2) }, 'group/g1'],
    [memberEvent('added', 1), 'member/g1/u1'],
    [{ ...memberEvent('removed', 1), memberGroup: { id: 'g2' }, user: undefined }, 'member/g1/g2'],
    [{ type: 'directory.connected', directory }, undefined],
    [{ type: 'token.expiring', directory, sequence: sequence(1) }, undefined],
    [{ type: 'device.created', directory, sequence: sequence(1) }, undefined],
  ] as [SubscribedEvent, string | undefined][])('%#', (event, key) => {
    expect(rowKey(event)).toBe(key);
    expect(applyEvent(undefined, event)?.key).toBe(key);
  });

  test('a user has the state of the latest event', () => {
    const row = applyEvent(undefined, userEvent('created', 1));
    expect(row).toEqual({
      directory: 'acme',
      key: 'user/u1',
      sequence: sequence(1),
      present: true,
      resource: { id: 'u1', userName: 'ann1' },
    });
    expect(applyEvent(row, userEvent('deactivated', 2))?.resource).toEqual({ id: 'u1', userName: 'ann2' });
  });

  test('resourceOmitted marks a resource that was too large', () => {
    expect(applyEvent(undefined, userEvent('updated', 2, { resourceOmitted: true }))?.resourceOmitted).toBe(true);
    expect(applyEvent(undefined, userEvent('updated', 3))).not.toHaveProperty('resourceOmitted');
  });

  test('a deletion keeps the sequence and no personal data', () => {
    const deleted = applyEvent(applyEvent(undefined, userEvent('created', 1)), userEvent('deleted', 2));
    expect(deleted).toEqual({ directory: 'acme', key: 'user/u1', sequence: sequence(2), present: false });
    expect(applyEvent(deleted, userEvent('updated', 1))).toBeUndefined();
  });
});

test('a test event makes no row and changes none', () => {
  for (const event of [userEvent('created', 9, { reason: 'test' }), memberEvent('added', 9, { reason: 'test' })]) {
    expect(applyEvent(undefined, event)).toBeUndefined();
    expect(applyEvent(applyEvent(undefined, userEvent('created', 1)), event)).toBeUndefined();
  }
  expect(applyEvent(undefined, userEvent('created', 9, { reason: 'import' }))).toBeDefined();
});

test('duplicates and late events are ignored', () => {
  const added = applyEvent(undefined, memberEvent('added', 3)) as Row;
  expect(applyEvent(added, memberEvent('added', 3))).toBeUndefined();
  expect(applyEvent(added, memberEvent('removed', 2))).toBeUndefined();
  expect(applyEvent(added, memberEvent('removed', 10))?.present).toBe(false);
});

test('any order, with duplicates, gives the same rows', () => {
  const events = [
    ...['created', 'updated', 'deactivated', 'reactivated', 'deleted'].map((verb, i) => userEvent(verb, i + 1)),
    ...[1, 2, 3, 4, 9, 10].map((n, i) => memberEvent(i % 2 === 0 ? 'added' : 'removed', n)),
    { type: 'group.created', directory, group: { id: 'g1', displayName: 'G' }, sequence: sequence(1) },
  ];
  const expected = subscribe(events);
  expect(expected.get('acme member/g1/u1')?.present).toBe(false);
  fc.assert(
    fc.property(
      fc.shuffledSubarray([...events, ...events, ...events], { minLength: events.length * 3 }),
      fc.array(fc.constantFrom(...events)),
      (shuffled, more) => {
        expect(subscribe([...shuffled, ...more])).toEqual(expected);
      },
    ),
  );
});
