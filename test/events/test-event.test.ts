import { expect, test } from 'vitest';
import { eventTypes } from '../../lib/events/event-types.ts';
import { createTestEvent, testableTypes } from '../../lib/events/test-event.ts';

test('there is a test event of each type of user and group, as it is defined', () => {
  const types = Object.entries(eventTypes).filter(([type]) => /^(user|group)\./.test(type));
  expect([...testableTypes].sort()).toEqual(types.map(([type]) => type).sort());
  for (const [type, schema] of types) {
    const event = createTestEvent(type, { id: 'acme', tenant: 'org_42' });
    expect(event?.type).toBe(type);
    expect(schema.parse(event?.detail)).toEqual(event?.detail);
  }
});

test('what tells of a change has one', () => {
  expect(createTestEvent('user.deactivated', { id: 'acme' })?.detail.changes).toEqual([
    { path: 'active', before: true, after: false },
  ]);
});

test('no other type has one', () => {
  expect(createTestEvent('user.lost', { id: 'acme' })).toBeUndefined();
});
