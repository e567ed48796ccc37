import { expect, test } from 'vitest';
import {
  type BoundFilter,
  groupType,
  type ResourceType,
  resourceTypes,
  uniquePaths,
  userType,
} from '../../lib/scim/index.ts';
import { resolvePath } from '../../lib/store/items/indexed-paths.ts';
import { needsOf, planQuery, type QueryPlan } from '../../lib/store/queries/plan.ts';
import { all, equal } from './scene.ts';

const element = (type: ResourceType, attribute: string, filter: BoundFilter): BoundFilter => ({
  kind: 'element',
  target: resolvePath(type, attribute),
  filter,
});
const any = (...terms: BoundFilter[]): BoundFilter => ({ kind: 'or', terms });
const not = (term: BoundFilter): BoundFilter => ({ kind: 'not', term });
const present = (type: ResourceType, path: string): BoundFilter => ({
  kind: 'present',
  target: resolvePath(type, path),
});
const user = (path: string, value = 'x') => equal(userType, path, value);
const group = (path: string, value = 'x') => equal(groupType, path, value);
const index = (path: string): QueryPlan => ({ kind: 'index', path, folded: 'x' });
const other = { ...user('userName'), operator: 'co' } as BoundFilter;
const absent = { ...user('userName'), value: null, literal: null } as BoundFilter;

const rows: readonly [string, ResourceType, BoundFilter | undefined, QueryPlan][] = [
  ['no filter', userType, undefined, { kind: 'all' }],
  ['id', userType, user('id'), { kind: 'id', id: 'x' }],
  ['userName', userType, user('userName'), index('userName')],
  ['externalId', userType, user('externalId'), index('externalId')],
  ['emails.value', userType, user('emails.value'), index('emails.value')],
  ['emails without sub-attribute', userType, user('emails'), index('emails.value')],
  ['displayName of a group', groupType, group('displayName'), index('displayName')],
  ['externalId of a group', groupType, group('externalId'), index('externalId')],
  ['displayName of a user, which is sorted', userType, user('displayName'), index('displayName')],
  ['title', userType, user('title'), { kind: 'scan' }],
  ['userName co', userType, other, { kind: 'scan' }],
  ['userName eq null', userType, absent, { kind: 'scan' }],
  ['not userName eq', userType, not(user('userName')), { kind: 'scan' }],
  ['or', userType, any(user('userName'), user('externalId')), { kind: 'scan' }],
  ['a conjunct', userType, all(other, user('externalId')), index('externalId')],
  ['a conjunct in a nested and', userType, all(other, all(other, user('externalId'))), index('externalId')],
  ['a conjunct beside an or', userType, all(any(other, absent), user('userName')), index('userName')],
  [
    'the cheapest conjunct',
    userType,
    all(user('externalId'), user('groups.value'), user('userName')),
    index('userName'),
  ],
  [
    'id before all others',
    groupType,
    all(group('members.value'), group('displayName'), group('id')),
    { kind: 'id', id: 'x' },
  ],
  [
    'emails[type eq and value eq]',
    userType,
    element(userType, 'emails', all(user('emails.type', 'work'), user('emails.value'))),
    index('emails.value'),
  ],
  ['emails[value eq]', userType, element(userType, 'emails', user('emails.value')), index('emails.value')],
  [
    'emails[type eq or value eq]',
    userType,
    element(userType, 'emails', any(user('emails.type', 'work'), user('emails.value'))),
    { kind: 'scan' },
  ],
  ['members.value', groupType, group('members.value'), { kind: 'groupsOf', member: 'x' }],
  ['members', groupType, group('members'), { kind: 'groupsOf', member: 'x' }],
  [
    'members[value eq]',
    groupType,
    element(groupType, 'members', group('members.value')),
    { kind: 'groupsOf', member: 'x' },
  ],
  ['members.display', groupType, group('members.display'), { kind: 'scan' }],
  ['groups.value', userType, user('groups.value'), { kind: 'membersOf', group: 'x', whole: true }],
  [
    'groups.value and more',
    userType,
    all(user('groups.value'), other),
    { kind: 'membersOf', group: 'x', whole: false },
  ],
  [
    'groups[value eq and more]',
    userType,
    element(userType, 'groups', all(user('groups.value'), user('groups.type'))),
    { kind: 'membersOf', group: 'x', whole: false },
  ],
];
test.each(rows)('%s', (...[, type, filter, plan]) => {
  expect(planQuery(type, filter)).toEqual(plan);
});

test.each(resourceTypes)('every look-up path of $name has a row', (type) => {
  const paths = rows.flatMap(([, its, , plan]) => (its === type && plan.kind === 'index' ? [plan.path] : []));
  expect(new Set(paths)).toEqual(new Set([...uniquePaths(type), ...type.lookups, ...type.sorted]));
});

test('the memberships that a filter needs', () => {
  expect(needsOf(userType, undefined)).toEqual({ groups: false, members: 'none' });
  expect(needsOf(userType, all(other, not(user('groups.display'))))).toEqual({ groups: true, members: 'none' });
  expect(needsOf(groupType, any(group('members.value', 'a'), not(group('members', 'b'))))).toEqual({
    groups: false,
    members: ['a', 'b'],
  });
  const inside = element(groupType, 'members', all(group('members.value', 'a'), group('members.type', 'user')));
  expect(needsOf(groupType, all(inside, group('displayName'))).members).toEqual(['a']);
  expect(needsOf(groupType, all(inside, present(groupType, 'members'))).members).toBe('all');
  expect(needsOf(groupType, not(group('members.display'))).members).toBe('all');
});
