/** Requests of a write token that would take the processor long are refused before the work (`limits.ts`). */
import { expect, test } from 'vitest';
import { createInstantStore } from '../../../bench/instant-store.ts';
import { createTolerance } from '../../../lib/scim/dialect.ts';
import { createServiceProvider, type Store, type StoredResource } from '../../../lib/scim/index.ts';
import { excessOf } from '../../../lib/scim/json/json-shape.ts';
import { limits } from '../../../lib/scim/limits.ts';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';
const MOST_MS = 50;

const emails = Array.from({ length: limits.values }, (_, i) => ({ value: `a${i}@x.example`, type: 'work' }));
const full = (one: StoredResource): StoredResource => ({ ...one, attributes: { ...one.attributes, emails } });
const instant = createInstantStore();
const store: Store = {
  ...instant,
  read: async (...call) => {
    const found = await instant.read(...call);
    return found && { ...found, resource: full(found.resource) };
  },
};
const serve = createServiceProvider(() => store);
const ask = (method: string, path: readonly string[], body: string) =>
  serve(
    { method, path, query: new Map(), header: () => undefined, body, baseUrl: 'https://scim.example/v2' },
    {
      directory: { id: 'acme', mode: 'tolerant', uniqueGroupNames: true },
      actor: { kind: 'provisioning-client', requestId: 'r1' },
      reason: 'change',
      deadline: Date.now() + 60_000,
    },
  );

const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 0]));
const operations = (count: number, path: (i: number) => string, more: object = { op: 'remove' }) =>
  JSON.stringify({
    schemas: [PATCH],
    Operations: Array.from({ length: count }, (_, i) => ({ path: path(i), ...more })),
  });
const search = (count: number) =>
  JSON.stringify({ schemas: [SEARCH], attributes: Array.from({ length: count }, (_, i) => `name${i}`) });
const crowded = (count: number) =>
  JSON.stringify({ schemas: [USER], userName: 'x', emails: emails.map((one) => ({ ...one, ...keys(count) })) });
const byValue = (i: number) => `emails[value eq "b${i}@x.example"]`;
const USERS = ['Users'];
const ANN = ['Users', 'u1'];

test.each<[string, string, readonly string[], string, RegExp]>([
  ['two million brackets', 'POST', ['Groups'], '['.repeat(2_000_000), /nested more than 32 levels/],
  ['a million brackets, closed', 'POST', ['Groups'], '['.repeat(1e6) + ']'.repeat(1e6), /nested more than 32 levels/],
  ['objects in objects', 'POST', USERS, '{"a":'.repeat(160_000), /nested more than 32 levels/],
  ['60,000 unknown keys', 'POST', USERS, JSON.stringify(keys(60_000)), /more than 1000 keys/],
  ['unknown keys in all values', 'POST', USERS, crowded(900), /has no sub-attribute "k/],
  ['5,000 removals by value path', 'PATCH', ANN, operations(5000, byValue), /more than 500 operations on attributes/],
  [
    '5,000 additions',
    'PATCH',
    ANN,
    operations(5000, () => 'emails', { op: 'add', value: emails.slice(0, 1) }),
    /more than 500/,
  ],
  ['50,000 names in attributes', 'POST', ['Users', '.search'], search(50_000), /at most 500 names/],
])('%s are 400 within 50 ms of processor time', async (_name, method, path, body, detail) => {
  const times: number[] = [];
  for (let run = 0; run < 4; run++) {
    const before = process.cpuUsage();
    const { status, body: answer } = await ask(method, path, body);
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1000);
    expect([status, answer?.detail]).toEqual([400, expect.stringMatching(detail)]);
  }
  // The least of four, because the first one is not compiled yet.
  expect(Math.min(...times)).toBeLessThan(MOST_MS);
});

test('requests at the bounds are served', async () => {
  const statuses = await Promise.all([
    ask('POST', USERS, JSON.stringify({ schemas: [USER], userName: 'x', ...keys(limits.keys - 2) })),
    ask('PATCH', ANN, operations(limits.attributeOperations, byValue)),
    ask(
      'PATCH',
      ['Groups', 'g1'],
      operations(limits.patchOperations, (i) => `members[value eq "b${i}"]`),
    ),
    ask('POST', ['Users', '.search'], search(limits.projectedNames)),
  ]);
  expect(statuses.map(({ status, body }) => [status, body?.detail])).toEqual([
    [201, undefined],
    [200, undefined],
    [200, undefined],
    [200, undefined],
  ]);
});

test.each<[string, 'depth' | 'keys' | undefined]>([
  ['[[[]]]', undefined],
  ['[[[[]]]]', 'depth'],
  ['[{"a":[{', 'depth'],
  ['{"a":1,"b":2}', undefined],
  ['{"a":1,"b":2,"c":3}', 'keys'],
  ['{"a":{"b":1,"c":2},"d":{"e":1,"f":2}}', undefined],
  ['[{"a":1,"b":2},{"a":1,"b":2}]', undefined],
  [String.raw`{"a:[[[[::::\"[[[[\\":"[[[[:::\\\""}`, undefined],
  [String.raw`{"a\\":[[[`, 'depth'],
  [']]]]}}[[[', undefined],
  ['"[[[[', undefined],
  ['', undefined],
])('the shape of %s exceeds %s', (text, excess) => {
  expect(excessOf(text, { depth: 3, keys: 2 })).toBe(excess);
});

test('unknown attributes are ignored up to a limit, and only in mode tolerant', () => {
  const { tolerate } = createTolerance('tolerant');
  for (let i = 0; i < limits.ignoredAttributes; i++) expect(tolerate('unknownAttributeIgnored')).toBe(true);
  expect(tolerate('unknownAttributeIgnored')).toBe(false);
  expect(createTolerance('rfc').tolerate('unknownAttributeIgnored')).toBe(false);
});
