import { expect, test } from 'vitest';
import { type Json, type JsonObject, userType } from '../../../lib/scim/index.ts';
import { applyPatch } from '../../../lib/scim/patch/apply-patch.ts';

const MANAGER = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager';
const replaced = (before: JsonObject, path: string, value: Json, tolerant = true) => {
  const context = { type: userType, tolerate: () => tolerant, membersBefore: [] };
  return applyPatch({ userName: 'ann', ...before }, [{ op: 'replace', path, value }], context).attributes;
};

test.each([
  ['emails[type eq "home"].type', 'work'],
  ['emails[type eq "home"]', { value: 'a@b', type: 'work' }],
  ['emails.type', 'work'],
])('RFC 7643 s2.4 two values that %s makes the same collapse', (path, value) => {
  const emails = [
    { value: 'a@b', type: 'work' },
    { value: 'a@b', type: 'home' },
  ];
  expect(replaced({ emails }, path, value)).toEqual({ userName: 'ann', emails: [{ value: 'a@b', type: 'work' }] });
});

test('emptyComplex: an empty manager.value is no manager, as it is in a body', () => {
  const before = replaced({}, MANAGER, { value: 'm1' });
  expect(replaced(before, `${MANAGER}.value`, '')).toEqual({ userName: 'ann' });
});

test('emptyString: an empty certificate says nothing, in place of an object too', () => {
  expect(replaced({}, 'x509Certificates', [''])).toEqual({ userName: 'ann' });
});
