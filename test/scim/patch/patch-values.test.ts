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
])('RFC 7643 s2.4 values that become equal through %s are merged', (path, value) => {
  const emails = [
    { value: 'a@b', type: 'work' },
    { value: 'a@b', type: 'home' },
  ];
  expect(replaced({ emails }, path, value)).toEqual({ userName: 'ann', emails: [{ value: 'a@b', type: 'work' }] });
});

test('emptyComplex: an empty manager.value removes the manager, as in a body', () => {
  const before = replaced({}, MANAGER, { value: 'm1' });
  expect(replaced(before, `${MANAGER}.value`, '')).toEqual({ userName: 'ann' });
});

test.each<[string, Json]>([
  ['x509Certificates', ['']],
  ['name', { nick: 'x' }],
  ['name', [{ type: 'work' }]],
  ['name', {}],
  ['active', {}],
  [MANAGER, { unknown: 'x' }],
])('%s: a value %j of which nothing is understood is refused when nothing else applies', (path, value) => {
  expect(() => replaced({ name: { givenName: 'Ann' } }, path, value)).toThrow(
    expect.objectContaining({ status: 400, scimType: 'invalidValue' }),
  );
});

const NAME = { givenName: 'Ann', familyName: 'B' };
test.each<[Json, JsonObject]>([
  [{ givenName: null, nick: 'x' }, { familyName: 'B' }],
  [{ GIVENNAME: null }, { familyName: 'B' }],
  [[{ givenName: 'Zoe' }], { givenName: 'Zoe', familyName: 'B' }],
])('s3.5.2.3 a complex value %j changes only the sub-attributes it names', (value, name) => {
  expect(replaced({ name: NAME }, 'name', value)).toEqual({ userName: 'ann', name });
});

const withManager = (manager: JsonObject) => ({ userName: 'ann', [MANAGER.replace(/:manager$/, '')]: { manager } });
test.each<[Json]>([[{ displayName: 'Bob' }], [{ $ref: null, displayName: 'Bob' }]])(
  'RFC 7643 s4.3 replacing manager with %j, which has no value, keeps it',
  (value) => {
    expect(replaced(withManager({ value: 'm1' }), MANAGER, value)).toEqual(withManager({ value: 'm1' }));
  },
);

test('RFC 7643 s2.4 a new manager value drops the $ref of the previous one', () => {
  const before = withManager({ value: 'm1', $ref: '../Users/m1' });
  expect(replaced(before, `${MANAGER}.value`, 'm2')).toEqual(withManager({ value: 'm2' }));
  expect(replaced(before, `${MANAGER}.value`, null)).toEqual({ userName: 'ann' });
  expect(replaced(before, MANAGER, { value: null })).toEqual({ userName: 'ann' });
  expect(replaced(before, MANAGER, { value: 'm1' })).toEqual(before);
  const other = { value: 'm2', $ref: '../Users/m2' };
  expect(replaced(before, MANAGER, other)).toEqual(withManager({ value: 'm2' }));
});

test.each<[Json]>([[''], [[]], [['']], [[{ value: '' }]], [null]])(
  'replacing active with %j keeps it, so that a deactivated user stays deactivated',
  (value) => {
    expect(replaced({ active: false }, 'active', value)).toEqual({ userName: 'ann', active: false });
  },
);

test.each<[string, Json]>([
  [MANAGER, { value: 'm1', $ref: 'https://evil.example/Users/m1' }],
  [`${MANAGER}.$ref`, 'https://evil.example/Users/m1'],
])('RFC 7643 s4.3 a location in %s is checked and never stored', (path, value) => {
  expect(replaced(withManager({ value: 'm1' }), path, value)).toEqual(withManager({ value: 'm1' }));
  expect(() => replaced({}, `${MANAGER}.$ref`, 5)).toThrow(/\$ref must be a string/);
});

const removed = (before: JsonObject, path: string) =>
  applyPatch(before, [{ op: 'remove', path, value: undefined }], {
    type: userType,
    tolerate: () => true,
    membersBefore: [],
  }).attributes;
test('a filter on a singular complex attribute is evaluated: a match applies, no match changes nothing', () => {
  const before = withManager({ value: 'm1' });
  expect(removed(before, `${MANAGER}[value eq "m1"]`)).toEqual({ userName: 'ann' });
  expect(removed(before, `${MANAGER}[value eq "m2"]`)).toEqual(before);
  expect(removed({ userName: 'ann' }, `${MANAGER}[value eq "m2"]`)).toEqual({ userName: 'ann' });
  expect(replaced(before, `${MANAGER}[value eq "m1"].value`, 'm3')).toEqual(withManager({ value: 'm3' }));
  expect(replaced(before, `${MANAGER}[value eq "m2"].value`, 'm3')).toEqual(before);
  expect(() => replaced(before, `${MANAGER}[value eq "m1"].value`, 'm3', false)).toThrow(/not a multi-valued/);
  expect(() => replaced(before, 'title[value eq "m1"]', 'm3')).toThrow(/not a multi-valued/);
});

