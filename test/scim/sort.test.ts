/** RFC 7644 section 3.4.2.3: sorting. */
import { expect, test } from 'vitest';
import { groupType, type JsonObject, userType } from '../../lib/scim/index.ts';
import { bindSort, compareSortKeys, type SortKey } from '../../lib/scim/lists/sort.ts';

const tolerant = () => true;
const strict = () => false;
const bind = (sortBy: string | undefined, sortOrder?: string) => bindSort({ sortBy, sortOrder }, userType, strict);
const keyOf = (sortBy: string, resource: JsonObject) => bind(sortBy)?.keyOf(resource);
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

const resource: JsonObject = {
  id: 'A-b',
  userName: 'Ann@Example.COM',
  externalId: 'EXT',
  active: true,
  name: { familyName: 'Bär' },
  emails: [{ value: 'First@x' }, { value: 'Second@x', type: 'Work', primary: true }],
  phoneNumbers: [{ value: '1' }, { value: '2' }],
  [ENTERPRISE]: { department: 'Sales', manager: { value: 'M1' } },
  meta: { created: '2026-11-21T10:00:00.000Z' },
};

test.each<[string, SortKey]>([
  ['userName', 'ann@example.com'],
  ['USERNAME', 'ann@example.com'],
  ['urn:ietf:params:scim:schemas:core:2.0:User:userName', 'ann@example.com'],
  ['externalId', 'EXT'],
  ['id', 'A-b'],
  ['active', 1],
  ['name.familyName', 'bär'],
  ['emails', 'second@x'],
  ['emails.value', 'second@x'],
  ['emails.type', 'work'],
  ['phoneNumbers', '1'],
  [`${ENTERPRISE}:department`, 'sales'],
  [`${ENTERPRISE}:manager`, 'M1'],
  ['meta.created', Date.parse('2026-11-21T10:00:00Z')],
  ['title', null],
  ['ims', null],
  ['addresses.country', null],
])('sortBy %s uses the key %j', (sortBy, key) => {
  expect(keyOf(sortBy, resource)).toBe(key);
});

test('an extension attribute without its URN needs a dialect', () => {
  expect(bindSort({ sortBy: 'department', sortOrder: undefined }, userType, tolerant)?.keyOf(resource)).toBe('sales');
  expect(() => bind('department')).toThrow();
});

test.each(['nothing', 'userName.x', 'name', 'password', 'user name', 'emails[type eq "work"]', 'x:y', 'members'])(
  'sortBy %s is 400 invalidValue',
  (sortBy) => {
    expect(() => bind(sortBy)).toThrow(expect.objectContaining({ status: 400, scimType: 'invalidValue' }));
  },
);

test('sortOrder is ascending by default; an invalid one is 400 invalidValue', () => {
  expect(bind('userName')?.descending).toBe(false);
  expect(bind('userName', 'ascending')?.descending).toBe(false);
  expect(bind('userName', 'Descending')?.descending).toBe(true);
  expect(bind(undefined, 'descending')).toBeUndefined();
  expect(() => bind('userName', 'desc')).toThrow(expect.objectContaining({ scimType: 'invalidValue' }));
  expect(bindSort({ sortBy: 'members', sortOrder: undefined }, groupType, strict)?.target.sub?.name).toBe('value');
});

test('strings sort by code point, numbers by size, and missing values last', () => {
  const keys: SortKey[] = [null, '\u{1f600}', '\uff5e', 'b', 'a', '', 'ab', 'a b'];
  expect([...keys].sort(compareSortKeys)).toEqual(['', 'a', 'a b', 'ab', 'b', '\uff5e', '\u{1f600}', null]);
  expect([10, null, 9, -1].sort(compareSortKeys)).toEqual([-1, 9, 10, null]);
});

test('a long key is cut, but never inside a surrogate pair', () => {
  const long = (title: string) => keyOf('title', { title });
  expect(long('x'.repeat(5000))).toBe('x'.repeat(512));
  expect(long(`${'x'.repeat(511)}\u{1f600}`)).toBe('x'.repeat(511));
});
