/** Settings of a directory: the resource types they define, and the errors of invalid settings. */
import { describe, expect, test } from 'vitest';
import { DirectorySettings } from '../../lib/admin/directory-messages.ts';
import { parse } from '../../lib/admin/parse.ts';
import { createTolerance } from '../../lib/scim/dialect.ts';
import { resourceTypesOf } from '../../lib/scim/directory/directory.ts';
import { ScimError } from '../../lib/scim/error.ts';
import type { Json, JsonObject } from '../../lib/scim/json/json.ts';
import { applyPatch } from '../../lib/scim/patch/apply-patch.ts';
import type { Operation } from '../../lib/scim/patch/patch-request.ts';
import { createProjection } from '../../lib/scim/resource/projection.ts';
import { replaceAttributes } from '../../lib/scim/resource/replacement.ts';
import { readResourceBody } from '../../lib/scim/resource/resource-body.ts';
import { resourceTypes } from '../../lib/scim/schema/resource-types.ts';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const X = 'urn:acme:scim:1.0:X';

const onUser = (...attributes: object[]) => ({ schemas: [{ id: USER, attributes }] });
const extension = (id: string, more: object = {}) => ({ id, name: 'X', attributes: [{ name: 'a' }], ...more });
const device = (more: object = {}) => ({ name: 'Device', endpoint: '/Devices', schema: X, ...more });

