/** What the OpenAPI description says about each operation. No function bundles it. */
import type { eventOperations } from './event-operations.ts';
import type { OperationName } from './operations.ts';
import type { transferOperations } from './transfer-operations.ts';

export type AnyOperationName = OperationName | keyof typeof transferOperations | keyof typeof eventOperations;
type Tag = 'Directories' | 'Tokens' | 'Resources' | 'Import and export' | 'Events';
export type Words = {
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  /** Of the request's JSON body. */
  readonly example?: object;
  /** Of the answer with the lowest status. */
  readonly answer?: object;
  /** Whether 409 is an answer, besides those that follow from path and body. */
  readonly conflict?: true;
};

export const tags: Readonly<Record<Tag, string>> = {
  Directories: 'One directory for each customer: its settings, a pause, its deletion',
  Tokens: 'The bearer tokens of identity providers',
  Resources: "A directory's users and groups, read as SCIM does, without a customer's token",
  'Import and export': 'A directory page by page, and resources and memberships as JSON lines',
  Events: 'Replay of archived events, repeated publication, and test events',
};

const directory = {
  id: 'acme',
  tenant: 'org_42',
  identityProvider: 'okta',
  mode: 'tolerant',
  uniqueGroupNames: true,
  labels: { plan: 'gold' },
  status: 'active',
  createdAt: '2026-11-21T10:00:00.000Z',
};
const baseUrl = 'https://abc123.execute-api.eu-central-1.amazonaws.com/scim/v2';
const token = {
  id: '4k2v9x0a1b7c',
  name: 'okta-2027',
  directory: 'acme',
  scopes: ['read', 'write'],
  createdAt: '2026-11-21T10:00:00.000Z',
  expiresAt: '2027-11-21T10:00:00.000Z',
};
const user = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  id: '2819c223-7f76-453a-919d-413861904646',
  userName: 'ann@acme.com',
};
const group = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
  id: 'e9e30dba-f08f-4109-8486-d5c6a331660a',
  displayName: 'Engineering',
};
const listOf = (resource: object) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
  totalResults: 1,
  itemsPerPage: 1,
  startIndex: 1,
  Resources: [resource],
});
const text = 'scim_1_4k2v9x0a1b7c_shown-only-once';
const imported = { results: [{ line: 1, outcome: 'created', id: user.id }] };
const replay = { name: 'rollcall-20261121T100000-1a2b3c4d', state: 'STARTING' };

