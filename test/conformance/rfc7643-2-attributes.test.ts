/** RFC 7643 section 2: attributes, data types, multi-valued attributes, unassigned values. */
import { describe, expect, test } from 'vitest';
import { ScimError } from '../../lib/scim/error.ts';
import type { Json } from '../../lib/scim/json/json.ts';
import { attribute } from '../../lib/scim/schema/attribute.ts';
import { toAttributeValue } from '../../lib/scim/schema/attribute-value.ts';
import { ENTERPRISE, operations, USER, user } from '../support/local-run.ts';
import { useBothModes } from './both-modes.ts';

const { rfc, tolerant } = useBothModes();
const post = (userName: string, more: object) => rfc('POST', '/Users', { body: user(userName, more) });
const attributesOf = (attributes: Attribute[]): Attribute[] =>
  attributes.flatMap((attribute) => [attribute, ...attributesOf(attribute.subAttributes ?? [])]);
type Attribute = { name: string; type: string; subAttributes?: Attribute[] };
const schemas = async (): Promise<{ attributes: Attribute[] }[]> => (await rfc('GET', '/Schemas')).json.Resources;

test('s2.1 every attribute name follows the ABNF', async () => {
  const names = (await schemas()).flatMap(({ attributes }) => attributesOf(attributes).map(({ name }) => name));
  expect(names.length).toBeGreaterThan(80);
  expect(names.filter((name) => !/^(\$ref|[A-Za-z][A-Za-z0-9$_-]*)$/.test(name))).toEqual([]);
});

test('s2.1 names are accepted in any letter case and returned in that of the schema', async () => {
  const { status, json } = await post('names', { NICKNAME: 'Ann', eMails: [{ VALUE: 'a@example.com', TYPE: 'work' }] });
  expect([status, json]).toMatchObject([201, { nickName: 'Ann', emails: [{ value: 'a@example.com', type: 'work' }] }]);
  expect(json).not.toHaveProperty('NICKNAME');
});

test('s2.3.8 no complex attribute has a complex sub-attribute', async () => {
  const complex = (await schemas()).flatMap(({ attributes }) => attributes).filter(({ type }) => type === 'complex');
  expect(complex.length).toBeGreaterThan(8);
  expect(complex.flatMap(({ subAttributes = [] }) => subAttributes).filter(({ type }) => type === 'complex')).toEqual(
    [],
  );
});

test('s2.3.8 the order of attributes is insignificant', async () => {
  const name = { familyName: 'B', givenName: 'A' };
  const { status, json } = await rfc('POST', '/Users', { body: { name, userName: 'order', schemas: [USER] } });
  expect([status, json.name]).toEqual([201, name]);
  const other = await post('order 2', { name: { givenName: 'A', familyName: 'B' } });
  expect(other.json.name).toEqual(name);
});

describe('s2.3 a value of the wrong type is 400 invalidValue', () => {
  test.each<[string, object]>([
    ['s2.3.1 a number for a string', { title: 1 }],
    ['s2.3.2 an arbitrary string for a boolean', { active: 'perhaps' }],
    ['s2.3.2 the string true for a boolean', { active: 'true' }],
    ['s2.3.6 binary data that is not base64', { x509Certificates: [{ value: 'not base64!' }] }],
    ['s2.3.7 a number for a reference', { profileUrl: 7 }],
    ['s2.3.8 a string for a complex attribute', { name: 'Ann' }],
    ['s2.4 an object for a multi-valued attribute', { emails: { value: 'a@example.com' } }],
  ])('%s', async (name, more) => {
    const { status, json } = await post(name, more);
    expect([status, json.scimType]).toEqual([400, 'invalidValue']);
  });
});

test('s2.3.6 base64 with and without padding is accepted and kept as sent', async () => {
  for (const value of ['TWFu', 'TWE=', 'TWE', 'TQ==']) {
    const { status, json } = await post(`base64 ${value}`, { x509Certificates: [{ value }] });
    expect([status, json.x509Certificates]).toEqual([201, [{ value }]]);
  }
});

