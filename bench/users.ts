/** A directory of fictitious users, the same in every run. */

import type { JsonObject } from '../lib/scim/json/json.ts';
import { ENTERPRISE_URN, USER_URN } from './urns.ts';

const TITLES = ['software engineer', 'tour guide', 'sales manager', 'accountant', 'engineer of roads'];
const DEPARTMENTS = ['sales', 'research', 'finance', 'operations'];

const pick = (list: readonly string[], i: number): string => list[i % list.length] ?? '';
const two = (number: number) => String(number).padStart(2, '0');

/** The attributes that a client sends, without schemas, under their canonical names. */
export const userAttributes = (i: number): JsonObject => ({
  userName: `user${i}@example.com`,
  externalId: `e-${i}`,
  name: { formatted: `given${i} family${i % 97}`, givenName: `given${i}`, familyName: `family${i % 97}` },
  displayName: `given${i} family${i % 97}`,
  nickName: `nick${i % 50}`,
  title: pick(TITLES, i),
  userType: i % 3 === 0 ? 'contractor' : 'employee',
  preferredLanguage: 'en-US',
  locale: 'en-US',
  timezone: 'Europe/Paris',
  active: i % 10 !== 0,
  emails: [
    { value: `user${i}@example.com`, type: 'work', primary: true },
    { value: `user${i}@home.example.org`, type: 'home', primary: false },
  ],
  phoneNumbers: [{ value: `+1 555 ${String(i).padStart(7, '0')}`, type: 'work' }],
  addresses: [{ streetAddress: `${i} main street`, locality: 'springfield', country: 'US', type: 'work' }],
  [ENTERPRISE_URN]: { employeeNumber: String(100_000 + i), department: pick(DEPARTMENTS, i), costCenter: '4130' },
});

export const userRepresentation = (i: number): JsonObject => ({
  schemas: [USER_URN, ENTERPRISE_URN],
  id: `2819c223-7f76-453a-919d-${String(i).padStart(12, '0')}`,
  ...userAttributes(i),
  meta: {
    resourceType: 'User',
    created: `2026-01-01T00:00:00.000Z`,
    lastModified: `2026-${two((i % 12) + 1)}-${two((i % 28) + 1)}T10:00:00.000Z`,
    location: `https://scim.example.com/scim/v2/Users/2819c223-7f76-453a-919d-${String(i).padStart(12, '0')}`,
    version: 'W/"1"',
  },
});
