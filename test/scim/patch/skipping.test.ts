/** What a PATCH in mode `tolerant` skips, and what it never skips (docs/decisions/0012). */
import { describe, expect, test } from 'vitest';
import { createTolerance, type Mode } from '../../../lib/scim/dialect.ts';
import { groupType, type Json, type JsonObject, type ResourceType, userType } from '../../../lib/scim/index.ts';
import { applyPatch } from '../../../lib/scim/patch/apply-patch.ts';
import { readPatchRequest } from '../../../lib/scim/patch/patch-request.ts';

type Options = { readonly type?: ResourceType; readonly mode?: Mode; readonly groups?: readonly string[] };
const patch = (
  before: JsonObject,
  Operations: readonly Json[],
  { type = userType, mode = 'tolerant', groups = [] }: Options = {},
) => {
  const { tolerate, needed, skipped } = createTolerance(mode);
  const body = { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations };
  const operations = readPatchRequest(body, tolerate);
  const groupsBefore = groups.map((id) => ({ id, display: id }));
  const { attributes, members } = applyPatch(before, operations, { type, tolerate, membersBefore: [], groupsBefore });
  return { attributes, members, dialects: needed(), skipped: skipped() };
};
const leaver = { op: 'replace', path: 'active', value: false };
const ann = { userName: 'ann', active: true };
const team = { displayName: 'team' };
const change = { op: 'replace', path: 'displayName', value: 'renamed' };

describe('an impossible operation does not keep a leaver active', () => {
  test.each([
    ['urn:example:User:costPool', 'urn:example:User:costPool'],
    ['employeeId', 'employeeId'],
    ['id', 'id'],
    ['meta.resourceType', 'meta.resourceType'],
    ['emails[type eq "work" and value eq "secret"].display2', 'emails[].display2'],
    ['urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:location', undefined],
  ])('%s is skipped, named without its values, and the rest applies', (path, name = path) => {
    for (const operations of [
      [{ op: 'replace', path, value: 'x' }, leaver],
      [leaver, { op: 'add', path, value: 'x' }],
    ])
      expect(patch(ann, operations)).toMatchObject({
        attributes: { userName: 'ann', active: false },
        dialects: ['entra.operationSkipped'],
        skipped: [name],
      });
  });

  test.each(['tolerant', 'rfc'] as const)('a value that cannot be stored refuses the request in mode %s', (mode) => {
    expect(() => patch(ann, [leaver, { op: 'replace', path: 'userName', value: 'a\u0007' }], { mode })).toThrow(
      expect.objectContaining({ status: 400, scimType: 'invalidValue' }),
    );
  });

  test('mode rfc skips nothing', () => {
    expect(() => patch(ann, [leaver, { op: 'replace', path: 'employeeId', value: 'x' }], { mode: 'rfc' })).toThrow(
      expect.objectContaining({ status: 400, scimType: 'invalidPath' }),
    );
  });
});

describe('never skipped', () => {
  test.each(['enabled', 'accountEnabled', 'isActive', 'status', 'LOCKED'])('%s beside other operations', (path) => {
    expect(() =>
      patch(ann, [
        { op: 'replace', path, value: false },
        { op: 'replace', path: 'title', value: 'x' },
      ]),
    ).toThrow(expect.objectContaining({ status: 400, scimType: 'invalidPath' }));
  });

  test('the operations of a request in which nothing else applies, with the error of the first', () => {
    const unknown = { op: 'replace', path: 'costPool', value: 'x' };
    expect(() =>
      patch(ann, [{ op: 'replace', path: 'id', value: 'x' }, unknown, { ...unknown, path: 'other' }]),
    ).toThrow(
      expect.objectContaining({ status: 400, scimType: 'invalidPath', message: expect.stringContaining('costPool') }),
    );
  });

  test('but a request with readOnly paths alone succeeds and changes nothing', () => {
    const { attributes, dialects } = patch(ann, [{ op: 'replace', path: 'id', value: 'x' }]);
    expect(attributes).toEqual(ann);
    expect(dialects).toEqual(['entra.operationSkipped']);
  });

  test.each(['memberz', 'membership', 'Members2', 'urn:example:Group:members'])(
    '%s of a group: it may mean that members change',
    (path) => {
      expect(() => patch(team, [change, { op: 'add', path, value: [] }], { type: groupType })).toThrow(
        expect.objectContaining({ status: 400 }),
      );
    },
  );

  test('a removal with any unknown path of a group', () => {
    expect(() => patch(team, [change, { op: 'remove', path: 'people' }], { type: groupType })).toThrow(
      expect.objectContaining({ status: 400, scimType: 'invalidPath' }),
    );
    // Of a user, or as an addition, it cannot take a member away.
    const added = { op: 'add', path: 'people', value: 'x' };
    expect(patch(team, [change, added], { type: groupType }).attributes).toEqual({ displayName: 'renamed' });
    const removed = { op: 'remove', path: 'people' };
    expect(patch(ann, [leaver, removed]).attributes).toEqual({ userName: 'ann', active: false });
  });

  test.each([
    [{ op: 'remove', path: 'groups' }, true],
    [{ op: 'remove', path: 'groups[value eq "a"]' }, true],
    [{ op: 'replace', path: 'groups', value: [{ value: 'a' }] }, true],
    [{ op: 'replace', path: 'groups', value: [{ value: 'a' }, 'b', { value: 'c' }] }, false],
    [{ op: 'add', path: 'groups', value: [{ value: 'c' }] }, false],
  ])("%j on a user of the groups a and b: a user's leaving a group is refused (%s)", (operation, isRefused) => {
    const attempt = () => patch(ann, [leaver, operation], { groups: ['a', 'b'] });
    if (isRefused) expect(attempt).toThrow(expect.objectContaining({ status: 400, scimType: 'mutability' }));
    else expect(attempt().attributes).toEqual({ userName: 'ann', active: false });
  });
});
