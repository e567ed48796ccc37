import { expect, test } from 'vitest';
import { createTolerance } from '../../lib/scim/dialect.ts';
import { bindFilter } from '../../lib/scim/filter/bind-filter.ts';
import { parseFilter } from '../../lib/scim/filter/parse-filter.ts';
import { type Json, userType } from '../../lib/scim/index.ts';
import { fromMessage } from '../../lib/scim/lists/list-request.ts';
import { toMembers } from '../../lib/scim/resource/members.ts';
import { withType } from '../../lib/scim/schema/lossless.ts';
import { groupType } from '../../lib/scim/schema/resource-types.ts';

const refused = expect.objectContaining({ status: 400 });

test.each<[Parameters<typeof withType>[0], Json, Json]>([
  ['string', 12345, '12345'],
  ['string', -7, '-7'],
  ['string', true, true],
  ['string', 'x', 'x'],
  ['integer', '12', 12],
  ['integer', '-12', -12],
  ['integer', '012', '012'],
  ['integer', '1e3', '1e3'],
  ['integer', '', ''],
  ['integer', '9007199254740993', '9007199254740993'],
  ['decimal', '1.50', 1.5],
  ['decimal', '100', 100],
  ['decimal', '2.0', 2],
  ['decimal', '0.10000000000000000555', '0.10000000000000000555'],
  ['boolean', 'TRUE', true],
  ['boolean', 1, 1],
  ['boolean', '0', '0'],
  ['active', 1, true],
  ['active', '0', false],
  ['active', 2, 2],
  ['active', 'yes', 'yes'],
])('%s: %j becomes %j', (wanted, value, expected) => {
  expect(withType(wanted, value, () => true)).toEqual(expected);
  expect(withType(wanted, value, () => false)).toEqual(value);
});

test.each([
  ['{"a": 1.5}', 1.5, true],
  ['{"a": 1.50}', 1.5, false],
  ['{"a": 1.5, "b": 15e-1}', 1.5, false],
  ['{"a": 12345678901234567890}', Number('12345678901234567890'), false],
  ['{"a": 9007199254740992}', 9007199254740992, true],
  ['{"a": 1e3}', 1000, true],
])('in %s, %d becomes text: %s', (body, number, expected) => {
  const { tolerate, needed } = createTolerance('tolerant', () => body);
  expect(tolerate('convertedValue', number)).toBe(expected);
  expect(needed()).toEqual(expected ? ['any.convertedValue'] : []);
  expect(createTolerance('rfc', () => body).tolerate('convertedValue', number)).toBe(false);
});

test.each([
  ['externalId eq 12345', '12345'],
  ['phoneNumbers[value eq 555]', '555'],
  ['active eq "1"', true],
  ['active eq 0', false],
])('a filter %s compares with %j', (text, literal) => {
  const bound = bindFilter(parseFilter(text), userType, () => true);
  const compare = bound.kind === 'element' ? bound.filter : bound;
  expect(compare).toMatchObject({ kind: 'compare', literal });
  expect(() => bindFilter(parseFilter(text), userType, () => false)).toThrow(refused);
});
test.each(['externalId eq 1.50', 'title eq true', 'active eq 2'])('a filter %s is refused', (text) => {
  expect(() => bindFilter(parseFilter(text), userType, () => true)).toThrow(refused);
});

test('.search takes numbers as strings and names with commas', () => {
  const message = { startIndex: '2', count: '5', attributes: 'userName, id' };
  expect(fromMessage(message, () => true)).toMatchObject({
    paging: { startIndex: 2, count: 5 },
    attributes: ['userName', 'id'],
  });
  expect(() => fromMessage({ startIndex: '2.5' }, () => true)).toThrow(refused);
  const schemas = ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'];
  for (const [name, value] of Object.entries(message))
    expect(() => fromMessage({ schemas, [name]: value }, () => false)).toThrow(refused);
});

test('the display of a member may be a number', () => {
  expect(toMembers([{ value: 'm', display: 7 }], groupType, () => true)).toEqual([
    { id: 'm', type: undefined, display: '7' },
  ]);
});
