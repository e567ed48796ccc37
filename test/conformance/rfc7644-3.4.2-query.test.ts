/** RFC 7644 section 3.4.2: queries, filters, index paging, projections. */
import { beforeAll, describe, expect, test } from 'vitest';
import { ENTERPRISE, group, USER, user } from '../support/local-run.ts';
import { useBothModes } from './both-modes.ts';

const { rfc } = useBothModes();
const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
const where = (expression: string, more = '') => rfc('GET', `/Users?filter=${encodeURIComponent(expression)}${more}`);
const names = async (expression: string): Promise<string[]> => {
  const { status, json, text } = await where(expression);
  expect(status, text).toBe(200);
  return json.Resources.map(({ userName }: { userName: string }) => userName).sort();
};

beforeAll(async () => {
  const people: [string, object][] = [
    [
      'ann',
      {
        title: 'Lead',
        userType: 'Employee',
        nickName: '',
        emails: [{ value: 'ann@example.com', type: 'work', primary: true }],
      },
    ],
    [
      'bob',
      {
        title: 'lead',
        userType: 'Intern',
        active: false,
        emails: [
          { value: 'bob@example.com', type: 'home' },
          { value: 'ann@example.com', type: 'work' },
        ],
      },
    ],
    [
      'cyd',
      {
        schemas: [USER, ENTERPRISE],
        externalId: 'Cyd',
        name: { familyName: 'Day' },
        x509Certificates: [{ value: 'TWFu' }],
        [ENTERPRISE]: { department: 'Tax' },
      },
    ],
  ];
  for (const [userName, more] of people)
    expect((await rfc('POST', '/Users', { body: user(userName, more) })).status).toBe(201);
});

describe('s3.4.2 the answer', () => {
  test('s3.4.2 is a ListResponse with totalResults, startIndex, itemsPerPage and Resources, even for one match', async () => {
    const { status, json } = await where('userName eq "ann"');
    expect([status, Object.keys(json).sort()]).toEqual([
      200,
      ['Resources', 'itemsPerPage', 'schemas', 'startIndex', 'totalResults'],
    ]);
    expect(json).toMatchObject({ schemas: [LIST], totalResults: 1, startIndex: 1, itemsPerPage: 1 });
  });
  test('s3.4.2 no match is 200 with totalResults 0', async () => {
    for (const expression of [
      'userName eq "missing"',
      'id eq "missing"',
      'title eq "missing"',
      'groups.value eq "missing"',
    ])
      expect(await where(expression)).toMatchObject({ status: 200, json: { totalResults: 0, Resources: [] } });
    expect(await rfc('GET', '/Groups')).toMatchObject({ status: 200, json: { totalResults: 0, Resources: [] } });
  });
  test('s3.4.2 unknown parameters are ignored', async () => {
    const { status, json } = await rfc('GET', '/Users?unknown=1&aadOptscim062020&Filter=x&$top=1');
    expect([status, json.totalResults]).toEqual([200, 3]);
  });
});

describe('s3.4.2.2 filters', () => {
  test('s3.4.2.2 only what matches is returned, and every condition counts', async () => {
    expect(await names('title eq "Lead" and active eq true')).toEqual(['ann']);
    expect(await names('title eq "Lead"')).toEqual(['ann', 'bob']);
  });
  test.each([
    'USERNAME EQ "ann"',
    'userName Eq "ann"',
    `${USER.toUpperCase()}:USERNAME eq "ann"`,
    'NOT (not (userName eq "ann"))',
  ])('s3.4.2.2 names and operators in any letter case: %s', async (expression) =>
    expect(await names(expression)).toEqual(['ann']),
  );
  test.each<[string, string[]]>([
    ['userName eq "bob" or userName eq "ann" and title eq "none"', ['bob']],
    ['(userName eq "bob" or userName eq "ann") and title eq "none"', []],
    ['not (userName eq "ann") and not (userName eq "bob")', ['cyd']],
    ['not (userName eq "ann" or userName eq "bob")', ['cyd']],
  ])('s3.4.2.2 precedence: grouping, then not, and, or: %s', async (expression, found) =>
    expect(await names(expression)).toEqual(found),
  );
  test.each<[string, string[]]>([
    ['emails.value eq "ann@example.com"', ['ann', 'bob']],
    ['emails eq "bob@example.com"', ['bob']],
    ['emails[type eq "work" and value eq "bob@example.com"]', []],
    ['emails.type eq "work" and emails.value eq "bob@example.com"', ['bob']],
    ['emails[type eq "home" and (value sw "bob" or value sw "x")]', ['bob']],
  ])('s3.4.2.2 any value may match, but brackets apply to one value: %s', async (expression, found) =>
    expect(await names(expression)).toEqual(found),
  );
  test.each<[string, string[]]>([
    ['title pr', ['ann', 'bob']],
    ['nickName pr', []],
    ['name pr', ['cyd']],
    ['name.givenName pr', []],
    ['emails[type eq "home"]', ['bob']],
    [`${ENTERPRISE}:department pr`, ['cyd']],
  ])('s3.4.2.2 pr matches a non-empty value: %s', async (expression, found) =>
    expect(await names(expression)).toEqual(found),
  );
  test.each<[string, string[]]>([
    ['title eq "LEAD"', ['ann', 'bob']],
    ['externalId eq "Cyd"', ['cyd']],
    ['externalId eq "cyd"', []],
  ])('s3.4.2.2 caseExact decides whether letter case counts: %s', async (expression, found) =>
    expect(await names(expression)).toEqual(found),
  );
  test('s3.4.2.2 a default is compared as returned', async () => {
    expect(await names('active eq true')).toEqual(['ann', 'cyd']);
  });
  test('s3.4.2.2 schemas eq finds resources with an extension', async () => {
    expect(await names(`schemas eq "${ENTERPRISE}"`)).toEqual(['cyd']);
  });
  test.each([
    'userName regex "x"',
    'userName',
    'userName eq',
    'eq "x"',
    '',
    '(userName eq "x"',
    'userName eq "x" and',
    'userName eq x',
    'noSuch eq "x"',
    'name.noSuch eq "x"',
    'name eq "x"',
    'emails[noSuch eq "x"]',
    'emails[type eq "work"',
    'emails[emails[type eq "work"]]',
  ])('s3.4.2.2 an invalid filter is 400 invalidFilter: %s', async (expression) => {
    const { status, json } = await where(expression);
    expect([status, json.scimType, typeof json.detail]).toEqual([400, 'invalidFilter', 'string']);
  });
  test.each(['gt', 'ge', 'lt', 'le'])(
    's3.4.2.2 %s of a boolean or binary attribute is 400 invalidFilter',
    async (operator) => {
      for (const expression of [
        `active ${operator} true`,
        `x509Certificates.value ${operator} "TWFu"`,
        `emails[primary ${operator} true]`,
      ]) {
        const { status, json } = await where(expression);
        expect([status, json.scimType], expression).toEqual([400, 'invalidFilter']);
      }
    },
  );
});