export const words: Readonly<Record<AnyOperationName, Words>> = {
  listDirectories: {
    tag: 'Directories',
    summary: 'List directories in order of their ids, 100 per page',
    answer: { directories: [directory] },
  },
  createDirectory: {
    tag: 'Directories',
    summary: 'Create a directory',
    example: { id: 'acme', tenant: 'org_42', identityProvider: 'okta', labels: { plan: 'gold' } },
    answer: { ...directory, baseUrl },
    conflict: true,
  },
  readDirectory: { tag: 'Directories', summary: 'Get a directory', answer: { ...directory, baseUrl } },
  changeDirectory: {
    tag: 'Directories',
    summary: 'Change the given settings; null resets a setting (RFC 7396)',
    example: { name: 'Acme Inc.', tenant: null },
    answer: { ...directory, baseUrl },
    conflict: true,
  },
  pauseDirectory: {
    tag: 'Directories',
    summary: 'Pause a directory: SCIM writes are refused with 429, reads still work',
    answer: { ...directory, status: 'paused', pausedBy: 'admin', baseUrl },
    conflict: true,
  },
  resumeDirectory: {
    tag: 'Directories',
    summary: 'Resume a directory after a pause or after its guard tripped',
    answer: { ...directory, baseUrl },
    conflict: true,
  },
  deleteDirectory: {
    tag: 'Directories',
    summary: 'Delete a directory and everything in it; clients lose access at once',
    description: 'Repeat the request with the createdAt of its response until it returns 204.',
    answer: { id: 'acme', createdAt: directory.createdAt, status: 'deleting', remaining: 120, waitSeconds: 1 },
  },
  listTokens: {
    tag: 'Tokens',
    summary: "List a directory's tokens, oldest first, without their text",
    answer: { tokens: [{ ...token, lastUsedAt: '2026-11-30T09:00:00.000Z' }] },
    conflict: true,
  },
  createToken: {
    tag: 'Tokens',
    summary: 'Create a token; its text is in this response only',
    example: { name: 'okta-2027', expiresAt: token.expiresAt },
    answer: { ...token, token: text, baseUrl },
    conflict: true,
  },
  rotateToken: {
    tag: 'Tokens',
    summary: 'Replace a token, given by id or name, with a new one of the same scopes',
    description: 'The old one expires after the overlap. Its `expiresAt` and `replacedBy` say so.',
    example: { overlapHours: 24 },
    answer: {
      ...token,
      id: '7c1b0a9x8v2k',
      name: 'okta-2027-20261121-100000',
      token: text,
      replaced: { ...token, replacedBy: '7c1b0a9x8v2k' },
      baseUrl,
    },
    conflict: true,
  },
  revokeToken: {
    tag: 'Tokens',
    summary: 'Revoke a token, given by id or name; it is refused everywhere within a minute',
    conflict: true,
  },
  listUsers: {
    tag: 'Resources',
    summary: "List a directory's users, as SCIM GET /Users does",
    answer: listOf(user),
  },
  readUser: { tag: 'Resources', summary: 'Get a user', answer: user },
  listGroups: {
    tag: 'Resources',
    summary: "List a directory's groups, as SCIM GET /Groups does",
    answer: listOf(group),
  },
  readGroup: { tag: 'Resources', summary: 'Get a group', answer: group },
  exportOverview: {
    tag: 'Import and export',
    summary: 'Get the settings of a directory and the numbers of its users and groups',
    answer: { directory, counts: { users: 120, groups: 8 } },
    conflict: true,
  },
  exportUsers: {
    tag: 'Import and export',
    summary: 'Export a page of users',
    answer: { resources: [user], after: user.id },
    conflict: true,
  },
  exportGroups: {
    tag: 'Import and export',
    summary: 'Export a page of groups, without their members',
    answer: { resources: [group] },
    conflict: true,
  },
  exportMembers: {
    tag: 'Import and export',
    summary: 'Export a page of the members of a group',
    answer: { members: [{ value: user.id, type: 'User' }] },
    conflict: true,
  },
  importResources: {
    tag: 'Import and export',
    summary: 'Import users and groups, one SCIM resource per line',
    description: 'At most 200 lines and 4 MB. The answer has one result per line; the request itself succeeds.',
    answer: imported,
    conflict: true,
  },
  importMemberships: {
    tag: 'Import and export',
    summary: 'Import memberships, one group per line, after its members exist',
    description: 'At most 200 lines and 4 MB. The answer has one result per line; the request itself succeeds.',
    answer: { results: [{ line: 1, outcome: 'updated', id: group.id }] },
    conflict: true,
  },
  startReplay: {
    tag: 'Events',
    summary: 'Start a replay of archived events, which carry reason replay',
    example: { since: '2026-11-21T10:00:00Z', until: '2026-11-21T11:00:00Z', directory: 'acme' },
    answer: replay,
  },
  readReplay: { tag: 'Events', summary: 'Get the state of a replay', answer: { ...replay, state: 'COMPLETED' } },
  redriveEvents: {
    tag: 'Events',
    summary: 'Publish the events of changes that exhausted their retries, one step',
    description: 'Repeat the request with the next of its response until that has none.',
    example: {},
    answer: { count: 3, left: [] },
  },
  backfillEvents: {
    tag: 'Events',
    summary: 'Publish the present state of a directory, one step',
    description: 'Repeat the request with the next of its response until that has none.',
    example: { directory: 'acme' },
    answer: { count: 19 },
  },
  sendEvent: {
    tag: 'Events',
    summary: 'Send a sample event about a fictitious user or group',
    example: { type: 'user.deactivated', directory: 'acme' },
    answer: { eventId: 'evt_3Jq0m2Yw8Zr5Tn1Kx7Vb4Lc6Hd9Fg0Pa' },
  },
};

export const parameterWords: ReadonlyMap<string, string> = new Map([
  ['directory', 'Id of the directory'],
  ['token', 'Id or name of the token, not its text'],
  ['resource', 'Id of the user or group'],
  ['group', 'Id of the group'],
  ['replay', 'Name of the replay'],
  ['createdAt', 'From the previous response: a directory created with the same id in the meantime is left alone (404)'],
  ['ended', '`true`: also tokens that are revoked or replaced, until they are cleaned up'],
  ['after', 'The `next` or `after` of the previous response'],
  ['keepIds', '`true`: the ids in the lines are kept, and match existing resources'],
  ['dryRun', '`true`: nothing is written; the answer is what would happen'],
  ['attributes', 'Comma-separated names of the attributes to return (RFC 7644 section 3.9)'],
  ['excludedAttributes', 'Comma-separated names of attributes to omit'],
  ['filter', 'RFC 7644 section 3.4.2.2, for example `userName eq "ann@example.com"`'],
  ['startIndex', 'Index of the first resource, starting at 1'],
  ['count', 'Maximum number of resources per page'],
  ['cursor', 'RFC 9865: empty for the first page, then the nextCursor of the previous page'],
  ['sortBy', 'The attribute to sort by'],
  ['sortOrder', '`ascending` or `descending`'],
]);
