/** RFC 7644 sections 3.4.2.3 (sorting) and 3.4.3 (queries by POST). */
import { beforeAll, describe, expect, test } from 'vitest';
import { operations, user } from '../support/local-run.ts';
import { useBothModes } from './both-modes.ts';

const { rfc } = useBothModes();
const SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';
const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

beforeAll(async () => {
  const people: [string, object][] = [
    [
      'bob',
      { externalId: 'b', name: { givenName: 'zoe' }, emails: [{ value: 'a@x' }, { value: 'z@x', primary: true }] },
    ],
    ['Ann', { externalId: 'C', name: { givenName: 'Ann' }, emails: [{ value: 'b@x' }] }],
    ['cyd', { externalId: 'A', title: 'Lead', name: { givenName: 'bea' } }],
  ];
  for (const [userName, more] of people)
    expect((await rfc('POST', '/Users', { body: user(userName, more) })).status).toBe(201);
});
type Named = { userName: string };
const namesOf = ({ Resources }: { Resources: Named[] }) => Resources.map(({ userName }) => userName);
const sorted = async (query: string) => {
  const { status, json, text } = await rfc('GET', `/Users?${query}`);
  expect(status, text).toBe(200);
  return namesOf(json);
};

describe('s3.4.2.3 sorting', () => {
  test('s3.4.2.3 by the value of sortBy, ascending unless sortOrder is descending', async () => {
    expect(await sorted('sortBy=userName')).toEqual(['Ann', 'bob', 'cyd']);
    expect(await sorted('sortBy=userName&sortOrder=ascending')).toEqual(['Ann', 'bob', 'cyd']);
    expect(await sorted('sortBy=userName&sortOrder=descending')).toEqual(['cyd', 'bob', 'Ann']);
  });
  test('s3.4.2.3 without case, unless the attribute is caseExact', async () => {
    expect(await sorted('sortBy=name.givenName')).toEqual(['Ann', 'cyd', 'bob']);
    expect(await sorted('sortBy=externalId')).toEqual(['cyd', 'Ann', 'bob']);
  });
  test('s3.4.2.3 by the primary value, or the first if none is primary', async () => {
    expect((await sorted('sortBy=emails.value')).slice(0, 2)).toEqual(['Ann', 'bob']);
  });
  test('s3.4.2.3 a resource without a value is last in ascending and first in descending order', async () => {
    expect((await sorted('sortBy=title'))[0]).toBe('cyd');
    expect((await sorted('sortBy=title&sortOrder=descending'))[2]).toBe('cyd');
    expect((await sorted('sortBy=emails.value'))[2]).toBe('cyd');
    expect((await sorted('sortBy=emails.value&sortOrder=descending'))[0]).toBe('cyd');
  });
  test('s3.4.2.3 an unknown attribute or sortOrder is 400', async () => {
    for (const query of ['sortBy=noSuch', 'sortBy=userName&sortOrder=upwards'])
      expect((await rfc('GET', `/Users?${query}`)).status, query).toBe(400);
  });
  test('s5 the configuration says that sorting is supported', async () => {
    expect((await rfc('GET', '/ServiceProviderConfig')).json.sort).toEqual({ supported: true });
  });
});

describe('s3.4.3 POST .search', () => {
  const search = (parameters: object, schemas: unknown = [SEARCH]) =>
    rfc('POST', '/Users/.search', { body: { schemas, ...parameters } });
  test('s3.4.3 is a query, with the same response as GET', async () => {
    const { status, json } = await search({ filter: 'userName sw "a" or userName sw "b"', sortBy: 'userName' });
    expect([status, json.schemas, json.totalResults, namesOf(json)]).toEqual([200, [LIST], 2, ['Ann', 'bob']]);
    expect((await rfc('GET', '/Users')).json.totalResults).toBe(3);
  });
  test('s3.4.3 another message, or none, is 400 invalidSyntax', async () => {
    for (const schemas of [operations().schemas, [], null, [LIST]])
      expect((await search({}, schemas)).json.scimType).toBe('invalidSyntax');
  });
  test('s3.4.3 attributes and excludedAttributes, which never drop what is always returned', async () => {
    const only = await search({ attributes: ['userName'], count: 1 });
    expect(Object.keys(only.json.Resources[0]).sort()).toEqual(['id', 'schemas', 'userName']);
    const without = await search({ excludedAttributes: ['id', 'emails', 'meta'], filter: 'userName eq "bob"' });
    expect(Object.keys(without.json.Resources[0]).sort()).toEqual([
      'active',
      'externalId',
      'id',
      'name',
      'schemas',
      'userName',
    ]);
  });
  test('s3.4.3 an invalid filter is 400 invalidFilter', async () => {
    expect((await search({ filter: 'userName regex "x"' })).json).toMatchObject({
      status: '400',
      scimType: 'invalidFilter',
    });
  });
  test('s3.4.3 sortBy orders the results, in the standard notation', async () => {
    const sortBy = 'urn:ietf:params:scim:schemas:core:2.0:User:name.givenName';
    expect(namesOf((await search({ sortBy, sortOrder: 'descending' })).json)).toEqual(['bob', 'cyd', 'Ann']);
  });
  test('s3.4.3 startIndex below 1 is 1, a negative count is 0, and count is an upper bound', async () => {
    expect((await search({ startIndex: -3, count: 2 })).json).toMatchObject({
      startIndex: 1,
      itemsPerPage: 2,
      totalResults: 3,
    });
    expect((await search({ count: -1 })).json).toMatchObject({ itemsPerPage: 0, totalResults: 3, Resources: [] });
  });
});
