/** CPU time of a request in the core, on a store in memory: no engine, no SDK, no network. */
import { strictEqual } from 'node:assert';
import type { ScimRequest } from '../../lib/scim/index.ts';
import type { Bench, Row } from '../bench.ts';
import { createInstantStore, storedUser } from '../instant-store.ts';
import { medianOf } from '../interleave.ts';
import { core } from '../shipped-core.ts';
import { ENTERPRISE_URN, PATCH_OP_URN, USER_URN } from '../urns.ts';
import { userAttributes } from '../users.ts';

const BAR = { atMost: 1 };
const ID = storedUser(1).id;

type Case = { readonly status: number; readonly request: ScimRequest };
type Sent = { method: string; path?: string; query?: Record<string, string>; body?: object };
const toCase = (status: number, { method, path, query = {}, body }: Sent): Case => ({
  status,
  request: {
    method,
    path: ['Users', ...(path === undefined ? [] : [path])],
    query: new Map(Object.entries(query)),
    header: (name) => (name === 'content-type' ? 'application/scim+json' : undefined),
    body: body && JSON.stringify(body),
    baseUrl: 'https://scim.example.com/scim/v2',
  },
});
const resource = { schemas: [USER_URN, ENTERPRISE_URN], ...userAttributes(1) };

const cases: Readonly<Record<string, Case>> = {
  'GET a user': toCase(200, { method: 'GET', path: ID }),
  'GET by filter on userName, one user': toCase(200, {
    method: 'GET',
    query: { filter: 'userName eq "user1@example.com"', count: '1' },
  }),
  'GET a page of 100 users': toCase(200, { method: 'GET', query: { count: '100' } }),
  'POST a user': toCase(201, { method: 'POST', body: resource }),
  'PUT a user': toCase(200, { method: 'PUT', path: ID, body: { ...resource, title: 'new' } }),
  'PATCH a user, five operations': toCase(200, {
    method: 'PATCH',
    path: ID,
    body: {
      schemas: [PATCH_OP_URN],
      Operations: [
        { op: 'Replace', path: 'emails[type eq "work"].value', value: 'ann.b@example.com' },
        { op: 'Replace', path: 'name.familyName', value: 'brown' },
        { op: 'Add', path: `${ENTERPRISE_URN}:department`, value: 'board' },
        { op: 'Add', path: 'nickName', value: 'annie' },
        { op: 'Replace', path: 'active', value: 'False' },
      ],
    },
  }),
};

const ROUNDS = 21;
const REQUESTS = 150;

/** Measures from the request to the response text, like a host. @returns milliseconds of CPU per request */
const measure = async ({ status, request }: Case): Promise<number> => {
  const store = createInstantStore();
  const serve = core.createServiceProvider(() => store);
  const caller = {
    directory: { id: 'd', mode: 'tolerant', uniqueGroupNames: true },
    actor: { kind: 'provisioning-client' },
    reason: 'change',
    deadline: Number.MAX_SAFE_INTEGER,
  } as const;
  const answer = async () => {
    const response = await serve(request, caller);
    strictEqual(response.status, status);
    return JSON.stringify(response.body);
  };
  const spent: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.cpuUsage();
    for (let i = 0; i < REQUESTS; i++) await answer();
    const { user, system } = process.cpuUsage(start);
    spent.push((user + system) / 1000 / REQUESTS);
  }
  return medianOf(spent);
};

const run = async (): Promise<readonly Row[]> => {
  const rows: Row[] = [];
  for (const [what, one] of Object.entries(cases)) rows.push({ what, value: await measure(one), unit: 'ms', bar: BAR });
  return rows;
};

export const bench: Bench = {
  title: 'CPU time of a request in the core, on a store in memory that answers at once',
  run,
};
