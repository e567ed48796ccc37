import { expect, test } from 'vitest';
import { createTolerance } from '../../../lib/scim/dialect.ts';
import { ScimError, userType } from '../../../lib/scim/index.ts';
import { applyPatch } from '../../../lib/scim/patch/apply-patch.ts';
import { toPatchLocation } from '../../../lib/scim/patch/patch-target.ts';

const DIALECTS = {
  manager: ['entra.bareExtensionAttribute'],
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User.manager': ['entra.dotAfterUrn'],
  'roles[primary eq "True"].display': ['entra.booleanString'],
  'emails[type eq "work"].value': [],
};

test.each(Object.entries(DIALECTS))('%s: a cached path consults its dialects again', (path, needed) => {
  const first = createTolerance('tolerant');
  const location = toPatchLocation(path, userType, first.tolerate);
  const second = createTolerance('tolerant');
  expect(toPatchLocation(path, userType, second.tolerate)).toBe(location);
  expect([first.needed(), second.needed()]).toEqual([needed, needed]);
  const strict = () => toPatchLocation(path, userType, createTolerance('rfc').tolerate);
  if (needed.length === 0) expect(strict()).toBe(location);
  else for (const _ of [1, 2]) expect(strict).toThrow(ScimError);
});

test('a refused path is accepted once its dialect is on', () => {
  const path = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User.department';
  expect(() => toPatchLocation(path, userType, () => false)).toThrow(ScimError);
  expect(toPatchLocation(path, userType, () => true)).toMatchObject({ target: { attribute: { name: 'department' } } });
});

test('an unknown path is refused each time with the same error', () => {
  const refusal = () => toPatchLocation('emails[noSuch eq "x"]', userType, () => true);
  for (const _ of [1, 2]) expect(refusal).toThrow(/emails has no sub-attribute noSuch/);
});

test('more paths than the cache holds are still resolved', () => {
  for (const round of [1, 2])
    for (let i = 0; i < 1200; i++) {
      const location = toPatchLocation(`emails[value eq "${i}"].type`, userType, () => false);
      expect(location, String(round)).toMatchObject({
        filter: { literal: String(i) },
        target: { sub: { name: 'type' } },
      });
    }
});

test('values beyond the limit are refused at the operation that adds them, before thousands more are processed', () => {
  const evaluated = new Set<number>();
  const operations = Array.from({ length: 5000 }, (_, i) => ({
    op: 'add' as const,
    path: 'emails',
    get value() {
      evaluated.add(i);
      return [{ value: `${i}@example.com` }];
    },
  }));
  const context = { type: userType, tolerate: () => false, membersBefore: [] };
  expect(() => applyPatch({ userName: 'ann' }, operations, context)).toThrow(/emails has more than 50 values/);
  expect(evaluated.size).toBe(51);
});
