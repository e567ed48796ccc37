import { expect, test } from 'vitest';
import { type AttributeChange, attributeChanges } from '../../lib/events/attribute-changes.ts';
import type { JsonObject } from '../../lib/scim/index.ts';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const cases: [string, JsonObject, JsonObject, AttributeChange[]][] = [
  ['equal states', { a: 1, b: { c: [1] } }, { b: { c: [1] }, a: 1 }, []],
  ['a changed value', { title: 'a' }, { title: 'b' }, [{ path: 'title', before: 'a', after: 'b' }]],
  ['a new value', {}, { title: 'b' }, [{ path: 'title', after: 'b' }]],
  ['a removed value', { title: 'a' }, {}, [{ path: 'title', before: 'a' }]],
  ['false is a value', { active: true }, { active: false }, [{ path: 'active', before: true, after: false }]],
  [
    'sub-attributes one by one',
    { name: { familyName: 'A', givenName: 'G' } },
    { name: { familyName: 'B', givenName: 'G', formatted: 'G B' } },
    [
      { path: 'name.familyName', before: 'A', after: 'B' },
      { path: 'name.formatted', after: 'G B' },
    ],
  ],
  [
    'a removed complex attribute',
    { name: { familyName: 'A', givenName: 'G' } },
    {},
    [
      { path: 'name.familyName', before: 'A' },
      { path: 'name.givenName', before: 'G' },
    ],
  ],
  [
    'a multi-valued attribute as a whole',
    { emails: [{ value: 'a', type: 'work' }] },
    { emails: [{ value: 'b', type: 'work' }] },
    [{ path: 'emails', before: [{ value: 'a', type: 'work' }], after: [{ value: 'b', type: 'work' }] }],
  ],
  [
    'attributes of an extension under its URN',
    { [ENTERPRISE]: { department: 'x', manager: { value: '1' } } },
    { [ENTERPRISE]: { department: 'y', manager: { value: '2' } } },
    [
      { path: `${ENTERPRISE}:department`, before: 'x', after: 'y' },
      { path: `${ENTERPRISE}:manager.value`, before: '1', after: '2' },
    ],
  ],
  ['a new extension', {}, { [ENTERPRISE]: { department: 'y' } }, [{ path: `${ENTERPRISE}:department`, after: 'y' }]],
  [
    'a name that objects inherit from Object.prototype',
    { constructor: 'a' },
    {},
    [{ path: 'constructor', before: 'a' }],
  ],
];
test.each(cases)('%s', (_, ...[before, after, expected]) => expect(attributeChanges(before, after)).toEqual(expected));
