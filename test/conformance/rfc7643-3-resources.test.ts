/** RFC 7643 sections 3 and 4: resources, common attributes, users and groups. */
import { describe, expect, test } from 'vitest';
import { ENTERPRISE, group, operations, USER, user } from '../support/local-run.ts';
import { useBothModes } from './both-modes.ts';

const { rfc } = useBothModes();
const post = (userName: string, more: object = {}) => rfc('POST', '/Users', { body: user(userName, more) });
const filter = (expression: string) => `filter=${encodeURIComponent(expression)}`;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('s3 schemas', () => {
  test.each<[string, unknown]>([
    ['absent', undefined],
    ['null', null],
    ['empty', []],
    ['a string', USER],
    ['an unknown URN', [USER, 'urn:example:Other']],
    ['without the URN of the type', [ENTERPRISE]],
  ])('s3 %s is 400 invalidSyntax', async (_name, schemas) => {
    const { status, json } = await rfc('POST', '/Users', { body: { schemas, userName: 'schemas' } });
    expect([status, json.scimType]).toEqual([400, 'invalidSyntax']);
  });
  test('s3 order and duplicates are ignored, and no duplicate is returned', async () => {
    const body = { schemas: [ENTERPRISE, USER, USER], userName: 'order of schemas', [ENTERPRISE]: { division: 'd' } };
    const { status, json } = await rfc('POST', '/Users', { body });
    expect([status, json.schemas]).toEqual([201, [USER, ENTERPRISE]]);
  });
  test('s3 the response lists the URNs of the assigned attributes', async () => {
    const { json } = await post('computed', { schemas: [USER, ENTERPRISE] });
    expect(json.schemas).toEqual([USER]);
    const added = await rfc('PATCH', `/Users/${json.id}`, {
      body: operations({ op: 'add', path: `${ENTERPRISE}:division`, value: 'd' }),
    });
    expect(added.json.schemas).toEqual([USER, ENTERPRISE]);
  });
});

describe('s3.1 common attributes', () => {
  test('s3.1 id and meta are assigned by the service provider', async () => {
    const meta = { resourceType: 'Other', created: '2001-01-01T00:00:00Z', location: 'x', version: 'W/"9"' };
    const { json, headers } = await post('assigned', { id: 'mine', meta });
    expect(json.id).toMatch(UUID);
    expect(json.meta).toEqual({
      resourceType: 'User',
      created: expect.stringMatching(/^20[2-9]\d-/),
      lastModified: json.meta.created,
      location: headers.get('location'),
      version: headers.get('etag'),
    });
  });
  test('s3.1 an id is unique over all resources, never contains bulkId, and never changes', async () => {
    const created = await Promise.all([...Array(20).keys()].map((i) => post(`unique ${i}`)));
    const ids: string[] = created.map(({ json }) => json.id);
    const other = await rfc('POST', '/Groups', { body: group('Unique') });
    expect(new Set([...ids, other.json.id]).size).toBe(21);
    expect(ids.filter((id) => id.includes('bulkId'))).toEqual([]);
    const [id = ''] = ids;
    const put = await rfc('PUT', `/Users/${id}`, { body: user('renamed', { id: 'another' }) });
    expect(put.json.id).toBe(id);
    expect((await rfc('GET', `/Users/${id}`)).json.id).toBe(id);
  });
  test('s3.1 an id is compared exactly', async () => {
    const { json } = await post('exact id');
    expect((await rfc('GET', `/Users/${String(json.id).toUpperCase()}`)).status).toBe(404);
    const found = await rfc('GET', `/Users?${filter(`id eq "${String(json.id).toUpperCase()}"`)}`);
    expect(found.json.totalResults).toBe(0);
  });
  test("s3.1 externalId is the client's: kept as sent, never generated, not unique, compared exactly", async () => {
    expect((await post('no external')).json).not.toHaveProperty('externalId');
    for (const name of ['external 1', 'external 2'])
      expect((await post(name, { externalId: 'Ext-1' })).json.externalId).toBe('Ext-1');
    const found = async (literal: string) =>
      (await rfc('GET', `/Users?${filter(`externalId eq "${literal}"`)}`)).json.totalResults;
    expect([await found('Ext-1'), await found('ext-1')]).toEqual([2, 0]);
  });
  test('s3.1 lastModified equals created until the first change', async () => {
    const { json } = await post('modified');
    const path = `/Users/${json.id}`;
    expect((await rfc('GET', path)).json.meta.lastModified).toBe(json.meta.created);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await rfc('PATCH', path, { body: operations({ op: 'add', path: 'title', value: 'x' }) });
    const { meta } = (await rfc('GET', path)).json;
    expect(meta.created).toBe(json.meta.created);
    expect(Date.parse(meta.lastModified)).toBeGreaterThan(Date.parse(meta.created));
  });
  test('s3.1 meta.location is the Content-Location of the answer', async () => {
    const created = await post('content location');
    const path = `/Users/${created.json.id}`;
    const answers = [
      created,
      await rfc('GET', path),
      await rfc('PUT', path, { body: user('content location') }),
      await rfc('PATCH', path, { body: operations({ op: 'add', path: 'title', value: 'x' }) }),
    ];
    for (const { headers, json } of answers) expect(headers.get('content-location')).toBe(json.meta.location);
  });
  test('s3.1 meta.version is the ETag of the answer', async () => {
    const { json } = await post('version');
    const read = await rfc('GET', `/Users/${json.id}`);
    expect(read.headers.get('etag')).toBe(read.json.meta.version);
  });
});

