/** RFC 9865 section 2: cursors are opaque, consist of unreserved characters, and belong to one query. */
import { describe, expect, test } from 'vitest';
import { bindFilter } from '../../lib/scim/filter/bind-filter.ts';
import { parseFilter } from '../../lib/scim/filter/parse-filter.ts';
import { groupType, userType } from '../../lib/scim/index.ts';
import { type CursorScope, createCursorKey, openCursor, sealCursor } from '../../lib/scim/lists/cursor.ts';
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

const key = createCursorKey();
const seal = (position: string) => sealCursor(key, scope, { position, count: 10 });

test.each(['2819c223-7f76-453a-919d-413861904646', '=jos\u00e9\u0001', '=\u{1f600}\u0001x', ''])(
  'position %j survives a round trip',
  async (position) => {
    const cursor = await seal(position);
    expect(cursor).toMatch(/^[A-Za-z0-9._~-]+$/);
    expect(await openCursor(key, scope, cursor)).toEqual({ position, count: 10 });
  },
);

test('a cursor shows nothing of the position', async () => {
  expect(Buffer.from(await seal('=ann@acme.example\u0001u1'), 'base64url').toString('latin1')).not.toMatch(
    /ann|acme|u1/,
  );
});

test('a cursor is valid if filter and order differ in letter case only', async () => {
  const cursor = await seal('x');
  const again = {
    ...scope,
    filter: filterOf('USERNAME SW "j"'),
    sort: sortOf('urn:ietf:params:scim:schemas:core:2.0:User:username', 'Ascending'),
  };
  expect(await openCursor(key, again, cursor)).toEqual({ position: 'x', count: 10 });
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
  ])('%s', async (_, other) => {
    await expect(openCursor(key, { ...scope, ...other }, await seal('x'))).rejects.toEqual(refusal);
  });
});

test('each changed character of a cursor is 400 invalidCursor', async () => {
  const cursor = await seal('=ann\u0001');
  for (let i = 0; i < cursor.length; i++)
    for (const other of ['A', 'q', '-', '%', '=', '\u00e9'].filter((character) => character !== cursor[i])) {
      const changed = `${cursor.slice(0, i)}${other}${cursor.slice(i + 1)}`;
      await expect(openCursor(key, scope, changed), changed).rejects.toEqual(refusal);
    }
  for (const text of ['x', 'nextCursor', cursor.slice(1), `${cursor}A`, `${cursor}${cursor}`, `${cursor}=`])
    await expect(openCursor(key, scope, text), text).rejects.toEqual(refusal);
});

test('the cursor of another key, and one of the form of 0.1.0, are 400 invalidCursor', async () => {
  await expect(openCursor(createCursorKey(), scope, await seal('x'))).rejects.toEqual(refusal);
  const old = Buffer.from('9e37a337504a6ded=a@x.example\u0001').toString('base64url');
  await expect(openCursor(key, scope, old)).rejects.toEqual(refusal);
});
