/** Rules of PATCH that hold for a whole request, whichever form its operations have. */
import { describe, expect, test } from 'vitest';
import { createTolerance, type Mode } from '../../../lib/scim/dialect.ts';
import {
  groupType,
  type Json,
  type JsonObject,
  type Member,
  type ResourceType,
  userType,
} from '../../../lib/scim/index.ts';
import { limits } from '../../../lib/scim/limits.ts';
import { applyPatch } from '../../../lib/scim/patch/apply-patch.ts';
import { selectsMembers } from '../../../lib/scim/patch/patch-members.ts';
import { readPatchRequest } from '../../../lib/scim/patch/patch-request.ts';
import { attribute } from '../../../lib/scim/schema/attribute.ts';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const EXAMPLE = 'urn:example:Secrets';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** A user type with secrets in every place where an attribute can be. */
const typeWithSecrets: ResourceType = {
  ...userType,
  extensions: [
    ...userType.extensions,
    {
      required: false,
      schema: {
        id: EXAMPLE,
        name: 'Secrets',
        description: 'Secrets',
        attributes: [
          attribute('pin', 'A secret.', { mutability: 'writeOnly', returned: 'never' }),
          attribute('door', 'A door.', {
            type: 'complex',
            subAttributes: [
              attribute('number', 'Its number.'),
              attribute('code', 'A secret.', { mutability: 'writeOnly', returned: 'never' }),
            ],
          }),
          attribute('keys', 'Keys.', {
            type: 'complex',
            multiValued: true,
            subAttributes: [
              attribute('value', 'The number of the key.'),
              attribute('code', 'A secret.', { mutability: 'writeOnly', returned: 'never' }),
            ],
          }),
        ],
      },
    },
  ],
};

type Patching = { readonly type?: ResourceType; readonly mode?: Mode; readonly members?: readonly Member[] };
const patch = (
  before: JsonObject,
  operations: readonly Json[],
  { type = userType, mode = 'rfc', members = [] }: Patching = {},
) => {
  const { tolerate } = createTolerance(mode);
  const request = readPatchRequest({ schemas: [PATCH_OP], Operations: operations }, tolerate);
  return applyPatch(before, request, { type, tolerate, membersBefore: members });
};

describe('RFC 7643 s4.1.1 a password in a PATCH is never part of what is stored', () => {
  const SECRET = 'correct horse battery staple';
  const before = { userName: 'ann', [EXAMPLE]: { door: { number: '1' }, keys: [{ value: '7' }] } };
  const everywhere: readonly [string, Json][] = [
    ['replace with the path', { op: 'replace', path: 'password', value: SECRET }],
    ['add with the path', { op: 'add', path: 'password', value: SECRET }],
    ['the path in other letters', { op: 'add', path: 'PASSWORD', value: SECRET }],
    ['the path with its URN', { op: 'add', path: `${USER}:password`, value: SECRET }],
    ['a key of the value', { op: 'replace', value: { password: SECRET } }],
    ['a key in other letters', { op: 'add', value: { PassWord: SECRET } }],
    ['an extension attribute', { op: 'add', path: `${EXAMPLE}:pin`, value: SECRET }],
    ['an extension as the path', { op: 'add', path: EXAMPLE, value: { pin: SECRET } }],
    ['an extension as a key', { op: 'replace', value: { [EXAMPLE]: { pin: SECRET } } }],
    ['a sub-attribute', { op: 'replace', path: `${EXAMPLE}:door.code`, value: SECRET }],
    ['a complex value', { op: 'replace', path: `${EXAMPLE}:door`, value: { number: '1', code: SECRET } }],
    ['a sub-attribute of all values', { op: 'replace', path: `${EXAMPLE}:keys.code`, value: SECRET }],
    ['a sub-attribute of some', { op: 'add', path: `${EXAMPLE}:keys[value eq "7"].code`, value: SECRET }],
    ['one of several values', { op: 'add', path: `${EXAMPLE}:keys`, value: [{ value: '7', code: SECRET }] }],
  ];
  test.each(everywhere)('%s', (_name, operation) => {
    for (const mode of ['rfc', 'tolerant'] as const)
      expect(patch(before, [operation], { type: typeWithSecrets, mode })).toEqual({
        attributes: before,
        members: undefined,
      });
  });

  test.each<[string, Json]>([
    ['the URN of the core schema as a key', { op: 'add', value: { [USER]: { password: SECRET } } }],
    ['a path as a key', { op: 'add', value: { [`${USER}:password`]: SECRET } }],
    ['a path to a sub-attribute as a key', { op: 'add', value: { [`${EXAMPLE}:door.code`]: SECRET } }],
    ['a name without its URN', { op: 'add', path: 'pin', value: SECRET }],
    ['a value created by its filter', { op: 'add', path: `${EXAMPLE}:keys[value eq "8"].code`, value: SECRET }],
  ])('dialect: %s', (_name, operation) => {
    const { attributes } = patch(before, [operation], { type: typeWithSecrets, mode: 'tolerant' });
    expect(attributes).toEqual(before);
  });
});

