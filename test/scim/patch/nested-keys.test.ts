import { describe, expect, test } from 'vitest';
import { createTolerance, type Mode } from '../../../lib/scim/dialect.ts';
import { groupType, type Json, type ResourceType, userType } from '../../../lib/scim/index.ts';
import { withNestedKeys } from '../../../lib/scim/patch/nested-keys.ts';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const OLD_ENTERPRISE = 'urn:scim:schemas:extension:enterprise:1.0';

const nested = (body: Json, mode: Mode = 'tolerant', type: ResourceType = userType) => {
  const { tolerate, needed } = createTolerance(mode);
  return { body: withNestedKeys(body, { type, tolerate }), needed: needed() };
};

describe('keys that are paths are nested', () => {
  test.each<[string, Json, Json]>([
    [
      'a sub-attribute',
      { 'name.givenName': 'A', 'Name.FamilyName': 'B' },
      { name: { givenName: 'A', familyName: 'B' } },
    ],
    ['beside its nested form', { NAME: { x: 1 }, 'name.givenName': 'A' }, { NAME: { x: 1, givenName: 'A' } }],
    ['the same value twice', { name: { givenName: 'A' }, 'name.givenName': 'A' }, { name: { givenName: 'A' } }],
    ['an attribute with its URN', { [`${USER}:title`]: 'T' }, { title: 'T' }],
    ['an extension attribute', { [`${ENTERPRISE}:department`]: 'D' }, { [ENTERPRISE]: { department: 'D' } }],
    [
      'an extension attribute beside the extension under an earlier URN',
      { [`${ENTERPRISE}:department`]: 'D', [OLD_ENTERPRISE]: { costCenter: 'C', 'manager.value': 'm' } },
      { [OLD_ENTERPRISE]: { costCenter: 'C', manager: { value: 'm' }, department: 'D' } },
    ],
    ['a dot after the URN', { [`${ENTERPRISE}.manager.value`]: 'm' }, { [ENTERPRISE]: { manager: { value: 'm' } } }],
    ['an extension attribute without its URN', { manager: 'm' }, { [ENTERPRISE]: { manager: 'm' } }],
    [
      'elements by their type',
      {
        'emails[type eq "work"].value': 'w',
        'emails[type eq "work"].primary': true,
        'emails[type eq "home"].value': 'h',
      },
      {
        emails: [
          { type: 'work', value: 'w', primary: true },
          { type: 'home', value: 'h' },
        ],
      },
    ],
    ['an element as a scalar', { 'emails[type eq "work"]': 'w' }, { emails: [{ type: 'work', value: 'w' }] }],
    [
      'an element as an object',
      { 'emails[type eq "work"]': { value: 'w' } },
      { emails: [{ type: 'work', value: 'w' }] },
    ],
    ['a multi-valued sub-attribute', { 'emails.value': 'w' }, { emails: [{ value: 'w' }] }],
    ['readOnly attributes, which are ignored', { 'meta.created': 'x', 'groups.value': 'g' }, {}],
    [
      'unknown keys, which stay',
      { 'name.nick': 'x', 'manager[value eq "m"].value': 'y' },
      { 'name.nick': 'x', 'manager[value eq "m"].value': 'y' },
    ],
    ['no object', ['x'], ['x']],
  ])('%s', (_name, body, expected) => {
    expect(nested(body).body).toEqual(expected);
  });

  test.each<[string, Json]>([
    ['a key and its nested form', { name: { givenName: 'A' }, 'name.givenName': 'B' }],
    ['a key and null', { name: null, 'name.givenName': 'B' }],
    ['a key and another form of it', { title: 'A', [`${USER}:title`]: 'B' }],
    ['an element and its key', { emails: [{ type: 'work', value: 'a' }], 'emails[type eq "work"].value': 'b' }],
    ['a filter that describes no value', { 'emails[type ne "work"].value': 'b' }],
  ])('%s with different values are 400', (_name, body) => {
    expect(() => nested(body)).toThrow(expect.objectContaining({ status: 400, scimType: 'invalidSyntax' }));
  });

  test('the dialects are recorded, and mode rfc leaves every key', () => {
    const body = { 'name.givenName': 'A', manager: 'm', [OLD_ENTERPRISE]: {} };
    expect(nested(body).needed).toEqual(['any.earlierUrn', 'entra.bareExtensionAttribute', 'entra.pathAsKey']);
    expect(nested(body, 'rfc')).toEqual({ body, needed: [] });
    expect(nested({ userName: 'a', emails: [] })).toEqual({ body: { userName: 'a', emails: [] }, needed: [] });
  });

  test('members by a filter', () => {
    const body = { 'members[value eq "m1"].display': 'x' };
    expect(nested(body, 'tolerant', groupType).body).toEqual({ members: [{ value: 'm1', display: 'x' }] });
  });
});
