import { describe, expect, test } from 'vitest';
import { createTolerance } from '../../lib/scim/dialect.ts';
import { ScimError } from '../../lib/scim/error.ts';
import type { Json } from '../../lib/scim/json/json.ts';
import { replaceAttributes } from '../../lib/scim/resource/replacement.ts';
import { readResourceBody } from '../../lib/scim/resource/resource-body.ts';
import { attribute } from '../../lib/scim/schema/attribute.ts';
import { groupType, userType } from '../../lib/scim/schema/resource-types.ts';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';

const reading = (mode: 'tolerant' | 'rfc', type = userType) => {
  const { tolerate, needed } = createTolerance(mode);
  return { read: (body: Json) => readResourceBody(body, { type, tolerate }), needed };
};
const attempt = (work: () => unknown): string => {
  try {
    work();
    return 'accepted';
  } catch (error) {
    if (error instanceof ScimError) return `${error.status} ${error.scimType}`;
    throw error;
  }
};
const user = (more: { [name: string]: Json }): Json => ({ schemas: [USER], userName: 'ann', ...more });

describe('bodies that deviate from the schema', () => {
  test.each<[string, Json, string, string]>([
    ['not an object', ['x'], '400 invalidSyntax', '400 invalidSyntax'],
    ['schemas missing', { userName: 'ann' }, 'accepted', '400 invalidSyntax'],
    ['schemas not an array', user({ schemas: { a: USER } }), '400 invalidSyntax', '400 invalidSyntax'],
    ['schemas as a string', user({ schemas: USER }), 'accepted', '400 invalidSyntax'],
    ['schemas of SCIM 1', user({ schemas: ['urn:scim:schemas:core:2.0'] }), 'accepted', '400 invalidSyntax'],
    ['userName missing', { schemas: [USER] }, '400 invalidValue', '400 invalidValue'],
    ['userName empty', user({ userName: '' }), '400 invalidValue', '400 invalidValue'],
    ['userName twice', user({ USERNAME: 'bob' }), '400 invalidSyntax', '400 invalidSyntax'],
    ['userName with a control character', user({ userName: 'a\u0007' }), '400 invalidValue', '400 invalidValue'],
    ['half a surrogate pair', user({ nickName: 'a\ud800' }), '400 invalidValue', '400 invalidValue'],
    ['a line feed in an address', user({ addresses: [{ formatted: 'a\nb' }] }), 'accepted', 'accepted'],
    ['unknown attribute', user({ shoeSize: 42 }), 'accepted', '400 invalidSyntax'],
    ['unknown sub-attribute', user({ name: { nick: 'x' } }), 'accepted', '400 invalidSyntax'],
    [
      'prototype as a name',
      JSON.parse('{"userName":"ann","__proto__":{"admin":true}}') as Json,
      'accepted',
      '400 invalidSyntax',
    ],
    ['a number instead of a string', user({ nickName: 1 }), 'accepted', '400 invalidValue'],
    ['a boolean instead of a string', user({ nickName: true }), '400 invalidValue', '400 invalidValue'],
    ['an object instead of a string', user({ nickName: { a: 1 } }), '400 invalidValue', '400 invalidValue'],
    ['the string True instead of a boolean', user({ active: 'True' }), 'accepted', '400 invalidValue'],
    ['another string instead of a boolean', user({ active: 'perhaps' }), '400 invalidValue', '400 invalidValue'],
    ['an e-mail without an array', user({ emails: { value: 'a@b' } }), 'accepted', '400 invalidValue'],
    ['an e-mail as a string', user({ emails: ['a@b'] }), 'accepted', '400 invalidValue'],
    [
      'two primaries',
      user({
        emails: [
          { value: 'a', primary: true },
          { value: 'b', primary: true },
        ],
      }),
      'accepted',
      '400 invalidValue',
    ],
    [
      '51 values',
      user({ roles: Array.from({ length: 51 }, (_, i) => ({ value: `${i}` })) }),
      '400 invalidValue',
      '400 invalidValue',
    ],
    ['a userName of 513 bytes', user({ userName: 'é'.repeat(257) }), '400 invalidValue', '400 invalidValue'],
    ['a userName of 512 bytes', user({ userName: 'é'.repeat(256) }), 'accepted', 'accepted'],
    ['301 KB', user({ nickName: 'x'.repeat(301 * 1024) }), '400 invalidValue', '400 invalidValue'],
    ['manager as a string', user({ [ENTERPRISE]: { manager: 'u1' } }), 'accepted', '400 invalidValue'],
    ['an extension that is not an object', user({ [ENTERPRISE]: 'x' }), '400 invalidValue', '400 invalidValue'],
    [
      'a certificate that is not base64',
      user({ x509Certificates: [{ value: '§' }] }),
      '400 invalidValue',
      '400 invalidValue',
    ],
    ['null for everything', user({ name: null, emails: null, active: null }), 'accepted', 'accepted'],
    ['readOnly keys', user({ id: 'x', meta: { created: 'never' }, groups: [{ value: 'g' }] }), 'accepted', 'accepted'],
  ])('%s', (_name, body, tolerant, rfc) => {
    expect(attempt(() => reading('tolerant').read(body))).toBe(tolerant);
    expect(attempt(() => reading('rfc').read(body))).toBe(rfc);
  });
});

