import { expect, test } from 'vitest';
import type { DialectName } from '../../../lib/scim/dialect.ts';
import { bindFilter } from '../../../lib/scim/filter/bind-filter.ts';
import { parseFilter } from '../../../lib/scim/filter/parse-filter.ts';
import {
  type BoundFilter,
  groupType,
  type ResourceType,
  ScimError,
  targetPath,
  userType,
} from '../../../lib/scim/index.ts';
import { attribute } from '../../../lib/scim/schema/attribute.ts';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** A resource type with an attribute of each type. */
const deviceType: ResourceType = {
  ...groupType,
  name: 'Device',
  endpoint: '/Devices',
  schema: {
    ...groupType.schema,
    id: 'urn:example:Device',
    attributes: [
      attribute('floor', 'Its floor.', { type: 'integer' }),
      attribute('weight', 'In kilograms.', { type: 'decimal' }),
      attribute('bought', 'The date of purchase.', { type: 'dateTime' }),
      attribute('lent', 'Whether it is lent.', { type: 'boolean' }),
      attribute('key', 'Its public key.', { type: 'binary', caseExact: true }),
      attribute('manual', 'The URL of its manual.', { type: 'reference', caseExact: true }),
      attribute('labels', 'Labels.', { multiValued: true }),
      attribute('size', 'Its dimensions.', {
        type: 'complex',
        subAttributes: [attribute('width', 'In meters.', { type: 'decimal' })],
      }),
    ],
  },
};

const print = (filter: BoundFilter): string => {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return `(${filter.terms.map(print).join(` ${filter.kind} `)})`;
    case 'not':
      return `not ${print(filter.term)}`;
    case 'present':
      return `${targetPath(filter.target)} pr`;
    case 'compare':
      return `${targetPath(filter.target)} ${filter.operator} ${JSON.stringify(filter.value)}`;
    case 'element':
      return `${targetPath(filter.target)}[${print(filter.filter)}]`;
  }
};

const bind = (type: ResourceType, text: string, tolerant = true) => {
  const consulted: DialectName[] = [];
  const bound = bindFilter(parseFilter(text), type, (name) => {
    consulted.push(name);
    return tolerant;
  });
  return { bound, text: print(bound), consulted };
};

const refusal = (type: ResourceType, text: string, tolerant = true): ScimError => {
  try {
    bind(type, text, tolerant);
  } catch (error) {
    if (error instanceof ScimError) return error;
    throw error;
  }
  throw new Error(`${text} was accepted`);
};

test.each([
  ['USERNAME EQ "Bjensen"', 'userName eq "bjensen"'],
  ['externalId eq "ABC"', 'externalId eq "ABC"'],
  ['id pr', 'id pr'],
  ['active ne false', 'active ne false'],
  ['title eq null', 'title eq null'],
  ['name eq null', 'name eq null'],
  ['emails co "Example.com"', 'emails.value co "example.com"'],
  ['groups eq "g"', 'groups.value eq "g"'],
  ['emails pr', 'emails pr'],
  ['x509Certificates eq "MIIC"', 'x509Certificates.value eq "MIIC"'],
  ['meta.lastModified ge "2011-05-13T06:42:34+02:00"', `meta.lastModified ge ${Date.UTC(2011, 4, 13, 4, 42, 34)}`],
  [`${ENTERPRISE}:manager.displayName sw "A"`, `${ENTERPRISE}:manager.displayName sw "a"`],
  [`${ENTERPRISE}:manager[value eq "A"]`, `${ENTERPRISE}:manager[${ENTERPRISE}:manager.value eq "A"]`],
  ['emails[Type eq "Work" and not (VALUE pr)]', 'emails[(emails.type eq "work" and not emails.value pr)]'],
  [
    'title pr and (id pr and (active eq true or userName pr))',
    '(title pr and id pr and (active eq true or userName pr))',
  ],
  ['title pr or (id pr or active eq true)', '(title pr or id pr or active eq true)'],
])('s3.4.2.2 %s binds without a dialect', (text, expected) => {
  const { text: bound, consulted } = bind(userType, text, false);
  expect(bound).toBe(expected);
  expect(consulted).toEqual([]);
});

test.each<[string, string, DialectName[]]>([
  ['department eq "Retail"', `${ENTERPRISE}:department eq "retail"`, ['bareExtensionAttribute']],
  [`${ENTERPRISE}:manager eq "M"`, `${ENTERPRISE}:manager.value eq "M"`, ['complexWithoutSubAttribute']],
  ['manager eq "M"', `${ENTERPRISE}:manager.value eq "M"`, ['bareExtensionAttribute', 'complexWithoutSubAttribute']],
  [`${ENTERPRISE}.manager.value eq "M"`, `${ENTERPRISE}:manager.value eq "M"`, ['dotAfterUrn']],
  [
    'emails[type eq "work"].value eq "X"',
    'emails[(emails.type eq "work" and emails.value eq "x")]',
    ['filterThenSubAttribute'],
  ],
  [
    'emails[type eq "work" or primary eq true].VALUE pr',
    'emails[((emails.type eq "work" or emails.primary eq true) and emails.value pr)]',
    ['filterThenSubAttribute'],
  ],
  ['active eq "True"', 'active eq true', ['booleanString']],
  ['active eq "FALSE"', 'active eq false', ['booleanString']],
  ['active eq False', 'active eq false', ['booleanString']],
  ['roles[primary eq "True"]', 'roles[roles.primary eq true]', ['booleanString']],
  ['email eq "A@example.com"', 'emails.value eq "a@example.com"', ['emailAlias']],
  ['Email pr', 'emails.value pr', ['emailAlias']],
  ['workEmail eq "A@b"', 'emails[(emails.type eq "work" and emails.value eq "a@b")]', ['emailAlias']],
])('%s binds under its dialects, and not without them', (text, expected, dialects) => {
  const { text: bound, consulted } = bind(userType, text);
  expect(bound).toBe(expected);
  expect(consulted).toEqual(dialects);
  expect(refusal(userType, text, false)).toMatchObject({ status: 400, scimType: 'invalidFilter' });
});

