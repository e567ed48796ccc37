import { expect, test } from 'vitest';
import { createTolerance } from '../../lib/scim/dialect.ts';
import { createProjection } from '../../lib/scim/resource/projection.ts';
import { createLocate, toRepresentation } from '../../lib/scim/resource/representation.ts';
import { groupType, resourceTypes, userType } from '../../lib/scim/schema/resource-types.ts';
import type { Loaded } from '../../lib/scim/store-port.ts';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const { tolerate } = createTolerance('rfc');
const loaded: Loaded = {
  resource: {
    id: 'u1',
    attributes: {
      userName: 'ann',
      name: { givenName: 'Ann', familyName: 'B' },
      emails: [{ value: 'a@b', type: 'work', primary: true }],
      externalId: 'x1',
      [ENTERPRISE]: { department: 'R&D', manager: { value: 'm1' } },
    },
    version: 3,
    memberVersion: 0,
    created: '2026-01-01T00:00:00.000Z',
    lastModified: '2026-01-02T00:00:00.000Z',
    indexed: [],
  },
  groups: [{ id: 'g1', display: 'Team' }],
};
const locate = createLocate('https://h/scim/v2', resourceTypes);
const whole = toRepresentation(loaded, userType, locate);
const project = (request: { attributes?: string[]; excludedAttributes?: string[] }) =>
  createProjection(
    { attributes: request.attributes, excludedAttributes: request.excludedAttributes },
    userType,
    tolerate,
  ).project(whole);

test('s3.1 a representation has schemas, id, meta and the groups with their locations', () => {
  expect(whole).toMatchObject({
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', ENTERPRISE],
    id: 'u1',
    groups: [{ value: 'g1', display: 'Team', $ref: 'https://h/scim/v2/Groups/g1', type: 'direct' }],
    meta: { resourceType: 'User', location: 'https://h/scim/v2/Users/u1', version: 'W/"3"' },
  });
  expect(project({})).toEqual(whole);
});

test('s3.9 attributes: the response has the named attributes and those that are always returned', () => {
  expect(project({ attributes: ['USERNAME', 'name.givenName', `${ENTERPRISE}:department`] })).toEqual({
    schemas: whole.schemas,
    id: 'u1',
    userName: 'ann',
    name: { givenName: 'Ann' },
    [ENTERPRISE]: { department: 'R&D' },
  });
  expect(project({ attributes: [ENTERPRISE] })).toMatchObject({
    [ENTERPRISE]: { department: 'R&D', manager: { value: 'm1' } },
  });
});

test('s3.9 unknown attributes are ignored', () => {
  expect(project({ attributes: ['noSuch', '', 'password'] })).toEqual({ schemas: whole.schemas, id: 'u1' });
});

test('s3.9 excludedAttributes: the response has all but the named attributes, and those that are always returned', () => {
  const { groups, meta, ...rest } = whole;
  expect(project({ excludedAttributes: ['groups', 'meta', 'id', 'schemas'] })).toEqual(rest);
  expect(project({ excludedAttributes: ['emails.type', 'name'] })).toMatchObject({
    emails: [{ value: 'a@b', primary: true }],
  });
});

test('a projection is idempotent', () => {
  for (const request of [{ attributes: ['emails.value', 'meta'] }, { excludedAttributes: ['emails.value'] }]) {
    const projection = createProjection(
      { attributes: undefined, excludedAttributes: undefined, ...request },
      userType,
      tolerate,
    );
    const once = projection.project(whole);
    expect(projection.project(once)).toEqual(once);
  }
});

test('memberships are read only if the response includes them', () => {
  const include = (type: typeof userType, attributes?: string[], excludedAttributes?: string[]) =>
    createProjection({ attributes, excludedAttributes }, type, tolerate).include;
  expect(include(userType)).toEqual({ members: false, groups: true });
  expect(include(groupType)).toEqual({ members: true, groups: false });
  expect(include(groupType, undefined, ['members'])).toEqual({ members: false, groups: false });
  expect(include(groupType, ['displayName'])).toEqual({ members: false, groups: false });
  expect(include(groupType, ['members.value'])).toEqual({ members: true, groups: false });
});

test('attributes together with excludedAttributes is refused', () => {
  expect(() => project({ attributes: ['id'], excludedAttributes: ['id'] })).toThrow(/together/);
});