test('s3.5.2 a resource that grew too large to be stored is 400 invalidValue', () => {
  const half = 'x'.repeat(limits.resourceBytes / 2);
  const grown = () => patch({ userName: 'ann', title: half }, [{ op: 'add', path: 'nickName', value: half }]);
  expect(grown).toThrow(expect.objectContaining({ status: 400, scimType: 'invalidValue' }));
  const long = () => patch({ userName: 'ann' }, [{ op: 'replace', path: 'userName', value: 'x'.repeat(2000) }]);
  expect(long).toThrow(/userName is longer than/);
  const tab = () => patch({ userName: 'ann' }, [{ op: 'replace', value: { userName: 'a\tnn' } }]);
  expect(tab).toThrow(/userName contains a control character/);
});

describe('s3.5.2 members: each operation applies to the result of the one before', () => {
  const [ann, bob, carl] = ['ann', 'bob', 'carl'].map((id) => ({ id: `${id}-id`, type: 'User', display: id }));
  const value = (...ids: readonly string[]) => ids.map((id) => ({ value: `${id}-id` }));
  const added = { op: 'add', path: 'members', value: value('ann', 'bob') };
  const changes = (...operations: Json[]) =>
    patch({ displayName: 'g' }, operations, {
      type: groupType,
      members: [ann, bob, carl].filter((one) => one !== undefined),
    }).members;

  test('replace after add keeps none of the added members', () => {
    expect(changes(added, { op: 'replace', path: 'members', value: value('carl') })).toEqual({
      replace: true,
      add: [{ id: 'carl-id' }],
      remove: [],
    });
    expect(changes(added, { op: 'remove', path: 'members' })).toEqual({ replace: true, add: [], remove: [] });
  });

  test.each([
    ['value eq "ann-id"', ['ann-id']],
    ['value ne "ann-id"', ['bob-id', 'carl-id']],
    ['value co "n-id"', ['ann-id']],
    ['value co "ann-id"', ['ann-id']],
    ['value sw "ann-id"', ['ann-id']],
    ['value sw "b"', ['bob-id']],
    ['value ew "l-id"', ['carl-id']],
    ['value gt "ann-id"', ['bob-id', 'carl-id']],
    ['value pr', ['ann-id', 'bob-id', 'carl-id']],
    ['not (value eq "ann-id")', ['bob-id', 'carl-id']],
    ['value eq "ann-id" or value sw "carl"', ['ann-id', 'carl-id']],
    ['value eq "ann-id" and display eq "bob"', []],
    ['display eq "ann"', ['ann-id']],
  ])('remove members[%s] removes exactly the members it selects', (filter, removed) => {
    const operation = { op: 'remove', path: `members[${filter}]` };
    expect(changes(operation)?.remove ?? []).toEqual(removed);
    const operations = readPatchRequest({ schemas: [PATCH_OP], Operations: [operation] }, () => false);
    // Members that are not read first cannot be selected.
    const isByValue = /^value eq "[^"]*"$/.test(filter);
    expect(selectsMembers(operations, groupType, () => false)).toBe(!isByValue);
  });
});

describe('RFC 7643 s7 readOnly in a value without a path is ignored', () => {
  const manager = { value: 'm1', displayName: 'Mia' };
  const before = { userName: 'ann', [ENTERPRISE]: { manager } };
  test.each<[string, Mode, Json]>([
    ['in a complex value', 'rfc', { [ENTERPRISE]: { manager: { value: 'm1', displayName: 'Bob' } } }],
    ['alone in a complex value', 'rfc', { [ENTERPRISE]: { manager: { displayName: 'Bob' } } }],
    ['as the key of a path', 'tolerant', { [`${ENTERPRISE}:manager.displayName`]: 'Bob' }],
    ['as the key of a path without URN', 'tolerant', { 'manager.displayName': 'Bob' }],
    ['a common attribute', 'rfc', { id: 'x', meta: { created: 'x' }, schemas: ['x'] }],
    ['groups', 'rfc', { groups: [{ value: 'g1' }] }],
  ])('%s', (_name, mode, value) => {
    for (const op of ['add', 'replace']) expect(patch(before, [{ op, value }], { mode }).attributes).toEqual(before);
  });
  test('a readOnly sub-attribute does not arrive with a new manager', () => {
    const value = { [ENTERPRISE]: { manager: { value: 'm2', displayName: 'Bob' } } };
    expect(patch({ userName: 'ann' }, [{ op: 'add', value }]).attributes).toEqual({
      userName: 'ann',
      [ENTERPRISE]: { manager: { value: 'm2' } },
    });
  });
});

test.each(['active', 'Active', `${USER}:active`])('s3.5.2.2 remove of %s is 400 mutability', (path) => {
  for (const active of [true, false])
    expect(() => patch({ userName: 'ann', active }, [{ op: 'remove', path }])).toThrow(
      expect.objectContaining({ status: 400, scimType: 'mutability' }),
    );
});
