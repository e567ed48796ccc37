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

/** What a path names, and the dialects that were asked for. */
const resolve = (type: ResourceType, text: string, tolerant = true) => {
  const path = parseAttributePath(text);
  const asked: string[] = [];
  const target =
    path === undefined
      ? undefined
      : resolveAttribute(type, path, (name) => {
          asked.push(name);
          return tolerant;
        });
  return { target: target === undefined ? undefined : targetPath(target), asked };
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
])('s3.10 %s names %s, without a dialect', (text, expected) => {
  expect(resolve(userType, text)).toEqual({ target: expected, asked: [] });
});

test.each([
  ['department', `${ENTERPRISE}:department`, 'bareExtensionAttribute'],
  ['manager.value', `${ENTERPRISE}:manager.value`, 'bareExtensionAttribute'],
  [`${ENTERPRISE}.manager`, `${ENTERPRISE}:manager`, 'dotAfterUrn'],
  [`${ENTERPRISE}.manager.displayName`, `${ENTERPRISE}:manager.displayName`, 'dotAfterUrn'],
  [`${CORE}.userName`, 'userName', 'dotAfterUrn'],
])('%s names %s under dialect %s only', (text, expected, dialect) => {
  expect(resolve(userType, text)).toEqual({ target: expected, asked: [dialect] });
  expect(resolve(userType, text, false)).toEqual({ target: undefined, asked: [dialect] });
});

test('a bare name that two extensions have names neither', () => {
  const [first] = userType.extensions;
  if (first === undefined) throw new Error('no extension');
  const second = { ...first, schema: { ...first.schema, id: 'urn:example:second' } };
  const type = { ...userType, extensions: [first, second] };
  expect(resolve(type, 'department').target).toBeUndefined();
  expect(resolve(type, 'urn:example:second:department').target).toBe('urn:example:second:department');
});

test('a resource type without extensions resolves its own attributes', () => {
  expect(resolve(groupType, 'members.value').target).toBe('members.value');
  expect(resolve(groupType, 'userName').target).toBeUndefined();
});

test('a whole schema is named by its URN, whose end may be no name', () => {
  const whole = (type: ResourceType, text: string) => {
    const path = parseAttributePath(text);
    return path === undefined ? undefined : resolveSchema(type, path)?.id;
  };
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
  '%j is no attribute path',
  (text) => {
    expect(parseAttributePath(text)).toBeUndefined();
  },
);

test.each(['a', '$ref', 'a.$ref', 'a-b_c1.d', `${ENTERPRISE}:manager.$ref`, `${ENTERPRISE}.manager`])(
  'printing %s gives it again',
  (text) => {
    const path = parseAttributePath(text);
    expect(path).toBeDefined();
    if (path !== undefined) expect(printAttributePath(path)).toBe(text);
  },
);
