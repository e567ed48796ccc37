/** List requests: RFC 7644 sections 3.4.2.4 and 3.4.3, RFC 9865 section 2. */
import { describe, expect, test } from 'vitest';
import type { Json } from '../../../lib/scim/index.ts';
import { fromMessage, fromQuery } from '../../../lib/scim/lists/list-request.ts';

const SEARCH_REQUEST = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';
const strict = () => false;
const byQuery = (query: string) => fromQuery(new Map(new URLSearchParams(query)));
const byMessage = (members: Readonly<Record<string, Json>>) =>
  fromMessage({ schemas: [SEARCH_REQUEST], ...members }, strict);
const refused = (scimType: string) => expect.objectContaining({ status: 400, scimType });

describe('paging by query string', () => {
  test.each<[string, object]>([
    ['', { startIndex: 1, count: 100 }],
    ['startIndex=0&count=-3', { startIndex: 1, count: 0 }],
    ['startIndex=-5&count=0', { startIndex: 1, count: 0 }],
    ['startIndex=7&count=5000', { startIndex: 7, count: 200 }],
    ['startIndex=&count=', { startIndex: 1, count: 100 }],
    ['startIndex=9223372036854775807&count=99999999999999999999', { startIndex: Number.MAX_SAFE_INTEGER, count: 200 }],
    ['startIndex=-9223372036854775808', { startIndex: 1, count: 100 }],
    ['count=+5', { startIndex: 1, count: 5 }],
    ['cursor', { cursor: '', count: undefined }],
    ['cursor=&count=7', { cursor: '', count: 7 }],
    ['cursor=&count=0', { cursor: '', count: 0 }],
    ['cursor=&count=-7', { cursor: '', count: 0 }],
    ['cursor=abc&count=5000', { cursor: 'abc', count: 200 }],
  ])('%j', (query, paging) => {
    expect(byQuery(query).paging).toEqual(paging);
  });
  test.each([
    ['startIndex=abc', 'invalidValue'],
    ['startIndex=1.5', 'invalidValue'],
    ['count=ten', 'invalidValue'],
    ['cursor&count=ten', 'invalidCount'],
    ['cursor&startIndex=1', 'invalidCursor'],
    ['cursor=abc&startIndex=x', 'invalidCursor'],
  ])('%j is 400 %s', (query, scimType) => {
    expect(() => byQuery(query)).toThrow(refused(scimType));
  });
});

test('s3.4.3 a SearchRequest is equivalent to a query string', () => {
  const query =
    'attributes=userName,emails.value&filter=active eq true&sortBy=userName&sortOrder=descending&startIndex=2&count=3';
  const message = {
    attributes: ['userName', 'emails.value'],
    filter: 'active eq true',
    sortBy: 'userName',
    sortOrder: 'descending',
    startIndex: 2,
    count: 3,
  };
  expect(byMessage(message)).toEqual(byQuery(query));
  expect(byMessage({ excludedAttributes: ['groups'], cursor: '' })).toEqual(
    byQuery('excludedAttributes=groups&cursor'),
  );
  expect(byMessage({ startIndex: 0, count: -2 }).paging).toEqual({ startIndex: 1, count: 0 });
  expect(byMessage({ attributes: [], filter: null, sortBy: '', COUNT: 5, other: 1 })).toEqual(byQuery('count=5'));
});

test.each<[Readonly<Record<string, Json>>, string]>([
  [{ attributes: 'userName' }, 'invalidValue'],
  [{ attributes: [1] }, 'invalidValue'],
  [{ filter: 1 }, 'invalidValue'],
  [{ sortBy: ['userName'] }, 'invalidValue'],
  [{ sortOrder: true }, 'invalidValue'],
  [{ startIndex: '1' }, 'invalidValue'],
  [{ count: 1.5 }, 'invalidValue'],
  [{ cursor: 1 }, 'invalidCursor'],
  [{ cursor: '', startIndex: 1 }, 'invalidCursor'],
  [{ cursor: '', count: 1.5 }, 'invalidCount'],
  [{ cursor: '', count: '5' }, 'invalidCount'],
])('SearchRequest %j is 400 %s', (members, scimType) => {
  expect(() => byMessage(members)).toThrow(refused(scimType));
});

test('s3.4.3 another message is 400 invalidSyntax', () => {
  const other = { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'] };
  for (const body of [other, {}, [], 'x', null])
    expect(() => fromMessage(body, strict)).toThrow(refused('invalidSyntax'));
  expect(fromMessage({}, () => true).paging).toEqual({ startIndex: 1, count: 100 });
});