test('values are stored as sent, under canonical names', () => {
  const { attributes } = reading('rfc').read(user({ NAME: { GivenName: 'Ä' }, emails: [] }));
  expect(attributes).toEqual({ userName: 'ann', name: { givenName: 'Ä' } });
});

test('s2.5 unassigned values are not kept, and an extension goes with its last attribute', () => {
  const body = user({ nickName: null, emails: [], name: null, [ENTERPRISE]: { department: null } });
  expect(reading('rfc').read(body).attributes).toEqual({ userName: 'ann' });
});

test('RFC 7643 s4.3 a location is checked, then dropped', () => {
  const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
  const manager = { value: 'm1', $ref: 'https://evil.example/Users/m1' };
  expect(reading('rfc').read(user({ [enterprise]: { manager } })).attributes).toEqual({
    userName: 'ann',
    [enterprise]: { manager: { value: 'm1' } },
  });
  expect(attempt(() => reading('rfc').read(user({ [enterprise]: { manager: { $ref: 5 } } })))).toBe('400 invalidValue');
});
test('a password is checked, then dropped', () => {
  expect(reading('rfc').read(user({ password: 'secret' })).attributes).toEqual({ userName: 'ann' });
  expect(attempt(() => reading('rfc').read(user({ password: 5 })))).toBe('400 invalidValue');
});

test('s2.4 exact duplicates of type and value collapse, different values of a type stay', () => {
  const emails = [
    { value: 'a', type: 'work' },
    { value: 'a', type: 'work', primary: true },
    { value: 'b', type: 'work' },
  ];
  expect(reading('rfc').read(user({ emails })).attributes.emails).toEqual([
    { value: 'a', type: 'work', primary: true },
    { value: 'b', type: 'work' },
  ]);
});

test('the first of several primaries stays primary, and the dialect is recorded', () => {
  const { read, needed } = reading('tolerant');
  const { attributes } = read(
    user({
      emails: [
        { value: 'a', primary: true },
        { value: 'b', primary: 'true' },
      ],
    }),
  );
  expect(attributes.emails).toEqual([
    { value: 'a', primary: true },
    { value: 'b', primary: false },
  ]);
  expect(needed()).toEqual(['entra.booleanString', 'ping.severalPrimaries']);
});

test('absent members differ from empty members', () => {
  const { read } = reading('rfc', groupType);
  expect(read({ schemas: [GROUP], displayName: 'A' }).members).toBeUndefined();
  expect(read({ schemas: [GROUP], displayName: 'A', members: [] }).members).toEqual([]);
  expect(
    read({ schemas: [GROUP], displayName: 'A', members: [{ value: 'x', $ref: null }, { VALUE: 'x' }] }).members,
  ).toHaveLength(1);
  expect(attempt(() => read({ schemas: [GROUP], displayName: 'A', members: [{ display: 'x' }] }))).toBe(
    '400 invalidValue',
  );
  expect(attempt(() => read({ schemas: [GROUP], displayName: 'A', members: [{ value: 'x', type: 'Robot' }] }))).toBe(
    '400 invalidValue',
  );
});

test('s3.5.1 PUT clears omitted attributes except active, so that it never reactivates a user', () => {
  const before = { userName: 'ann', nickName: 'A', active: false };
  expect(replaceAttributes(before, { attributes: { userName: 'ann' }, kept: new Set() }, userType)).toEqual({
    userName: 'ann',
    active: false,
  });
  expect(
    replaceAttributes(before, { attributes: { userName: 'ann', active: true }, kept: new Set() }, userType),
  ).toEqual({
    userName: 'ann',
    active: true,
  });
});

test('RFC 7644 s3.5.1 a value with nothing but readOnly sub-attributes is ignored, never refused', () => {
  const seat = attribute('value', 'The seat.');
  const row = attribute('row', 'Its row.', { mutability: 'readOnly' });
  const seats = attribute('seats', 'Seats.', { type: 'complex', multiValued: true, subAttributes: [seat, row] });
  const type = { ...userType, schema: { ...userType.schema, attributes: [...userType.schema.attributes, seats] } };
  const body = user({ seats: [{ row: '7' }], [ENTERPRISE]: { manager: { displayName: 'Bob' } } });
  expect(reading('rfc', type).read(body)).toMatchObject({ attributes: { userName: 'ann' }, kept: new Set() });
  const { kept } = reading('tolerant', type).read(body);
  expect([...kept]).toEqual(['seats', `${ENTERPRISE}:manager`]);
  expect(attempt(() => reading('rfc', type).read(user({ seats: [{}] })))).toBe('400 invalidValue');
});
