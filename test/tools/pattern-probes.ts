/** Patterns that compare the matcher of lib/events/pattern.ts with event-ruler where they could differ. */
import type { JsonObject } from '../../lib/scim/index.ts';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
export type Probe = { readonly name: string; readonly pattern: JsonObject };
export const probes: readonly Probe[] = [
  {
    name: 'exists false in an array looks at all elements',
    pattern: { detail: { changes: { path: ['title'], before: [{ exists: false }] } } },
  },
  { name: 'exists true on an object', pattern: { detail: { user: [{ exists: true }] } } },
  { name: 'exists false on an object', pattern: { detail: { user: [{ exists: false }] } } },
  { name: 'anything-but of an absent field', pattern: { detail: { user: { title: [{ 'anything-but': 'Lead' }] } } } },
  {
    name: 'anything-but in an array',
    pattern: { detail: { changes: { path: [{ 'anything-but': ['title', 'active'] }] } } },
  },
  { name: 'anything-but of a boolean field', pattern: { detail: { user: { active: [{ 'anything-but': 'true' }] } } } },
  { name: 'anything-but a boolean', pattern: { detail: { user: { active: [{ 'anything-but': true }] } } } },
  { name: 'anything-but a number', pattern: { detail: { changeCount: [{ 'anything-but': 1 }] } } },
  { name: 'anything-but a number, on texts', pattern: { detail: { reason: [{ 'anything-but': 1 }] } } },
  {
    name: 'anything-but a prefix',
    pattern: { detail: { group: { displayName: [{ 'anything-but': { prefix: 'app-' } }] } } },
  },
  {
    name: 'anything-but prefixes',
    pattern: { detail: { group: { displayName: [{ 'anything-but': { prefix: ['app-', 'C'] } }] } } },
  },
  {
    name: 'anything-but a suffix',
    pattern: { detail: { user: { userName: [{ 'anything-but': { suffix: '@acme.com' } }] } } },
  },
  {
    name: 'anything-but a wildcard',
    pattern: { detail: { user: { userName: [{ 'anything-but': { wildcard: '*@acme.*' } }] } } },
  },
  {
    name: 'anything-but a prefix, on booleans',
    pattern: { detail: { user: { active: [{ 'anything-but': { prefix: 't' } }] } } },
  },
  {
    name: 'equals-ignore-case',
    pattern: { detail: { user: { userName: [{ 'equals-ignore-case': 'ANN@acme.COM' }] } } },
  },
  {
    name: 'prefix in any case',
    pattern: { detail: { group: { displayName: [{ prefix: { 'equals-ignore-case': 'APP-' } }] } } },
  },
  {
    name: 'suffix in any case',
    pattern: { detail: { user: { userName: [{ suffix: { 'equals-ignore-case': '@ACME.com' } }] } } },
  },
  { name: 'a text is not a boolean', pattern: { detail: { user: { active: ['true'] } } } },
  { name: 'a number is not a text', pattern: { detail: { changeCount: ['1'] } } },
  { name: 'numeric range', pattern: { detail: { changeCount: [{ numeric: ['>=', 1, '<', 2] }] } } },
  { name: 'numeric equal', pattern: { detail: { changeCount: [{ numeric: ['=', 2] }] } } },
  { name: 'a key with dots', pattern: { detail: { user: { [ENTERPRISE]: { department: ['Sales'] } } } } },
  {
    name: 'a key with dots, as a path',
    pattern: {
      detail: {
        user: { 'urn:ietf:params:scim:schemas:extension:enterprise:2': { '0:User': { department: ['Sales'] } } },
      },
    },
  },
  { name: 'fields of different elements', pattern: { detail: { changes: { path: ['title'], after: ['Support'] } } } },
  { name: 'values of an array of texts', pattern: { detail: { user: { schemas: [ENTERPRISE] } } } },
  { name: 'an empty array', pattern: { resources: [{ exists: false }] } },
  {
    name: '$or at the top',
    pattern: { $or: [{ 'detail-type': ['user.deleted'] }, { detail: { group: { externalId: ['g-users'] } } }] },
  },
  {
    name: '$or across one array',
    pattern: {
      detail: {
        changes: { path: ['title'] },
        $or: [{ changes: { after: ['Support'] } }, { changes: { after: ['Head'] } }],
      },
    },
  },
  {
    name: 'several values and operators',
    pattern: { detail: { directory: { tenant: ['org_1', { exists: false }] } } },
  },
  { name: 'wildcard in the middle', pattern: { detail: { user: { userName: [{ wildcard: 'a*@*.com' }] } } } },
  { name: 'wildcard that must match all', pattern: { detail: { user: { userName: [{ wildcard: 'ann' }] } } } },
];