test('s2.3.7 a GET of a returned reference returns the resource', async () => {
  const created = await post('referred', {});
  const members = [{ value: created.json.id }];
  const group = await rfc('POST', '/Groups', {
    body: { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], displayName: 'Referring', members },
  });
  const read = await rfc('GET', `/Users/${created.json.id}`);
  const path = (url: string) => url.slice(url.indexOf('/scim/v2') + '/scim/v2'.length);
  const [member] = group.json.members;
  expect((await rfc('GET', path(member.$ref))).json.id).toBe(created.json.id);
  expect((await rfc('GET', path(read.json.groups[0].$ref))).json.id).toBe(group.json.id);
  expect((await rfc('GET', path(read.json.meta.location))).json.id).toBe(created.json.id);
});

describe('s2.4 several values', () => {
  test('s2.4 primary is true for at most one value: several are 400 invalidValue', async () => {
    const emails = ['a@example.com', 'b@example.com'].map((value) => ({ value, primary: true }));
    const { status, json } = await post('primaries', { emails });
    expect([status, json.scimType]).toEqual([400, 'invalidValue']);
    const kept = await tolerant('POST', '/Users', { body: user('primaries', { emails }) });
    expect(kept.json.emails.filter(({ primary }: { primary?: boolean }) => primary)).toHaveLength(1);
  });
  test('s2.4 an omitted primary is not true', async () => {
    const { json } = await post('no primary', { emails: [{ value: 'a@example.com' }] });
    expect(json.emails[0].primary ?? false).toBe(false);
    const found = await rfc('GET', '/Users?filter=userName eq "no primary" and emails.primary eq true');
    expect(found.json.totalResults).toBe(0);
  });
  test('s2.4 the same type and value is returned once, one value of two types twice', async () => {
    const work = { value: 'a@example.com', type: 'work' };
    const { json } = await post('doubles', { emails: [work, work, { ...work, type: 'home' }] });
    expect(json.emails).toEqual([work, { ...work, type: 'home' }]);
  });
});

describe('s2.5 null, an empty array and an omitted attribute are equivalent', () => {
  test('s2.5 in a POST', async () => {
    const { status, json } = await post('nothing', { title: null, emails: [], name: null, [ENTERPRISE]: null });
    expect([status, Object.keys(json).sort()]).toEqual([201, ['active', 'id', 'meta', 'schemas', 'userName']]);
  });
  test('s2.5 null in a PUT and a PATCH unassigns', async () => {
    const { json } = await post('unassign', { title: 'x', nickName: 'y', emails: [{ value: 'a@example.com' }] });
    const patched = await rfc('PATCH', `/Users/${json.id}`, {
      body: operations({ op: 'replace', path: 'title', value: null }, { op: 'replace', value: { emails: [] } }),
    });
    expect(patched.json).not.toHaveProperty('title');
    expect(patched.json).not.toHaveProperty('emails');
    const put = await rfc('PUT', `/Users/${json.id}`, { body: user('unassign', { nickName: null }) });
    expect(put.json).not.toHaveProperty('nickName');
  });
});

/** No attribute of the core schemas has these types; an extension may. */
describe('s2.3 numbers and dates', () => {
  const read = (type: 'integer' | 'decimal' | 'dateTime', value: Json): unknown => {
    try {
      return toAttributeValue(attribute('x', 'x', { type }), value, {
        path: 'x',
        tolerate: () => false,
        primaries: 'one',
      });
    } catch (error) {
      return error instanceof ScimError ? `${error.status} ${error.scimType}` : error;
    }
  };
  test('s2.3.3 a decimal is a number', () => {
    expect([read('decimal', 1.5), read('decimal', -2)]).toEqual([1.5, -2]);
    expect(read('decimal', '1.5')).toBe('400 invalidValue');
  });
  test('s2.3.4 an integer has no fraction and no exponent, and is exact', () => {
    expect([read('integer', 0), read('integer', -7)]).toEqual([0, -7]);
    for (const value of [1.5, 1e21, '1', true]) expect(read('integer', value)).toBe('400 invalidValue');
  });
  test('s2.3.5 a dateTime has a date and a time, and is kept as sent', () => {
    expect(read('dateTime', '2008-01-23T04:56:22+02:00')).toBe('2008-01-23T04:56:22+02:00');
    for (const value of ['2008-01-23', '04:56:22Z', 'now', 1201064182])
      expect(read('dateTime', value)).toBe('400 invalidValue');
  });
});