test.each([
  ['members eq "U"', 'members.value eq "U"'],
  ['members.value eq "U"', 'members.value eq "U"'],
  ['members[value eq "U"]', 'members[members.value eq "U"]'],
])('group: %s', (text, expected) => {
  expect(bind(groupType, text, false).text).toBe(expected);
});

test.each([
  ['floor ge 3', 'floor ge 3'],
  ['weight lt 1.5', 'weight lt 1.5'],
  ['manual sw "HTTPS://A"', 'manual sw "HTTPS://A"'],
  ['labels eq "Red"', 'labels eq "red"'],
  ['labels[value eq "Red"]', 'labels[labels eq "red"]'],
  ['size.width eq 1', 'size.width eq 1'],
  ['urn:EXAMPLE:device:floor eq null', 'floor eq null'],
])('types: %s', (text, expected) => {
  expect(bind(deviceType, text, false).text).toBe(expected);
});

test('a bound filter keeps the literal as sent, in the type of the attribute', () => {
  const { bound } = bind(userType, 'userName eq "Ann" and active eq "True"');
  const literals = bound.kind === 'and' ? bound.terms.map((term) => term.kind === 'compare' && term.literal) : [];
  expect(literals).toEqual(['Ann', true]);
});

test.each([
  ['color eq "red"', 'color is not an attribute of User.'],
  ['name.color eq "red"', 'name.color is not an attribute of User.'],
  ['urn:example:none:color pr', 'urn:example:none:color is not an attribute of User.'],
  ['emails[color eq "red"]', 'emails has no sub-attribute color.'],
  ['emails[type.x eq "red"]', 'emails has no sub-attribute type.x.'],
  ['emails[type eq "work"].color pr', 'emails has no sub-attribute color.'],
  ['emails.value[type eq "work"]', 'emails.value has no sub-attribute type.'],
  ['userName[value eq "x"]', 'userName has no sub-attribute value.'],
  ['color[value eq "x"]', 'color is not an attribute of User.'],
  ['constructor pr', 'constructor is not an attribute of User.'],
  ['emails[constructor pr]', 'emails has no sub-attribute constructor.'],
  ['members pr', 'members is not an attribute of User.'],
  ['name eq "x"', 'compares name, which is complex: expected one of its sub-attributes formatted, familyName,'],
  ['addresses eq "x"', 'addresses, which is complex'],
  ['password eq "x"', 'password is never returned, so a filter cannot use it.'],
  ['password pr', 'password is never returned, so a filter cannot use it.'],
  ['userName eq 1.5', 'compares userName with a value of the wrong type: expected a string in double quotes.'],
  ['userName eq true', 'compares userName with a value of the wrong type: expected a string in double quotes.'],
  ['userName eq True', 'compares userName with a value of the wrong type: expected a string in double quotes.'],
  ['userName gt null', 'compares userName with null, which only eq and ne allow.'],
  ['active gt true', 'compares active by gt, but type boolean allows only eq, ne.'],
  ['active gt null', 'compares active by gt, but type boolean allows only eq, ne.'],
  ['active co "true"', 'compares active by co, but type boolean allows only eq, ne.'],
  ['active eq "yes"', 'compares active with a value of the wrong type: expected true or false.'],
  ['active eq 2', 'compares active with a value of the wrong type: expected true or false.'],
  ['emails.primary le true', 'compares emails.primary by le, but type boolean allows only eq, ne.'],
  [
    'x509Certificates.value gt "M"',
    'compares x509Certificates.value by gt, but type binary allows only eq, ne, co, sw, ew.',
  ],
  ['meta.created co "2011"', 'compares meta.created by co, but type dateTime allows only eq, ne, gt, ge, lt, le.'],
  [
    'meta.created gt "2011-05-13"',
    'compares meta.created with a value of the wrong type: expected a date and time such as',
  ],
  ['meta.created gt "2011-02-30T00:00:00Z"', 'expected a date and time'],
  ['meta.created gt 5', 'expected a date and time'],
])('s3.4.2.2 %s is 400 invalidFilter', (text, detail) => {
  const { status, scimType, message } = refusal(userType, text);
  expect({ status, scimType }).toEqual({ status: 400, scimType: 'invalidFilter' });
  expect(message).toContain(detail);
});

test.each([
  'floor eq "3x"',
  'floor co 3',
  'weight eq true',
  'key ge "M"',
  'lent lt false',
  'labels eq 1.5',
  'email pr',
])('types: %s is 400 invalidFilter', (text) => {
  expect(refusal(deviceType, text)).toMatchObject({ status: 400, scimType: 'invalidFilter' });
});
