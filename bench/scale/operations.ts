/** The operations whose cost must not depend on size, as whole requests through the core and the store. */
import type { Caller, ScimRequest, ScimResponse } from '../../lib/scim/index.ts';
import type { Seeded } from './seed.ts';

export type Serve = (request: ScimRequest, caller: Caller) => Promise<ScimResponse>;

/** An operation and its limits: DynamoDB calls and capacity units per request. */
export type Operation = {
  readonly name: string;
  readonly maxCalls: number;
  readonly maxUnits: number;
  readonly request: (round: number) => { method: string; path: string; query?: Record<string, string>; body?: object };
  readonly status: number;
};

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const patch = (...operations: object[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: operations,
});

/** @param seeded a directory of at least 100 users @param run makes the names of created users unique per run */
export const operationsOn = ({ userIds, groupId }: Seeded, run: string): readonly Operation[] => {
  const size = userIds.length;
  const user = (round: number) => userIds[(round * 7919) % size] ?? '';
  const filtered = (filter: (round: number) => string, path = '/Users', query: Record<string, string> = {}) => ({
    status: 200,
    request: (round: number) => ({ method: 'GET', path, query: { filter: filter(round), ...query } }),
  });
  const list = (query: Record<string, string>) => ({
    status: 200,
    // 100 resources, the counts, and at most the keys of one id prefix: on average 390 at 100,000 users.
    maxUnits: 112,
    maxCalls: 3,
    request: () => ({ method: 'GET', path: '/Users', query: { ...query, count: '100', excludedAttributes: 'groups' } }),
  });
  const page = (startIndex: number) => list({ startIndex: String(startIndex) });
  return [
    {
      name: 'GET user, with its groups',
      maxCalls: 3,
      maxUnits: 3,
      status: 200,
      request: (i) => ({ method: 'GET', path: `/Users/${user(i)}` }),
    },
    { name: 'filter userName eq', maxCalls: 3, maxUnits: 4, ...filtered((i) => `userName eq "USER-${i}@example.com"`) },
    { name: 'filter externalId eq', maxCalls: 3, maxUnits: 4, ...filtered((i) => `externalId eq "00u${i}"`) },
    {
      name: 'filter work e-mail eq',
      maxCalls: 3,
      maxUnits: 4,
      ...filtered((i) => `emails[type eq "work"].value eq "user-${i}@example.com"`),
    },
    {
      name: 'filter displayName eq, without members',
      maxCalls: 3,
      maxUnits: 4,
      ...filtered(() => 'displayName eq "everybody"', '/Groups', { excludedAttributes: 'members' }),
    },
    {
      name: 'filter id eq and members eq',
      maxCalls: 3,
      maxUnits: 4,
      ...filtered((i) => `id eq "${groupId}" and members eq "${user(i)}"`, '/Groups', { attributes: 'id' }),
    },
    {
      name: 'POST user',
      maxCalls: 1,
      maxUnits: 24,
      status: 201,
      request: (i) => ({
        method: 'POST',
        path: '/Users',
        body: { schemas: [USER], userName: `new-${run}-${i}@example.com`, externalId: `n-${run}-${i}` },
      }),
    },
    {
      name: 'PATCH user, deactivate',
      maxCalls: 3,
      maxUnits: 6,
      status: 200,
      request: (i) => ({
        method: 'PATCH',
        path: `/Users/${user(i)}`,
        body: patch({ op: 'Replace', path: 'active', value: i % 2 === 0 ? 'False' : 'True' }),
      }),
    },
    {
      name: 'PATCH group, remove one member',
      maxCalls: 5,
      maxUnits: 8,
      status: 200,
      request: (i) => ({
        method: 'PATCH',
        path: `/Groups/${groupId}`,
        query: { attributes: 'id' },
        body: patch({ op: 'remove', path: `members[value eq "${user(i)}"]` }),
      }),
    },
    {
      name: 'PATCH group, add one member',
      maxCalls: 5,
      maxUnits: 8,
      status: 200,
      request: (i) => ({
        method: 'PATCH',
        path: `/Groups/${groupId}`,
        query: { attributes: 'id' },
        body: patch({ op: 'add', path: 'members', value: [{ value: user(i) }] }),
      }),
    },
    { name: 'page of 100, the first', ...page(1) },
    { name: 'page of 100, in the middle', ...page(Math.max(1, Math.floor(size / 2) - 50)) },
    { name: 'page of 100, the last', ...page(Math.max(1, size - 99)) },
    { name: 'page of 100, by cursor', ...list({ cursor: '' }) },
    { name: 'page of 100, sorted by userName', ...list({ sortBy: 'userName' }) },
    {
      name: 'page of 100, the last created, by cursor',
      ...list({ cursor: '', sortBy: 'meta.created', sortOrder: 'descending' }),
    },
  ];
};
