import { expect, test } from 'vitest';
import { groupType, type ResourceType, targetPath, userType } from '../../lib/scim/index.ts';
import {
  parseAttributePath,
  printAttributePath,
  resolveAttribute,
  resolveSchema,
} from '../../lib/scim/schema/attribute-path.ts';

const CORE = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** Resolves a path, and records the dialects that were consulted. */
const resolve = (type: ResourceType, text: string, tolerant = true) => {
  const path = parseAttributePath(text);
  const consulted: string[] = [];
  const target =
    path === undefined
      ? undefined
      : resolveAttribute(type, path, (name) => {
          consulted.push(name);
          return tolerant;
        });
  return { target: target === undefined ? undefined : targetPath(target), consulted };
};

test.each([
  ['userName', 'userName'],
  ['USERNAME', 'userName'],
  ['name.FamilyName', 'name.familyName'],
  ['emails.$REF', undefined],
  ['groups.$ref', 'groups.$ref'],
  ['id', 'id'],
  ['meta.lastmodified', 'meta.lastModified'],
  [`${CORE}:userName`, 'userName'],
  [`${CORE.toUpperCase()}:name.familyname`, 'name.familyName'],
  [`${ENTERPRISE}:department`, `${ENTERPRISE}:department`],
  [`${ENTERPRISE.toLowerCase()}:manager.$ref`, `${ENTERPRISE}:manager.$ref`],
  [`${ENTERPRISE}:userName`, undefined],
  [`${CORE}:department`, undefined],
  ['urn:example:none:userName', undefined],
  ['members', undefined],
  ['name.familyName.x', undefined],
  ['userName.value', undefined],
  ['__proto__', undefined],
  ['constructor', undefined],
  ['name.constructor', undefined],
  ['urn:__proto__:constructor', undefined],
  [':userName', undefined],
  ['urn:ietf:params:scim:schemas:core:2.0:User:', undefined],
])('s3.10 %s resolves to %s, without a dialect', (text, expected) => {
  expect(resolve(userType, text)).toEqual({ target: expected, consulted: [] });
});

test.each([
  ['department', `${ENTERPRISE}:department`, 'bareExtensionAttribute'],
  ['manager.value', `${ENTERPRISE}:manager.value`, 'bareExtensionAttribute'],
  [`${ENTERPRISE}.manager`, `${ENTERPRISE}:manager`, 'dotAfterUrn'],
  [`${ENTERPRISE}.manager.displayName`, `${ENTERPRISE}:manager.displayName`, 'dotAfterUrn'],
  [`${CORE}.userName`, 'userName', 'dotAfterUrn'],
])('%s resolves to %s under dialect %s only', (text, expected, dialect) => {
  expect(resolve(userType, text)).toEqual({ target: expected, consulted: [dialect] });
  expect(resolve(userType, text, false)).toEqual({ target: undefined, consulted: [dialect] });
});

test('a bare name that occurs in two extensions is ambiguous', () => {
  const [first] = userType.extensions;
  if (first === undefined) throw new Error('no extension');
  const second = { ...first, schema: { ...first.schema, id: 'urn:example:second' } };
  const type = { ...userType, extensions: [first, second] };
  expect(resolve(type, 'department').target).toBeUndefined();
  expect(resolve(type, 'urn:example:second:department').target).toBe('urn:example:second:department');
});

test.each([
  ['urn:scim:schemas:core:1.0:userName', 'userName'],
  ['urn:scim:schemas:core:2.0:User:name.givenName', 'name.givenName'],
  ['URN:SCIM:schemas:core:1.0:user:emails.value', 'emails.value'],
  ['urn:ietf:params:scim:schemas:core:2.0:userName', 'userName'],
  ['urn:scim:schemas:extension:enterprise:1.0:department', `${ENTERPRISE}:department`],
  ['urn:scim:schemas:extension:enterprise:2.0:User:manager.value', `${ENTERPRISE}:manager.value`],
  ['urn:scim:schemas:core:1.0.userName', 'userName'],
  ['urn:scim:schemas:core:1.0:User', undefined],
  ['urn:scim:schemas:core:1.0:Group:displayName', undefined],
  ['urn:scim:schemas:core:3.0:userName', undefined],
  ['urn:scim:schemas:core:1.0:noSuch', undefined],
])('the earlier URN in %s resolves to %s', (text, expected) => {
  const { target, consulted } = resolve(userType, text);
  expect(target).toBe(expected);
  expect(consulted.includes('earlierUrn')).toBe(expected !== undefined);
  expect(resolve(userType, text, false).target).toBeUndefined();
});

test('an earlier URN of the core means the own type, and of an extension that the type lacks nothing', () => {
  expect(resolve(groupType, 'urn:scim:schemas:core:1.0:displayName').target).toBe('displayName');
  expect(resolve(groupType, 'urn:scim:schemas:extension:enterprise:1.0:department').target).toBeUndefined();
  const whole = (tolerant: boolean) =>
    resolveSchema(userType, 'urn:scim:schemas:extension:enterprise:1.0', () => tolerant)?.id;
  expect([whole(true), whole(false)]).toEqual([ENTERPRISE, undefined]);
});

test('a resource type without extensions resolves its own attributes', () => {
  expect(resolve(groupType, 'members.value').target).toBe('members.value');
  expect(resolve(groupType, 'userName').target).toBeUndefined();
});

test('a URN alone resolves to the whole schema, even if its end is not a valid name', () => {
  const whole = (type: ResourceType, text: string) => resolveSchema(type, text, () => false)?.id;
  const type = {
    ...userType,
    extensions: [{ schema: { ...groupType.schema, id: 'urn:example:Acme:1.0' }, required: false }],
  };
  expect(whole(userType, ENTERPRISE.toUpperCase())).toBe(ENTERPRISE);
  expect(whole(userType, CORE)).toBe(CORE);
  expect(whole(type, 'urn:example:acme:1.0')).toBe('urn:example:Acme:1.0');
  expect(resolve(type, 'urn:example:acme:1.0:DISPLAYNAME').target).toBe('urn:example:Acme:1.0:displayName');
  expect(whole(userType, `${ENTERPRISE}:manager`)).toBeUndefined();
});

test.each(['', '.', 'a.', '.a', 'a..b', '0a', '-a', 'a b', 'é', 'a:', ':a', 'a"b:c', 'a(b:c', 'ure:é:x'])(
  '%j is not an attribute path',
  (text) => {
    expect(parseAttributePath(text)).toBeUndefined();
  },
);

test.each(['a', '$ref', 'a.$ref', 'a-b_c1.d', `${ENTERPRISE}:manager.$ref`, `${ENTERPRISE}.manager`])(
  'parsing and printing %s returns the same text',
  (text) => {
    const path = parseAttributePath(text);
    expect(path).toBeDefined();
    if (path !== undefined) expect(printAttributePath(path)).toBe(text);
  },
);