const WORK = { type: 'work', value: 'o@x', primary: true };
test.each<[Json]>([['n@x'], [['n@x']]])('a scalar %j on a value path means the value of that element', (value) => {
  const after = replaced({ emails: [WORK] }, 'emails[type eq "work"]', value);
  expect(after.emails).toEqual([{ ...WORK, value: 'n@x' }]);
  const home = 'emails[type eq "home"]';
  expect(replaced({}, home, value).emails).toEqual([{ type: 'home', value: 'n@x', primary: true }]);
  expect(replaced(after, home, value).emails).toEqual([
    { ...WORK, value: 'n@x' },
    { type: 'home', value: 'n@x' },
  ]);
});
test.each(['emails[type eq "work"]', 'emails', MANAGER])('JSON text as a scalar on %s is refused', (path) => {
  for (const text of ['{"value":"n@x"}', ' [{"value":"n@x"}]', `{"a":"${'x'.repeat(5000)}"}`])
    expect(() => replaced({ emails: [WORK] }, path, text)).toThrow(/JSON object or array/);
});

const ROLE = '{"id":"1","value":"admin","displayName":"Admin"}';
test.each<[string, Json, JsonObject]>([
  ['roles', ROLE, {}],
  ['roles', [ROLE, `[${ROLE}]`], {}],
  ['roles', { value: 'admin', displayName: 'Admin' }, {}],
  ['roles[primary eq "True"]', ROLE, { primary: true }],
  ['roles[primary eq "True"].value', ROLE, { primary: true }],
  ['roles.value', ROLE, {}],
])('a role at %s as %j ends as one role', (path, value, more) => {
  const role = { value: 'admin', display: 'Admin', ...more };
  expect(replaced({}, path, value).roles).toEqual([role]);
  const before = { roles: [{ value: 'old', display: 'Old', primary: true }] };
  if (path.includes('.')) expect(replaced(before, path, value).roles).toEqual([{ ...role, primary: true }]);
});
test('a role as JSON text without a value is refused, and text that is no JSON is a value', () => {
  expect(() => replaced({}, 'roles', '{"displayName":"Admin"}')).toThrow(/nothing is understood/);
  expect(replaced({}, 'roles', '[Admin]').roles).toEqual([{ value: '[Admin]' }]);
  expect(replaced({ roles: [{ value: 'a' }] }, 'roles.value', ROLE, false).roles).toEqual([{ value: ROLE }]);
});

const patched = (before: JsonObject, operations: readonly [path: string, value: Json][], tolerant = true) => {
  const context = { type: userType, tolerate: () => tolerant, membersBefore: [] };
  const all = operations.map(([path, value]) => ({ op: 'replace' as const, path, value }));
  return applyPatch({ userName: 'ann', ...before }, all, context).attributes;
};
const PRIMARY = { type: 'work', primary: true };
test.each<[Json]>([[''], [null]])('an element without a value after %j is removed', (value) => {
  const before = { emails: [WORK, { type: 'home', value: 'h@x' }], addresses: [{ ...PRIMARY, country: 'DE' }] };
  const cleared: [string, Json][] = [
    ['emails[type eq "work"].value', value],
    ['addresses[type eq "work"].country', value],
  ];
  expect(patched(before, cleared)).toEqual({ userName: 'ann', emails: [{ type: 'home', value: 'h@x' }] });
  if (value === null)
    expect(patched(before, cleared, false)).toMatchObject({ emails: [PRIMARY, {}], addresses: [PRIMARY] });
});
test('a later operation may give an element its value, and elements that had none before stay', () => {
  const operations: [string, Json][] = [
    ['emails[type eq "work"].primary', true],
    ['emails[type eq "work"].value', 'n@x'],
  ];
  expect(patched({}, operations).emails).toEqual([{ ...PRIMARY, value: 'n@x' }]);
  expect(patched({}, operations.slice(0, 1)).emails).toBeUndefined();
  expect(patched({ emails: [{ type: 'other' }] }, operations).emails).toEqual([
    { type: 'other' },
    { ...PRIMARY, value: 'n@x' },
  ]);
});
test('an element without a value in a whole value is not understood', () => {
  expect(replaced({ emails: [WORK] }, 'emails', [PRIMARY, { value: 'n@x' }]).emails).toEqual([{ value: 'n@x' }]);
  expect(() => replaced({ emails: [WORK] }, 'emails', [PRIMARY])).toThrow(/nothing is understood/);
  expect(replaced({ emails: [WORK] }, 'emails', [PRIMARY], false).emails).toEqual([PRIMARY]);
  expect(replaced({ emails: [WORK] }, 'emails[type eq "work"]', { display: 'W' }).emails).toBeUndefined();
});
test('an empty scalar on a value path removes the element', () => {
  expect(replaced({ emails: [WORK] }, 'emails[type eq "work"]', '').emails).toBeUndefined();
});
