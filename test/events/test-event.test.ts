import { expect, test } from 'vitest';
import { eventTypes } from '../../lib/events/event-types.ts';
import { createTestEvent, testableTypes } from '../../lib/events/test-event.ts';

test('each type of user and group has a test event that matches its definition', () => {
  const types = Object.entries(eventTypes).filter(([type]) => /^(user|group)\./.test(type));
  expect([...testableTypes].sort()).toEqual(types.map(([type]) => type).sort());
  for (const [type, schema] of types) {
    const event = createTestEvent(type, { id: 'acme', tenant: 'org_42' });
    expect(event?.type).toBe(type);
    expect(event?.detail.reason).toBe('test');
    expect(schema.parse(event?.detail)).toEqual(event?.detail);
  }
});

test('an event of a change has changes', () => {
  expect(createTestEvent('user.deactivated', { id: 'acme' })?.detail.changes).toEqual([
    { path: 'active', kind: 'changed', before: true, after: false },
  ]);
});

test('other types have no test event', () => {
  expect(createTestEvent('user.lost', { id: 'acme' })).toBeUndefined();
});
