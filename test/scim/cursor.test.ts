/** RFC 9865 section 2: cursors are opaque, consist of unreserved characters, and belong to one query. */
import { describe, expect, test } from 'vitest';
import { bindFilter } from '../../lib/scim/filter/bind-filter.ts';
import { parseFilter } from '../../lib/scim/filter/parse-filter.ts';
import { groupType, userType } from '../../lib/scim/index.ts';
import { type CursorScope, checksum, openCursor, sealCursor } from '../../lib/scim/lists/cursor.ts';
import { bindSort } from '../../lib/scim/lists/sort.ts';

const tolerate = () => false;
const filterOf = (text: string, type = userType) => bindFilter(parseFilter(text), type, tolerate);
const sortOf = (sortBy: string, sortOrder?: string) => bindSort({ sortBy, sortOrder }, userType, tolerate);
const scope: CursorScope = {
  directory: 'acme',
  typeName: 'User',
  filter: filterOf('userName sw "J"'),
  sort: sortOf('userName'),
};

test.each([
  ['', 'cbf29ce484222325'],
  ['a', 'af63dc4c8601ec8c'],
  ['foobar', '85944171f73967e8'],
])('FNV-1a of %j', (text, expected) => {
  expect(checksum(text)).toBe(expected);
});

test.each(['2819c223-7f76-453a-919d-413861904646', '=jos\u00e9\u0001', '=\u{1f600}\u0001x', ''])(
  'position %j survives a round trip',
  (position) => {
    const cursor = sealCursor(scope, position);
    expect(cursor).toMatch(/^[A-Za-z0-9._~-]+$/);
    expect(openCursor(scope, cursor)).toBe(position);
  },
);

test('a cursor is valid if filter and order differ in letter case only', () => {
  const cursor = sealCursor(scope, 'x');
  const again = {
    ...scope,
    filter: filterOf('USERNAME SW "j"'),
    sort: sortOf('urn:ietf:params:scim:schemas:core:2.0:User:username', 'Ascending'),
  };
  expect(openCursor(again, cursor)).toBe('x');
});

const refusal = expect.objectContaining({ status: 400, scimType: 'invalidCursor' });

describe('a cursor of another query is 400 invalidCursor', () => {
  test.each<[string, Partial<CursorScope>]>([
    ['directory', { directory: 'other' }],
    ['type', { typeName: groupType.name }],
    ['filter', { filter: filterOf('userName sw "K"') }],
    ['operator', { filter: filterOf('userName co "J"') }],
    ['attribute of the filter', { filter: filterOf('displayName sw "J"') }],
    ['no filter', { filter: undefined }],
    ['order', { sort: sortOf('displayName') }],
    ['direction', { sort: sortOf('userName', 'descending') }],
    ['no order', { sort: undefined }],
  ])('%s', (_, other) => {
    const cursor = sealCursor(scope, 'x');
    expect(() => openCursor({ ...scope, ...other }, cursor)).toThrow(refusal);
  });
});

test('each changed character of a cursor is 400 invalidCursor', () => {
  const cursor = sealCursor(scope, '=ann\u0001');
  for (let i = 0; i < cursor.length; i++)
    for (const other of ['A', 'q', '-', '%', '=', '\u00e9'].filter((character) => character !== cursor[i])) {
      const changed = `${cursor.slice(0, i)}${other}${cursor.slice(i + 1)}`;
      expect(() => openCursor(scope, changed), changed).toThrow(refusal);
    }
  for (const text of ['x', 'nextCursor', cursor.slice(1), `${cursor}A`, `${cursor}${cursor}`])
    expect(() => openCursor(scope, text)).toThrow(refusal);
});
