import { describe, expect, expectTypeOf, test } from 'vitest';
import type { DirectoryOccurrence, TokenOccurrence } from '../../lib/events/directory-occurrence.ts';
import type { eventTypes } from '../../lib/events/event-types.ts';
import {
  type Change,
  type MemberOccurrence,
  type ResourceOccurrence,
  toOccurrences,
} from '../../lib/events/occurrence.ts';
import { membership, resource, tombstone } from './images.ts';

const verbs = (change: Change) =>
  toOccurrences(change).map((o) => (o.kind === 'member' ? `${o.verb} ${o.groupId}` : o.verb));
const user = (version: number, attributes: Record<string, unknown> = {}) =>
  resource({ version, attributes: { userName: 'ann', ...(attributes as { active?: boolean }) } });

describe('a resource', () => {
  const active = user(1, { active: true });
  const inactive = user(2, { active: false });
  const cases: [string, Change, string[]][] = [
    ['inserted', { before: undefined, after: active }, ['created']],
    ['inserted inactive: one event', { before: undefined, after: inactive }, ['created']],
    ['inserted pending', { before: undefined, after: resource({ pending: true }) }, []],
    ['still pending', { before: resource({ pending: true }), after: resource({ pending: true, version: 2 }) }, []],
    ['no longer pending', { before: resource({ pending: true }), after: resource() }, ['created']],
    ['pending, then abandoned', { before: resource({ pending: true }), after: tombstone({ version: 2 }) }, []],
    ['inserted gone', { before: undefined, after: tombstone() }, []],
    ['changed', { before: active, after: user(2, { active: true, title: 'x' }) }, ['updated']],
    ['deactivated', { before: active, after: inactive }, ['deactivated']],
    [
      'deactivated and renamed',
      { before: active, after: resource({ version: 2, attributes: { userName: 'b', active: false } }) },
      ['deactivated'],
    ],
    ['deactivated, active was unassigned', { before: user(1), after: inactive }, ['deactivated']],
    ['reactivated', { before: inactive, after: user(3, { active: true }) }, ['reactivated']],
    ['reactivated by unassigning active', { before: inactive, after: user(3) }, ['reactivated']],
    ['active assigned true', { before: user(1), after: user(2, { active: true }) }, ['updated']],
    ['put again unchanged', { before: active, after: active }, []],
    [
      'only its members changed',
      { before: active, after: { ...active, memberVersion: 5, lastModified: 'later' } as typeof active },
      [],
    ],
    ['deleted', { before: inactive, after: tombstone({ version: 3 }) }, ['deleted']],
    ['a tombstone changed', { before: tombstone(), after: tombstone({ version: 9 }) }, []],
    ['removed by TTL', { before: tombstone(), after: undefined }, []],
    ['removed outright', { before: active, after: undefined }, []],
  ];
  test.each(cases)('%s', (_, change, expected) => expect(verbs(change)).toEqual(expected));
});

describe('the groups of a resource', () => {
  const groups = (...ids: string[]) => ({ groups: new Set(ids) });
  const cases: [string, Change, string[]][] = [
    ['inserted without groups', { before: undefined, after: membership() }, []],
    ['inserted with a group', { before: undefined, after: membership(groups('a')) }, ['member_added a']],
    ['one added', { before: membership(groups('a')), after: membership(groups('b', 'a')) }, ['member_added b']],
    ['one removed', { before: membership(groups('a', 'b')), after: membership(groups('b')) }, ['member_removed a']],
    [
      'some added, some removed',
      { before: membership(groups('d', 'c')), after: membership(groups('b', 'a')) },
      ['member_removed c', 'member_removed d', 'member_added a', 'member_added b'],
    ],
    ['put again unchanged', { before: membership(groups('a')), after: membership(groups('a')) }, []],
    [
      'gone with its groups listed',
      { before: membership(groups('a', 'b')), after: membership({ gone: true, ...groups('a', 'b') }) },
      ['member_removed a', 'member_removed b'],
    ],
    [
      'gone with its groups cleared',
      { before: membership(groups('a')), after: membership({ gone: true }) },
      ['member_removed a'],
    ],
    [
      'already gone',
      { before: membership({ gone: true, ...groups('a') }), after: membership({ gone: true, ...groups() }) },
      [],
    ],
    ['removed by TTL', { before: membership({ gone: true, ...groups('a') }), after: undefined }, []],
  ];
  test.each(cases)('%s', (_, change, expected) => expect(verbs(change)).toEqual(expected));
});

test('images of two different items are an error', () => {
  expect(() => toOccurrences({ before: membership(), after: resource() })).toThrow('different kinds');
  expect(() => toOccurrences({ before: resource(), after: membership() })).toThrow('different kinds');
});

test('every verb has an event type, or it does not compile', () => {
  type Published =
    | `user.${ResourceOccurrence['verb']}`
    | `group.${MemberOccurrence['verb']}`
    | `directory.${DirectoryOccurrence['verb']}`
    | `token.${TokenOccurrence['verb']}`;
  expectTypeOf<Exclude<Published, keyof typeof eventTypes>>().toBeNever();
});
