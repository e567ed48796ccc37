import { expect, test } from 'vitest';
import { createTolerance } from '../../../lib/scim/dialect.ts';
import { bindFilter } from '../../../lib/scim/filter/bind-filter.ts';
import { parseFilter } from '../../../lib/scim/filter/parse-filter.ts';
import { type ResourceType, userType } from '../../../lib/scim/index.ts';
import { bindSort } from '../../../lib/scim/lists/sort.ts';
import { withNestedKeys } from '../../../lib/scim/patch/nested-keys.ts';
import { parsePatchPath } from '../../../lib/scim/patch/patch-path.ts';
import { toPatchLocation } from '../../../lib/scim/patch/patch-target.ts';
import { withoutItself } from '../../../lib/scim/resource/members.ts';

test.each([
  ['userName eq ann@example.com', 'userName eq "ann@example.com"'],
  ['active eq true and userName eq ann', 'active eq true and userName eq "ann"'],
  ['emails[value eq ann]', 'emails[value eq "ann"]'],
  ['externalId eq 0815-7', 'externalId eq "0815-7"'],
])('%s means %s', (text, quoted) => {
  const { tolerate, needed } = createTolerance('tolerant');
  expect(parseFilter(text, tolerate)).toEqual(parseFilter(quoted));
  expect(needed()).toEqual(['any.unquotedWord']);
  expect(() => parseFilter(text)).toThrow(/a word without double quotes/);
});
test.each([
  'userName eq Ann Lee',
  'userName eq ann and externalId eq 7x',
  'userName eq ann or active eq true',
  'userName sw ann',
  'userName ne ann',
  'userName eq and',
  'title eq nul',
  "userName eq 'ann'",
  '(userName eq ann)',
])('%s is refused', (text) => {
  expect(() => parseFilter(text, () => true)).toThrow(expect.objectContaining({ status: 400 }));
});
test('a word in the filter of a path', () => {
  const path = 'members[value eq 2819c223-7f76]';
  expect(parsePatchPath(path, () => true)).toEqual(parsePatchPath('members[value eq "2819c223-7f76"]'));
  expect(() => parsePatchPath(path)).toThrow(expect.objectContaining({ scimType: 'invalidPath' }));
});

const other = { ...userType.extensions[0]?.schema, id: 'urn:example:Other' };
const type = { ...userType, extensions: [...userType.extensions, { schema: other, required: false }] } as ResourceType;
test('a name that two extensions have is ambiguous wherever it stands, and never skipped', () => {
  const tolerate = () => true;
  const uses = [
    () => toPatchLocation('department', type, tolerate),
    () => bindFilter(parseFilter('department eq "x"'), type, tolerate),
    () => bindSort({ sortBy: 'department', sortOrder: undefined }, type, tolerate),
    () => withNestedKeys({ department: 'x' }, { type, tolerate }),
  ];
  const refused = { status: 400, skip: undefined, message: expect.stringContaining('ambiguous') };
  for (const use of uses) expect(use).toThrow(expect.objectContaining(refused));
});

test('a group is never its own member', () => {
  const [self, ann] = [{ id: 'g' }, { id: 'ann' }];
  expect(withoutItself([ann], 'g', () => false)).toEqual([ann]);
  expect(withoutItself([self, ann], 'g', () => true)).toEqual([ann]);
  expect(() => withoutItself([self], 'g', () => true)).toThrow(/the group itself/);
  expect(() => withoutItself([self, ann], 'g', () => false)).toThrow(/the group itself/);
});
