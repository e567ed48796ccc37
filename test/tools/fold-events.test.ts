import { describe, expect, test } from 'vitest';
import type { LifecycleEvent } from '../../lib/events/envelope.ts';
import { toLifecycleEvent } from '../../lib/events/lifecycle-event.ts';
import { type Change, toOccurrences } from '../../lib/events/occurrence.ts';
import { createTestEvent, testableTypes } from '../../lib/events/test-event.ts';
import { isObject, type JsonObject, resourceTypes } from '../../lib/scim/index.ts';
import { membership, resource, tombstone } from '../events/images.ts';
import { compareDirectory } from './compare-directory.ts';
import { foldEvents } from './fold-events.ts';

const ids = {
  ann: '11111111-1111-4111-8111-111111111111',
  bea: '22222222-2222-4222-8222-222222222222',
  engineering: '33333333-3333-4333-8333-333333333333',
};
const context = { directory: { id: 'acme' }, resourceTypes, resourceNow: () => undefined };
const eventsOf = (...changes: readonly Change[]) =>
  changes.flatMap(toOccurrences).map((occurrence) => toLifecycleEvent(occurrence, context));
const lineOf = ({ type, detail }: LifecycleEvent) =>
  JSON.stringify({ version: '0', source: 'rollcall', 'detail-type': type, detail });

const user = (id: string, version: number, attributes: JsonObject) => resource({ id, version, attributes });
const group = (version: number, displayName: string) =>
  resource({ type: 'Group', id: ids.engineering, version, attributes: { displayName } });
const inGroup = (id: string, revision: number, isIn: boolean) =>
  membership({ id, revision, groups: new Set(isIn ? [ids.engineering] : []) });

const ann = [user(ids.ann, 1, { userName: 'ann' }), user(ids.ann, 2, { userName: 'ann', title: 'x' })] as const;
const bea = user(ids.bea, 1, { userName: 'bea' });
/** Ann is created, updated and added to a group; Bea is created, added, removed and deleted. */
const history = eventsOf(
  { before: undefined, after: ann[0] },
  { before: ann[0], after: ann[1] },
  { before: undefined, after: group(1, 'Engineering') },
  { before: undefined, after: bea },
  { before: inGroup(ids.ann, 0, false), after: inGroup(ids.ann, 1, true) },
  { before: inGroup(ids.bea, 0, false), after: inGroup(ids.bea, 1, true) },
  { before: inGroup(ids.bea, 1, true), after: inGroup(ids.bea, 2, false) },
  { before: bea, after: tombstone({ id: ids.bea, version: 2 }) },
);
const lines = history.map(lineOf);

const listedUser = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  id: ids.ann,
  userName: 'ann',
  title: 'x',
  meta: {
    resourceType: 'User',
    created: '2026-11-21T10:00:00.000Z',
    lastModified: '2026-11-21T10:00:00.000Z',
    location: 'http://127.0.0.1/scim/v2/Users/1',
    version: 'W/"2"',
  },
};
const listedGroup = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
  id: ids.engineering,
  displayName: 'Engineering',
  members: [{ value: ids.ann, $ref: 'http://127.0.0.1/scim/v2/Users/1', type: 'User' }],
  meta: { ...listedUser.meta, resourceType: 'Group', version: 'W/"3"', lastModified: '2026-11-21T12:00:00.000Z' },
};
const listed = (users: readonly JsonObject[] = [listedUser], groups: readonly JsonObject[] = [listedGroup]) => [
  { noun: 'user', resources: users, hasMembers: false },
  { noun: 'group', resources: groups, hasMembers: true },
];
const compare = (lists: ReturnType<typeof listed>, events: readonly string[] = lines) => {
  const acme = foldEvents(events).directories.get('acme');
  return acme === undefined ? ['no events'] : compareDirectory(acme, lists);
};

test('a correct history folds to the listed state', () => {
  expect(foldEvents(lines)).toMatchObject({ events: 8, faults: [] });
  expect(compare(listed())).toEqual([]);
});

test('the highest sequence determines the state, in any order of lines', () => {
  expect(compare(listed(), [...lines].reverse())).toEqual([]);
});

test('events that are delivered again after a crash are no fault', () => {
  for (const again of [lines, lines.slice(2, 5), lines.slice(6), [lines[1] ?? '', lines[7] ?? '']]) {
    expect(foldEvents([...lines, ...again])).toMatchObject({ events: 8, faults: [] });
    expect(compare(listed(), [...lines, ...again])).toEqual([]);
  }
});

test('test events are no resources', () => {
  const sent = testableTypes.flatMap((type) => createTestEvent(type, { id: 'acme' }) ?? []).map(lineOf);
  expect(sent).toHaveLength(testableTypes.length);
  expect(foldEvents([...sent, ...lines])).toMatchObject({ events: 8, faults: [] });
  expect(compare(listed(), [...lines, ...sent])).toEqual([]);
});