describe('s3.4.2.4 index paging', () => {
  const page = async (query: string) => (await rfc('GET', `/Users?${query}`)).json;
  test.each([0, -1, -1000])('s3.4.2.4 startIndex %s is treated as 1', async (startIndex) => {
    expect(await page(`startIndex=${startIndex}`)).toEqual(await page('startIndex=1'));
  });
  test('s3.4.2.4 count is an upper bound, a negative one is 0, and 0 returns totalResults only', async () => {
    expect(await page('count=2')).toMatchObject({ totalResults: 3, itemsPerPage: 2, startIndex: 1 });
    for (const count of [0, -1])
      expect(await page(`count=${count}`)).toMatchObject({ totalResults: 3, itemsPerPage: 0, Resources: [] });
  });
  test('s3.4.2.4 pages one after another return every user once', async () => {
    const ids: string[] = [];
    for (const startIndex of [1, 2, 3]) {
      const json = await page(`startIndex=${startIndex}&count=1`);
      expect(json).toMatchObject({ totalResults: 3, startIndex, itemsPerPage: 1 });
      ids.push(json.Resources[0].id);
    }
    expect(new Set(ids).size).toBe(3);
    expect(await page('startIndex=4&count=1')).toMatchObject({ totalResults: 3, itemsPerPage: 0, Resources: [] });
  });
  test.each(['startIndex=x', 'count=x', 'count=1.5'])('s3.4.2.4 %s is 400 invalidValue', async (query) => {
    expect(await page(query)).toMatchObject({ status: '400', scimType: 'invalidValue' });
  });
  test('s3.4.2.4 a filtered list is paged too', async () => {
    const { json } = await where('title eq "Lead"', '&startIndex=2&count=1');
    expect(json).toMatchObject({ totalResults: 2, startIndex: 2, itemsPerPage: 1 });
  });
});

describe('s3.9 attributes and excludedAttributes', () => {
  const ann = async (query: string) => (await where('userName eq "ann"', `&${query}`)).json.Resources[0];
  test('s3.9 attributes: returns the named attributes and those that are always returned', async () => {
    expect(Object.keys(await ann('attributes=title,emails.value,noSuch')).sort()).toEqual([
      'emails',
      'id',
      'schemas',
      'title',
    ]);
    expect((await ann('attributes=emails.value')).emails).toEqual([{ value: 'ann@example.com' }]);
    expect(await ann(`attributes=${USER}:userName`)).toMatchObject({ userName: 'ann' });
  });
  test('s3.9 excludedAttributes: drops the named attributes, except those that are always returned', async () => {
    const resource = await ann('excludedAttributes=id,schemas,title,emails.type');
    expect(Object.keys(resource).sort()).toEqual([
      'active',
      'emails',
      'id',
      'meta',
      'nickName',
      'schemas',
      'userName',
      'userType',
    ]);
    expect(resource.emails).toEqual([{ value: 'ann@example.com', primary: true }]);
  });
  test('s3.9 both in one request are 400 invalidValue', async () => {
    const { status, json } = await rfc('GET', '/Users?attributes=title&excludedAttributes=emails');
    expect([status, json.scimType]).toEqual([400, 'invalidValue']);
  });
  test('s3.9 they hold for every method that returns a resource', async () => {
    const only = (json: object) => Object.keys(json).sort();
    const created = await rfc('POST', '/Groups?attributes=displayName', { body: group('Projected') });
    expect(only(created.json)).toEqual(['displayName', 'id', 'schemas']);
    const path = `/Groups/${created.json.id}?attributes=displayName`;
    expect(only((await rfc('GET', path)).json)).toEqual(['displayName', 'id', 'schemas']);
    expect(only((await rfc('PUT', path, { body: group('Projected') })).json)).toEqual(['displayName', 'id', 'schemas']);
  });
});

test('s3.10 core attributes are named with or without their URN, those of an extension with it, in any letter case', async () => {
  for (const name of ['userName', `${USER}:userName`, `${USER}:USERNAME`])
    expect(await names(`${name} eq "cyd"`)).toEqual(['cyd']);
  expect(await names(`${ENTERPRISE}:department eq "tax"`)).toEqual(['cyd']);
  expect((await where('department eq "tax"')).json.scimType).toBe('invalidFilter');
});
