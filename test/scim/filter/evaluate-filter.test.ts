import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { bindFilter, bindValueFilter } from '../../../lib/scim/filter/bind-filter.ts';
import { compileFilter, compileValueFilter } from '../../../lib/scim/filter/evaluate-filter.ts';
import { parseFilter } from '../../../lib/scim/filter/parse-filter.ts';
import { fold, type JsonObject, type ResourceType, userType } from '../../../lib/scim/index.ts';
import { parsePatchPath } from '../../../lib/scim/patch/patch-path.ts';
import { attribute } from '../../../lib/scim/schema/attribute.ts';
import { resolveAttribute } from '../../../lib/scim/schema/attribute-path.ts';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const ACME = 'urn:example:Acme:1.0';

const type: ResourceType = {
  ...userType,
  extensions: [
    ...userType.extensions,
    {
      required: false,
      schema: {
        id: ACME,
        name: 'Acme',
        description: '',
        attributes: [
          attribute('floor', '', { type: 'integer' }),
          attribute('desks', '', { type: 'decimal', multiValued: true }),
          attribute('constructor', ''),
          attribute('labels', '', { multiValued: true }),
        ],
      },
    },
  ],
};

const ann: JsonObject = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', ENTERPRISE],
  id: 'a1',
  externalId: 'Ext',
  userName: 'Ann',
  name: { familyName: 'Straße', givenName: '' },
  nickName: '',
  title: null,
  active: false,
  emails: [{ value: 'Ann@Example.com', type: 'work', primary: true }, { value: 'ann@home.example' }],
  phoneNumbers: [],
  ims: [{}],
  photos: [{ value: '', type: null }],
  groups: [
    { value: 'g1', display: 'One' },
    { value: 'g2', display: 'Two' },
  ],
  meta: { resourceType: 'User', created: '2011-05-13T04:42:34.123Z', lastModified: '2011-05-13T04:42:34Z' },
  [ENTERPRISE]: { department: 'Retail', manager: { value: 'm1' } },
  [ACME]: { floor: 3, desks: [1.5, 20], labels: ['Red', 'blue'] },
};

const matches = (filter: string, resource: JsonObject = ann) =>
  compileFilter(bindFilter(parseFilter(filter), type, () => true))(resource);

test.each([
  // strings
  ['userName eq "ANN"', true],
  ['userName eq "an"', false],
  ['userName ne "ANN"', false],
  ['userName co "nN"', true],
  ['userName sw "AN"', true],
  ['userName ew "nn"', true],
  ['userName ew "a"', false],
  ['userName co ""', true],
  ['userName gt "anm"', true],
  ['userName gt "ann"', false],
  ['userName ge "ann"', true],
  ['userName lt "anna"', true],
  ['userName le "AN"', false],
  ['externalId eq "Ext"', true],
  ['externalId eq "ext"', false],
  ['externalId sw "e"', false],
  ['name.familyName eq "STRASSE"', false],
  ['name.familyName eq "STRAßE"', true],
  // booleans, numbers, dates
  ['active eq false', true],
  ['active ne true', true],
  ['active eq true', false],
  [`${ACME}:floor eq 3.0`, true],
  [`${ACME}:floor gt 2.5`, true],
  [`${ACME}:floor le 2`, false],
  [`${ACME}:desks gt 19`, true],
  [`${ACME}:desks[value gt 1 and value lt 2]`, true],
  [`${ACME}:desks[value gt 2 and value lt 3]`, false],
  ['meta.created eq "2011-05-13T06:42:34.123+02:00"', true],
  ['meta.created gt "2011-05-13T04:42:34Z"', true],
  ['meta.lastModified ge "2011-05-13T04:42:34.000Z"', true],
  ['meta.lastModified lt "2011-05-12T20:42:35-08:00"', true],
  ['meta.lastModified ne "2011-05-13T04:42:34Z"', false],
  // any of several values
  ['emails eq "ann@home.example"', true],
  ['emails.type eq "WORK"', true],
  ['emails.type eq "home"', false],
  ['groups.value eq "g2"', true],
  ['groups eq "G2"', false],
  ['schemas co "enterprise"', true],
  [`${ACME}:labels eq "RED"`, true],
  // one element must match the whole value path
  ['emails[type eq "work" and value co "home"]', false],
  ['emails[type eq "work" and value co "example"]', true],
  ['emails[type eq "work"] and emails[value co "home"]', true],
  ['emails[not (type eq "work")]', true],
  ['emails[primary eq true].value eq "ann@example.com"', true],
  ['emails[primary eq true].value eq "ann@home.example"', false],
  ['phoneNumbers[not (type eq "work")]', false],
  ['manager[value eq "m1"]', true],
  ['manager eq "m1"', true],
  // not
  ['not (emails co "home")', false],
  ['not (emails.type eq "home")', true],
  ['not (title pr) and not (userName eq "bob")', true],
  ['userName eq "bob" or department eq "retail"', true],
])('s3.4.2.2 %s is %s', (filter, expected) => {
  expect(matches(filter)).toBe(expected);
});

