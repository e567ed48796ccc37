import { expect, test } from 'vitest';
import { matchesVersion, toVersion } from '../../lib/scim/resource/etag.ts';

const resource = {
  id: 'u1',
  attributes: {},
  version: 2,
  memberVersion: 3,
  created: '',
  lastModified: '',
  indexed: [],
};

test('s3.14 the version is weak and counts changes to attributes and members', () => {
  expect(toVersion(resource)).toBe('W/"5"');
});

test.each([
  ['W/"5"', true],
  ['"5"', true],
  ['*', true],
  ['W/"4", W/"5"', true],
  ['W/"4"', false],
  ['W/"55"', false],
  ['5', false],
  ['', false],
])('If-Match: %s', (header, matches) => {
  expect(matchesVersion(header, resource)).toBe(matches);
});