describe('faults in the events', () => {
  const without = (index: number) => lines.filter((_, i) => i !== index);
  const edited = (index: number, change: (detail: JsonObject) => JsonObject) =>
    history.map((event, i) => lineOf(i === index ? { ...event, detail: change(event.detail) } : event));
  const swapped = (a: number, b: number) =>
    lines.map((line, i) => (i === a ? (lines[b] ?? '') : i === b ? (lines[a] ?? '') : line));
  const cases: [string, readonly string[], RegExp][] = [
    [
      'one id for two events',
      edited(1, (d) => ({ ...d, eventId: history[0]?.detail.eventId ?? '' })),
      /^evt_[\w-]+: the id of two/,
    ],
    ['the first version lost', without(0), /user 1111.*version 2 \(user\.updated\), expected 1/],
    ['a version in between lost', edited(1, (d) => ({ ...d, version: 3 })), /version 3 .*, expected 2/],
    ['a version repeated', edited(1, (d) => ({ ...d, version: 1 })), /version 1 .*, expected 2/],
    ['versions out of order', swapped(0, 1), /version 2 .*, expected 1/],
    ['previousVersion wrong', edited(1, (d) => ({ ...d, previousVersion: 7 })), /previousVersion 7, expected 1/],
    ['sequence wrong', edited(1, (d) => ({ ...d, sequence: '9'.padStart(40, '0') })), /sequence 9 at version 2/],
    ['created twice', edited(1, (d) => ({ ...d, type: 'user.created' })), /detail-type user\.updated but detail\.type/],
    ['an event after the deletion', swapped(3, 7), /an event after its deletion/],
    [
      'a membership added twice',
      [
        ...without(6),
        ...edited(5, (d) => ({ ...d, eventId: `evt_${'x'.repeat(32)}`, sequence: '3'.padStart(40, '0') })).slice(5, 6),
      ],
      /member_added twice/,
    ],
    ['a removal of a non-member', without(5), /member_removed of a non-member/],
    ['a decreasing revision', swapped(5, 6), /revision 1 after 2/],
    [
      'another source',
      lines.map((line, i) => (i === 0 ? line.replace('"rollcall"', '"else"') : line)),
      /^line 1: .*source/s,
    ],
    ['an undefined type', edited(1, (d) => ({ ...d, type: 'user.exploded' })), /unknown event type user\.exploded/],
    ['a field missing', edited(1, ({ actor, ...d }) => d), /^line 2: .*actor/s],
    ['not JSON', ['{', ...lines], /^line 1: SyntaxError/],
  ];
  test.each(cases)('%s', (_, events, fault) => {
    expect(foldEvents(events).faults).toEqual(expect.arrayContaining([expect.stringMatching(fault)]));
  });
});

describe('differences in the state', () => {
  const acmeOnly = (resources: readonly JsonObject[]) => listed(resources);
  const cases: [string, ReturnType<typeof listed>, string][] = [
    ['a user missing', acmeOnly([]), `user ${ids.ann}: in the events, but not listed`],
    [
      'an extra user',
      acmeOnly([listedUser, { ...listedUser, id: ids.bea }]),
      `user ${ids.bea}: listed, but not in the events`,
    ],
    ['a user listed twice', acmeOnly([listedUser, listedUser]), 'user: 2 listed, but 1 distinct'],
    ['a different value', acmeOnly([{ ...listedUser, title: 'y' }]), `user ${ids.ann}: differs in title`],
    ['an extra value', acmeOnly([{ ...listedUser, nickName: 'n' }]), `user ${ids.ann}: differs in nickName`],
    [
      'a different time',
      acmeOnly([{ ...listedUser, meta: { ...listedUser.meta, lastModified: '2026-11-21T10:00:01.000Z' } }]),
      `user ${ids.ann}: differs in meta.lastModified`,
    ],
    [
      'a different version',
      acmeOnly([{ ...listedUser, meta: { ...listedUser.meta, version: 'W/"3"' } }]),
      `user ${ids.ann}: version 2 in its events, ETag W/"3"`,
    ],
    [
      'a member missing',
      listed(undefined, [{ ...listedGroup, members: [] }]),
      `group ${ids.engineering}: member ${ids.ann} of the events is not listed`,
    ],
    [
      'an extra member',
      listed(undefined, [{ ...listedGroup, members: [...listedGroup.members, { value: ids.bea }] }]),
      `group ${ids.engineering}: member ${ids.bea} is not in the events`,
    ],
    ['a group missing', listed(undefined, []), `group ${ids.engineering}: not listed, but has 1 member in the events`],
  ];
  test.each(cases)('%s', (_, lists, difference) => expect(compare(lists)).toContain(difference));
});

test('a resource omitted from its last event is compared by version only', () => {
  const omitted = history.map((event) => {
    const { user: shown } = event.detail;
    const cut = event.type === 'user.updated' && isObject(shown);
    return lineOf(
      cut ? { ...event, detail: { ...event.detail, user: { id: ids.ann }, resourceOmitted: true } } : event,
    );
  });
  expect(compare(listed([{ ...listedUser, title: 'other' }]), omitted)).toEqual([]);
  expect(compare(listed([{ ...listedUser, meta: { ...listedUser.meta, version: 'W/"9"' } }]), omitted)).toHaveLength(1);
});