/** @returns the error of the admin API, or 'accepted' */
const faults = (settings: object): string => {
  try {
    parse(DirectorySettings, { id: 'acme', ...settings });
    return 'accepted';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

describe('inconsistent settings are refused with the path and the reason', () => {
  const rows: [object, string][] = [
    [onUser({ name: '1st' }), 'schemas.0.attributes.0.name: "1st" is not an attribute name'],
    [onUser({ name: 'a.b' }), 'schemas.0.attributes.0.name: "a.b" is not an attribute name'],
    [onUser({ name: 'constructor' }), 'schemas.0.attributes.0.name: the name constructor is reserved'],
    [onUser({ name: '__proto__' }), 'schemas.0.attributes.0.name: "__proto__" is not an attribute name'],
    ...['id', 'externalId', 'Meta', 'schemas', 'members', 'groups', 'password', 'not', 'null'].map(
      (name): [object, string] => [onUser({ name }), `schemas.0.attributes.0.name: the name ${name} is reserved`],
    ),
    [onUser({ name: 'username' }), 'schemas.0.attributes.0.name: the schema already has an attribute username'],
    [onUser({ name: 'x' }, { name: 'X' }), 'schemas.0.attributes.1.name: duplicate name X'],
    [onUser({ name: 'x', type: 'text' }), 'schemas.0.attributes.0.type: '],
    [onUser({ name: 'x', colour: 1 }), 'schemas.0.attributes.0: unknown field colour'],
    [
      onUser({ name: 'x', type: 'complex' }),
      'schemas.0.attributes.0.subAttributes: must not be empty for type complex',
    ],
    [onUser({ name: 'x', subAttributes: [{ name: 'y' }] }), '0.subAttributes: applies only to type complex'],
    [
      onUser({ name: 'x', type: 'complex', subAttributes: [{ name: 'y' }, { name: 'Y' }] }),
      'subAttributes.1.name: duplicate name Y',
    ],
    [onUser({ name: 'x', type: 'complex', subAttributes: [{ name: 'y', type: 'complex' }] }), 'subAttributes.0.type: '],
    [onUser({ name: 'x', uniqueness: 'global' }), 'schemas.0.attributes.0.uniqueness: '],
    [onUser({ name: 'x', type: 'integer', uniqueness: 'server' }), '0.uniqueness: server requires a singular string'],
    [onUser({ name: 'x', multiValued: true, uniqueness: 'server' }), '0.uniqueness: server requires a singular'],
    [onUser({ name: 'x', uniqueness: 'server', default: 'a' }), '0.default: two resources cannot share it'],
    [onUser({ name: 'x', mutability: 'writeOnly' }), '0.returned: must be never for mutability writeOnly'],
    [onUser({ name: 'x', returned: 'never', required: true }), '0.required: must be false for returned never'],
    [onUser({ name: 'x', mutability: 'readOnly', required: true }), '0.required: needs a default'],
    [onUser({ name: 'x', type: 'integer', allowedValues: ['1'] }), '0.allowedValues: applies only to type string'],
    [
      onUser({ name: 'x', canonicalValues: ['a'], allowedValues: ['a'] }),
      '0.canonicalValues: cannot be combined with allowedValues',
    ],
    [onUser({ name: 'x', referenceTypes: ['User'] }), '0.referenceTypes: applies only to type reference'],
    [
      onUser({ name: 'x', allowedValues: ['a', 'b'], default: 'c' }),
      '0.default: x has a value that is not allowed: expected one of a, b',
    ],
    [onUser({ name: 'x', type: 'integer', default: 'c' }), '0.default: x must be an integer, not a string'],
    [onUser({ name: 'x', default: null }), '0.default: must not be empty'],
    [{ schemas: [extension('badge')] }, 'schemas.0.id: "badge" is not a URN such as urn:acme:scim:1.0:Badge'],
    [{ schemas: [extension('urn:acme:a#b')] }, 'schemas.0.id: "urn:acme:a#b" is not a URN'],
    [{ schemas: [extension('urn:ietf:params:scim:api:messages:2.0:X')] }, 'schemas.0.id: urn:ietf:params:scim:api'],
    [{ schemas: [extension(`${USER}:acme`)] }, `schemas.0.id: ${USER}:acme conflicts with ${USER}`],
    [{ schemas: [extension(X), extension(`${X}:Y`)] }, `schemas.1.id: ${X}:Y conflicts with ${X}`],
    [{ schemas: [extension(X), extension(X.toUpperCase())] }, 'schemas.1.id: duplicate schema URN:ACME:SCIM:1.0:X'],
    [{ schemas: [{ id: X, attributes: [{ name: 'a' }] }] }, 'schemas.0.name: a new schema needs a name'],
    [{ schemas: [extension(USER)] }, `schemas.0.name: ${USER} is built in`],
    [{ schemas: [extension(X)] }, `schemas: no resource type uses ${X}`],
    [{ schemas: [extension(X, { attributes: [] })] }, 'schemas.0.attributes: '],
    [{ schemaExtensions: [{ resourceType: 'User', schema: X }] }, `schemaExtensions.0.schema: the directory has no`],
    [
      { schemaExtensions: [{ resourceType: 'Robot', schema: ENTERPRISE }] },
      'schemaExtensions.0.resourceType: expected one of User, Group',
    ],
    [
      { schemaExtensions: [{ resourceType: 'User', schema: ENTERPRISE }] },
      `schemaExtensions.0.schema: User already has the schema ${ENTERPRISE}`,
    ],
    [{ schemas: [extension(X)], resourceTypes: [device({ name: 'user' })] }, 'resourceTypes.0.name: user is taken'],
    [{ schemas: [extension(X)], resourceTypes: [device({ name: 'Token' })] }, 'resourceTypes.0.name: Token is taken'],
    [
      { schemas: [extension(X)], resourceTypes: [device({ name: 'A.b' })] },
      'resourceTypes.0.name: expected a letter, then',
    ],
    [
      { schemas: [extension(X)], resourceTypes: [device({ id: 'Other' })] },
      'resourceTypes.0.id: must be equal to name',
    ],
    ...['/users', '/Groups', '/Me', '/bulk', '/Schemas', '/ResourceTypes', '/ServiceProviderConfig'].map(
      (endpoint): [object, string] => [
        { schemas: [extension(X)], resourceTypes: [device({ endpoint })] },
        `resourceTypes.0.endpoint: ${endpoint} is taken`,
      ],
    ),
    ...['Devices', '/a/b', '/.search', '/a?b', '/'].map((endpoint): [object, string] => [
      { schemas: [extension(X)], resourceTypes: [device({ endpoint })] },
      'resourceTypes.0.endpoint: expected a slash and a letter',
    ]),
    [
      { schemas: [extension(X)], resourceTypes: [device(), device({ name: 'Other' })] },
      'resourceTypes.1.endpoint: /Devices is taken',
    ],
    [
      { schemas: [extension(X)], resourceTypes: [device(), device({ name: 'Other', endpoint: '/Others' })] },
      `schemas: ${X} is the schema of a resource type`,
    ],
    [{ resourceTypes: [device({ schema: USER })] }, `schemas: ${USER} is the schema of a resource type`],
    [
      { schemas: [extension(X)], resourceTypes: [device({ schemaExtensions: [{ schema: X }] })] },
      'resourceTypes.0.schemaExtensions.0.schema: Device already has the schema',
    ],
    [{ requiredAttributes: ['shoeSize'] }, 'requiredAttributes.0: the directory has no attribute "shoeSize"'],
    [{ requiredAttributes: ['groups'] }, 'requiredAttributes.0: groups is read-only'],
    [{ requiredAttributes: ['password'] }, 'requiredAttributes.0: password is never stored'],
    [
      { requiredAttributes: ['urn:ietf:params:scim:schemas:core:2.0:Group:members'] },
      'requiredAttributes.0: members cannot be required',
    ],
    [
      { valueRules: [{ attribute: 'emails', rule: 'trim', action: 'convert' }] },
      'valueRules.0.attribute: emails is complex',
    ],
    [{ valueRules: [{ attribute: 'active', rule: 'trim', action: 'convert' }] }, 'active has type boolean'],
    [{ valueRules: [{ attribute: 'title', rule: 'regex', action: 'refuse' }] }, 'valueRules.0'],
    [{ valueRules: [{ attribute: 'title', rule: 'trim' }] }, 'valueRules.0.action: '],
    [
      { valueRules: [{ attribute: 'title', rule: 'maxLength', length: 5, action: 'convert' }] },
      'valueRules.0.action: ',
    ],
    [{ valueRules: [{ attribute: 'title', rule: 'oneOf', values: [], action: 'refuse' }] }, 'valueRules.0.values: '],
    [
      {
        defaultGroup: 'All',
        valueRules: [
          {
            attribute: 'urn:ietf:params:scim:schemas:core:2.0:Group:displayName',
            rule: 'startsWith',
            action: 'refuse',
            values: ['acme-'],
          },
        ],
      },
      'defaultGroup: displayName must begin with acme-',
    ],
    [
      {
        defaultGroup: 'All',
        schemas: [
          { id: 'urn:ietf:params:scim:schemas:core:2.0:Group', attributes: [{ name: 'costCenter', required: true }] },
        ],
      },
      'defaultGroup: a group also requires costCenter',
    ],
    [{ defaultGroup: 'a\u0007b' }, 'defaultGroup: displayName contains a control character'],
    [{ defaultGroup: '' }, 'defaultGroup: '],
    [
      { schemas: Array.from({ length: 21 }, (_, i) => extension(`urn:acme:scim:1.0:X${i}`)) },
      'schemas: must have a length of at most 20',
    ],
    [
      onUser(
        ...Array.from({ length: 101 }, (_, i) => ({ name: `x${i}`, type: 'complex', subAttributes: [{ name: 'y' }] })),
      ),
      'schemas: at most 200 attributes and sub-attributes, not 202',
    ],
    [
      onUser(...Array.from({ length: 11 }, (_, i) => ({ name: `x${i}`, uniqueness: 'server' }))),
      'schemas: at most 10 unique attributes, not 11',
    ],
    [
      onUser(...Array.from({ length: 199 }, (_, i) => ({ name: `x${i}`, description: 'x'.repeat(500) }))),
      'schemas: at most 100000 bytes of schemas, types and rules',
    ],
  ];
  test.each(rows.map(([settings, message]) => ({ settings, message })))('$message', ({ settings, message }) => {
    expect(faults(settings)).toContain(message);
  });
});

const typesOf = (settings: object) => resourceTypesOf(DirectorySettings.parse({ id: 'acme', ...settings }));
const userTypeOf = (settings: object) => {
  const [type] = typesOf(settings);
  if (type === undefined) throw new Error('no type');
  return type;
};

test('a directory without schema settings has the built-in types; types are built once per settings object', () => {
  expect(typesOf({})).toBe(resourceTypes);
  const settings = DirectorySettings.parse({ id: 'acme', ...onUser({ name: 'x' }) });
  expect(resourceTypesOf(settings)).toBe(resourceTypesOf(settings));
  expect(resourceTypesOf(settings)[1]?.schema).toBe(resourceTypes[1]?.schema);
});

test('group names stay non-unique in combination with other settings', () => {
  const [, type] = typesOf({ uniqueGroupNames: false, ...onUser({ name: 'x' }) });
  expect(type?.schema.attributes.find(({ name }) => name === 'displayName')?.uniqueness).toBe('none');
  expect(type?.sorted).toContain('displayName');
});

test('references and binary values are caseExact by default; rules convert default values', () => {
  const { schema } = userTypeOf({
    ...onUser(
      { name: 'ref', type: 'reference', referenceTypes: ['uri'] },
      { name: 'bin', type: 'binary' },
      { name: 'loose', type: 'reference', caseExact: false },
      { name: 'role', default: 'ADMIN' },
    ),
    valueRules: [{ attribute: `${USER}:role`, rule: 'lowercase', action: 'convert' }],
  });
  expect(schema.attributes.slice(-4)).toMatchObject([
    { caseExact: true },
    { caseExact: true },
    { caseExact: false },
    { default: 'admin' },
  ]);
});

describe('characteristics of sub-attributes', () => {
  const type = userTypeOf(
    onUser({
      name: 'card',
      type: 'complex',
      subAttributes: [
        { name: 'kind', required: true },
        { name: 'serial', mutability: 'immutable' },
        { name: 'issued', mutability: 'readOnly' },
        { name: 'pin', mutability: 'writeOnly', returned: 'never' },
        { name: 'note', returned: 'request' },
        { name: 'color', returned: 'always' },
        { name: 'level', allowedValues: ['a', 'b'] },
      ],
    }),
  );
  const { tolerate } = createTolerance('rfc');
  const attempt = (work: () => unknown): unknown => {
    try {
      return work();
    } catch (error) {
      if (error instanceof ScimError) return `${error.scimType}: ${error.message}`;
      throw error;
    }
  };
  const read = (card: Json) =>
    attempt(() => readResourceBody({ schemas: [USER], userName: 'ann', card }, { type, tolerate }).attributes.card);
  const before: JsonObject = { userName: 'ann', card: { kind: 'k', serial: 's', note: 'n', color: 'c' } };
  const patch = (...operations: Operation[]) =>
    attempt(() => applyPatch(before, operations, { type, tolerate, membersBefore: [] }).attributes.card);
  const replace = (path: string, value: Json): Operation => ({ op: 'replace', path, value });

  test('in a body', () => {
    expect(read({ kind: 'k', issued: 'x', pin: '1234', note: 'n' })).toEqual({ kind: 'k', note: 'n' });
    expect(read({ serial: 's' })).toBe('invalidValue: card.kind is required: provide a value.');
    expect(read({ kind: 'k', pin: 1 })).toMatch(/^invalidValue: card.pin/);
    expect(read({ kind: 'k', level: 'c' })).toBe(
      'invalidValue: card.level has a value that is not allowed: expected one of a, b.',
    );
    expect(read({ kind: 'k', level: 'A' })).toEqual({ kind: 'k', level: 'A' });
  });
  test('in a PUT', () => {
    const put = (card: JsonObject) =>
      attempt(() => replaceAttributes(before, { attributes: { userName: 'ann', card }, kept: new Set() }, type).card);
    expect(put({ kind: 'x' })).toEqual({ kind: 'x', serial: 's' });
    expect(put({ kind: 'x', serial: 'other' })).toBe(
      'mutability: card.serial is immutable and already has a value: omit it or send the same value.',
    );
  });
  test('in a PATCH', () => {
    expect(patch(replace('card.serial', 'other'))).toMatch(/^mutability: card.serial/);
    expect(patch(replace('card', { serial: 'other' }))).toMatch(/^mutability: card.serial/);
    expect(patch(replace('card.issued', 'x'))).toMatch(/^mutability: card.issued/);
    expect(patch({ op: 'remove', path: 'card.kind', value: undefined })).toMatch(/^mutability: card.kind is required/);
    expect(patch(replace('card.pin', '1234'))).toEqual(before.card);
    expect(patch(replace('card', { pin: '1234', kind: 'z' }))).toEqual({ ...(before.card as JsonObject), kind: 'z' });
    expect(patch({ op: 'remove', path: 'card', value: undefined })).toBeUndefined();
    expect(patch(replace('card.level', 'c'))).toBe(
      'invalidValue: card.level has a value that is not allowed: expected one of a, b.',
    );
  });
  test('in a response', () => {
    const project = (request: { attributes?: string[]; excludedAttributes?: string[] }, written?: JsonObject) =>
      createProjection(
        { attributes: request.attributes, excludedAttributes: request.excludedAttributes },
        type,
        tolerate,
      ).project(before, written).card;
    expect(project({})).toEqual({ kind: 'k', serial: 's', color: 'c' });
    expect(project({}, { card: { note: 'n' } })).toEqual(before.card);
    expect(project({ attributes: ['card.note'] })).toEqual({ note: 'n', color: 'c' });
    expect(project({ attributes: ['card'] })).toEqual(before.card);
    expect(project({ excludedAttributes: ['card.kind', 'card.color'] })).toEqual({ serial: 's', color: 'c' });
    expect(project({ excludedAttributes: ['card'] })).toBeUndefined();
  });
});

test('a PATCH ignores attributes that were missing before the directory required them', () => {
  const { tolerate } = createTolerance('rfc');
  const type = userTypeOf({ requiredAttributes: ['title', 'emails'] });
  const patch = (before: JsonObject, operation: Operation) =>
    applyPatch(before, [operation], { type, tolerate, membersBefore: [] }).attributes;
  const nick: Operation = { op: 'replace', path: 'nickName', value: 'N' };
  expect(patch({ userName: 'ann' }, nick)).toEqual({ userName: 'ann', nickName: 'N' });
  const emails = [{ value: 'a@b' }];
  expect(() => patch({ userName: 'ann', emails }, { op: 'replace', path: 'emails', value: [] })).toThrow(
    'emails is required',
  );
});