test.each([
  ['userName', true],
  ['active', true],
  ['name', true],
  ['name.givenName', false],
  ['nickName', false],
  ['title', false],
  ['displayName', false],
  ['emails', true],
  ['emails.type', true],
  ['emails.display', false],
  ['phoneNumbers', false],
  ['ims', false],
  ['photos', false],
  ['manager', true],
  ['manager.displayName', false],
  [`${ACME}:floor`, true],
  [`${ACME}:constructor`, false],
])('s3.4.2.2 %s pr is %s; eq null is the opposite, ne null the same', (path, expected) => {
  expect(matches(`${path} pr`)).toBe(expected);
  expect(matches(`${path} eq null`)).toBe(!expected);
  expect(matches(`${path} ne null`)).toBe(expected);
});

test.each([
  ['title ne "x"', true],
  ['title eq "x"', false],
  ['title co ""', false],
  ['title gt ""', false],
  ['title le "x"', false],
  ['employeeNumber ne "1"', true],
  ['phoneNumbers.value ne "1"', true],
  ['phoneNumbers[value ne "1"]', false],
  ['ims.value ne "1"', true],
  ['ims.value eq "1"', false],
  [`${ACME}:floor lt 1`, false],
  ['meta.created lt "2050-01-01T00:00:00Z"', false],
])('s3.4.2.2 without a value, %s is %s', (filter, expected) => {
  expect(matches(filter, { userName: 'x', ims: [] })).toBe(expected);
});

test('s3.4.2.2 ne on a multi-valued attribute matches if any value differs; not (eq) matches if none is equal', () => {
  expect(matches('emails.value ne "ann@example.com"')).toBe(true);
  expect(matches('not (emails.value eq "ann@example.com")')).toBe(false);
  expect(matches('emails.type ne "work"')).toBe(true);
  expect(matches('emails.value ne "x"', { emails: [{ value: 'X' }] })).toBe(false);
});

test('strings are ordered by code point, not by UTF-16 code unit', () => {
  const named = (userName: string) => ({ userName });
  expect(matches('userName gt "\ufffd"', named('\u{10400}'))).toBe(true);
  expect(matches('userName lt "\u{10400}"', named('\ufffd'))).toBe(true);
  expect(matches('userName gt "\u{1f600}"', named('\u{1f601}'))).toBe(true);
  expect(matches('userName gt "\ud7ff"', named('\u{1f601}'))).toBe(true);
  expect(matches('userName lt "b"', named('a\u{1f601}'))).toBe(true);
});

test('eq is equality of the folded strings, whatever characters come together', async () => {
  const character = fc.constantFrom(
    ...'aAbBkKsS1.'.split(''),
    '\u0301',
    '\u00e9',
    '\u212a',
    '\uff21',
    '\u03a3',
    '\u{10400}',
  );
  const text = fc.array(character, { maxLength: 4 }).map((characters) => characters.join(''));
  expect(matches('userName eq "x\u00e9"', { userName: 'Xe\u0301' })).toBe(true);
  expect(matches('userName eq "xe\u0301"', { userName: 'X\u00c9' })).toBe(true);
  expect(matches('userName ne "k"', { userName: '\u212a' })).toBe(false);
  await fc.assert(
    fc.property(text, text, (literal, userName) => {
      const filter = `userName eq ${JSON.stringify(literal)}`;
      expect(matches(filter, { userName })).toBe(fold(literal) === fold(userName));
      expect(matches(`${filter.replace(' eq ', ' ne ')}`, { userName })).toBe(fold(literal) !== fold(userName));
    }),
    { numRuns: 5000 },
  );
});

test('a value whose type differs from the schema counts as no value', () => {
  const odd = {
    userName: 5,
    active: 'true',
    emails: 'x',
    name: ['y'],
    meta: { created: 'yesterday' },
    [ENTERPRISE]: 'z',
  };
  for (const filter of [
    'userName eq "5"',
    'active eq true',
    'emails.value eq "x"',
    'name.formatted pr',
    'department pr',
  ])
    expect(matches(filter, odd)).toBe(false);
  expect(matches('meta.created gt "1900-01-01T00:00:00Z"', odd)).toBe(false);
});

test('the filter of a PATCH path applies to one element', () => {
  const { path, filter } = parsePatchPath('emails[TYPE eq "Work" and value pr].display');
  const target = resolveAttribute(type, path, () => true);
  if (target === undefined || filter === undefined) throw new Error('not found');
  const isMatch = compileValueFilter(bindValueFilter(filter, target, () => true));
  expect(isMatch({ type: 'work', value: 'x' })).toBe(true);
  expect(isMatch({ type: 'work' })).toBe(false);
  expect(isMatch('work')).toBe(false);
});

test('binding and evaluation do not mutate their input', () => {
  const frozen = Object.freeze({ ...ann, emails: Object.freeze([Object.freeze({ value: 'x', type: 'work' })]) });
  const filter = 'emails[type eq "work"].value eq "X" and not (emails.type ne "work")';
  expect(matches(filter, frozen)).toBe(true);
  expect(matches(filter, frozen)).toBe(true);
});
