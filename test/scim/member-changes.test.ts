import { expect, test } from 'vitest';
import { createMemberPatch } from '../../lib/scim/patch/member-changes.ts';

const member = (id: string) => ({ id });

test('adding and removing the same member in one request nets out', () => {
  const patch = createMemberPatch();
  patch.add([member('a'), member('b')]);
  patch.remove(['a']);
  expect(patch.changes()).toEqual({ replace: false, add: [member('b')], remove: ['a'] });
  patch.add([member('a')]);
  expect(patch.changes()).toEqual({ replace: false, add: [member('a'), member('b')], remove: [] });
});

test('a replacement makes removals unnecessary', () => {
  const patch = createMemberPatch();
  patch.remove(['x']);
  patch.replace([member('a'), member('b')]);
  patch.remove(['a', 'y']);
  expect(patch.changes()).toEqual({ replace: true, add: [member('b')], remove: [] });
  expect(patch.present([member('z')])).toEqual([member('b')]);
});

test('without an operation on members there are no changes', () => {
  expect(createMemberPatch().changes()).toBeUndefined();
  const emptied = createMemberPatch();
  emptied.removeAll();
  expect(emptied.changes()).toEqual({ replace: true, add: [], remove: [] });
});