test('s3.3 attributes of an extension are under its URN, in requests and responses', async () => {
  const body = { schemas: [USER, ENTERPRISE], userName: 'extended', [ENTERPRISE]: { department: 'Tax' } };
  const { json } = await rfc('POST', '/Users', { body });
  expect(json[ENTERPRISE]).toEqual({ department: 'Tax' });
  const flat = await post('flat', { department: 'Tax' });
  expect([flat.status, flat.json.scimType]).toEqual([400, 'invalidSyntax']);
});

test('s4.1.2 an address may contain line breaks, but no other control characters', async () => {
  const formatted = 'Main Street 1\n1000 Town';
  expect((await post('lines', { addresses: [{ formatted }] })).json.addresses).toEqual([{ formatted }]);
  expect((await post('bell', { addresses: [{ formatted: 'a\u0007' }] })).json.scimType).toBe('invalidValue');
});

describe('s4.1 users', () => {
  test.each<[string, object]>([
    ['absent', { schemas: [USER] }],
    ['null', { schemas: [USER], userName: null }],
    ['empty', { schemas: [USER], userName: '' }],
  ])('s4.1.1 userName %s is 400 invalidValue', async (_name, body) => {
    const { status, json } = await rfc('POST', '/Users', { body });
    expect([status, json.scimType]).toEqual([400, 'invalidValue']);
  });
  test('s4.1.1 userName is unique regardless of letter case, and kept as sent', async () => {
    expect((await post('Mixed@Example.com')).json.userName).toBe('Mixed@Example.com');
    const second = await post('mixed@example.COM');
    expect([second.status, second.json.scimType]).toEqual([409, 'uniqueness']);
  });
  test('s4.1.1 a password is never returned, and cannot be filtered by', async () => {
    const body = user('password', { password: 'Gr8-secret' });
    const created = await rfc('POST', '/Users', { body });
    const path = `/Users/${created.json.id}`;
    const texts = [
      created,
      await rfc('GET', path),
      await rfc('GET', `${path}?attributes=password`),
      await rfc('PUT', path, { body }),
      await rfc('PATCH', path, { body: operations({ op: 'replace', path: 'password', value: 'Gr8-secret' }) }),
      await rfc('GET', `/Users?${filter('userName eq "password"')}&attributes=password`),
    ].map(({ text }) => text);
    expect(texts.filter((text) => text.includes('Gr8-secret') || text.includes('"password":'))).toEqual([]);
    const filtered = await rfc('GET', `/Users?${filter('password eq "Gr8-secret"')}`);
    expect([filtered.status, filtered.json.scimType]).toEqual([400, 'invalidFilter']);
    expect(filtered.text).not.toContain('Gr8-secret');
  });
  test('s4.1.2 groups: id and location of each group, of type direct, changed through the group only', async () => {
    const { json } = await post('member');
    const created = await rfc('POST', '/Groups', { body: group('Shown', { members: [{ value: json.id }] }) });
    const shown = [{ value: created.json.id, $ref: created.json.meta.location, display: 'Shown', type: 'direct' }];
    expect((await rfc('GET', `/Users/${json.id}`)).json.groups).toEqual(shown);
    const refused = await rfc('PATCH', `/Users/${json.id}`, {
      body: operations({ op: 'add', path: 'groups', value: [{ value: 'x' }] }),
    });
    expect([refused.status, refused.json.scimType]).toEqual([400, 'mutability']);
    const ignored = await rfc('PUT', `/Users/${json.id}`, { body: user('member', { groups: [] }) });
    expect(ignored.json.groups).toEqual(shown);
    await rfc('PATCH', `/Groups/${created.json.id}`, { body: operations({ op: 'remove', path: 'members' }) });
    expect((await rfc('GET', `/Users/${json.id}`)).json).not.toHaveProperty('groups');
  });
});

