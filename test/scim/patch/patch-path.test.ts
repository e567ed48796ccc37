import { expect, test } from 'vitest';
import { ScimError } from '../../../lib/scim/index.ts';
import { parsePatchPath } from '../../../lib/scim/patch/patch-path.ts';

const refusal = (text: string): ScimError => {
  try {
    parsePatchPath(text);
  } catch (error) {
    if (error instanceof ScimError) return error;
    throw error;
  }
  throw new Error(`${text} was accepted`);
};

const URN = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

test('s3.5.2 parses the paths of figure 7 and its examples', () => {
  expect(parsePatchPath('members')).toEqual({
    path: { urn: undefined, names: ['members'] },
    filter: undefined,
    sub: undefined,
  });
  expect(parsePatchPath('name.familyName').path.names).toEqual(['name', 'familyName']);
  expect(parsePatchPath('addresses[type eq "work"]')).toMatchObject({
    path: { names: ['addresses'] },
    filter: { kind: 'compare', path: { names: ['type'] }, operator: 'eq', value: 'work' },
    sub: undefined,
  });
  expect(parsePatchPath('members[value eq "2819c223"].displayName').sub).toBe('displayName');
  expect(parsePatchPath(`${URN}:manager.value`).path).toEqual({ urn: URN, names: ['manager', 'value'] });
  expect(parsePatchPath(`${URN.replace('enterprise', 'x')}:emails[type eq "a"].$ref`).sub).toBe('$ref');
});

test.each([
  ['', 'at character 1: expected an attribute, found the end of the path'],
  ['addresses[type eq "work.formatted', 'at character 19: expected a closing quotation mark for the string'],
  ['addresses[type eq "work"', 'at character 25: expected and, or, or a closing square bracket'],
  ['addresses[]', 'at character 11: expected an attribute, found ]'],
  ['addresses[type eq "work"]x', 'at character 26: expected a dot and the name of one sub-attribute'],
  ['addresses[type eq "work"].a.b', 'at character 26: expected a dot and the name of one sub-attribute'],
  ['addresses[type eq "work"].', 'at character 26: expected a dot and the name of one sub-attribute'],
  ['addresses [type eq "work"]', 'at character 11: expected the end of the path, found ['],
  ['addresses[a[b eq 1]]', 'at character 12: expected an operator, because value paths cannot be nested'],
  ['members value', 'at character 9: expected the end of the path, found value'],
  ['name..familyName', 'at character 1: expected an attribute, found name..familyName'],
  ['/name', 'at character 1: expected an attribute, found /name'],
])('s3.5.2 %s is 400 invalidPath', (text, detail) => {
  const { status, scimType, message } = refusal(text);
  expect({ status, scimType }).toEqual({ status: 400, scimType: 'invalidPath' });
  expect(message).toContain(detail);
});