describe('s4.2 groups', () => {
  test.each<[string, object]>([
    ['absent', {}],
    ['empty', { displayName: '' }],
  ])('s4.2 displayName %s is 400 invalidValue', async (_name, more) => {
    const { status, json } = await rfc('POST', '/Groups', {
      body: { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], ...more },
    });
    expect([status, json.scimType]).toEqual([400, 'invalidValue']);
  });
  test('s4.2 a member is a user or group of the directory, identified by its id', async () => {
    const one = await post('nested');
    const inner = await rfc('POST', '/Groups', { body: group('Inner', { members: [{ value: one.json.id }] }) });
    const outer = await rfc('POST', '/Groups', { body: group('Outer', { members: [{ value: inner.json.id }] }) });
    expect(outer.json.members).toEqual([{ value: inner.json.id, $ref: inner.json.meta.location, type: 'Group' }]);
    const stranger = await rfc('POST', '/Groups', { body: group('Strangers', { members: [{ value: 'missing' }] }) });
    expect([stranger.status, stranger.json.scimType]).toEqual([400, 'invalidValue']);
  });
  test('s4.2 members are added and removed, never changed', async () => {
    const one = await post('immutable');
    const created = await rfc('POST', '/Groups', { body: group('Fixed', { members: [{ value: one.json.id }] }) });
    for (const path of [`members[value eq "${one.json.id}"].value`, `members[value eq "${one.json.id}"].display`]) {
      const refused = await rfc('PATCH', `/Groups/${created.json.id}`, {
        body: operations({ op: 'replace', path, value: 'x' }),
      });
      expect([refused.status, refused.json.scimType], path).toEqual([400, 'mutability']);
    }
  });
});

test("s4.3 manager: value is kept, displayName is readOnly, and $ref is the service provider's", async () => {
  const ann = await rfc('POST', '/Users', { body: { schemas: [USER], userName: 'manager' } });
  for (const [value, $ref] of [
    [ann.json.id, ann.json.meta.location],
    ['26118915', undefined],
  ]) {
    const manager = { value, $ref: 'https://evil.example/Users/1', displayName: 'Ann' };
    const body = { schemas: [USER, ENTERPRISE], userName: `managed by ${value}`, [ENTERPRISE]: { manager } };
    const { json } = await rfc('POST', '/Users', { body });
    expect(json[ENTERPRISE].manager).toEqual({ value, ...($ref === undefined ? {} : { $ref }) });
    expect((await rfc('GET', `/Users/${json.id}`)).json).toEqual(json);
  }
});
