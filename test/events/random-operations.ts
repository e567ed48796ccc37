/** Random SCIM requests of several clients at once to one directory, and a count of what they changed. */
import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { createServiceProvider, type ScimResponse } from '../../lib/scim/index.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { inTime } from '../store/scene.ts';
import { scanTable } from '../store/table-scan.ts';
import { TABLE_NAME } from '../support/engine.ts';
import { group, operations, USER, user } from '../support/local-run.ts';
import { createRandom, type Random } from './random.ts';

export const DIRECTORY = 'acme';
const CLIENTS = 4;
const PAGE = 200;

type Asked = { readonly method: string; readonly path: string; readonly query?: string; readonly body?: object };
type Ask = (asked: Asked) => Promise<ScimResponse>;
/** Ids that some client has seen; what is deleted stays among them for a while. */
type Known = { users: string[]; groups: string[] };
type Client = { readonly ask: Ask; readonly random: Random; readonly known: Known };

const createAsk = (client: DynamoDBClient): Ask => {
  const serve = createServiceProvider(createStore({ client, tableName: TABLE_NAME }));
  return ({ method, path, query = '', body }) =>
    serve(
      {
        method,
        path: path.split('/').filter((part) => part !== ''),
        query: new Map(new URLSearchParams(query)),
        header: () => undefined,
        body: body && JSON.stringify(body),
        baseUrl: 'https://scim.example/scim/v2',
      },
      {
        directory: { id: DIRECTORY, mode: 'tolerant', uniqueGroupNames: true },
        actor: { kind: 'provisioning-client', tokenId: 't7', tokenName: 'okta-prod', requestId: randomUUID() },
        reason: 'change',
        ...inTime(),
      },
    );
};

const keep = (ids: string[], { status, body }: ScimResponse) => {
  if (status === 201 && typeof body?.id === 'string') ids.push(body.id);
};
const someUsers = ({ random, known }: Client, most: number) =>
  [...new Set(Array.from({ length: 1 + random.below(most) }, () => random.pick(known.users)))].flatMap((id) =>
    id === undefined ? [] : [{ value: id }],
  );

const postUser = async ({ ask, random, known }: Client) => {
  // Names meet now and then: a 409 changes nothing and tells nothing.
  const name = `user${random.below(2000)}`;
  const more = { externalId: `x${name}`, active: random.next() < 0.9, emails: [{ value: `${name}@acme.example` }] };
  keep(known.users, await ask({ method: 'POST', path: '/Users', body: user(name, more) }));
};
const patchUser = (value: (random: Random) => object) => (client: Client) =>
  client.ask({
    method: 'PATCH',
    path: `/Users/${client.random.pick(client.known.users)}`,
    body: operations({ op: 'replace', value: value(client.random) }),
  });
const putUser = ({ ask, random, known }: Client) =>
  ask({
    method: 'PUT',
    path: `/Users/${random.pick(known.users)}`,
    body: { schemas: [USER], userName: `put${random.below(500)}`, title: `T${random.below(3)}` },
  });
const forget = (ids: string[], id: string | undefined, random: Random) => {
  // Sometimes it stays known: what follows meets a deleted one.
  const at = id === undefined || random.next() < 0.3 ? -1 : ids.indexOf(id);
  if (at !== -1) ids.splice(at, 1);
};
const remove = (endpoint: 'Users' | 'Groups', idsOf: (known: Known) => string[]) => async (client: Client) => {
  const ids = idsOf(client.known);
  const id = client.random.pick(ids);
  forget(ids, id, client.random);
  await client.ask({ method: 'DELETE', path: `/${endpoint}/${id}` });
};
const postGroup = async (client: Client) => {
  const name = `Group ${client.random.below(500)}`;
  const body = group(name, { members: someUsers(client, 8) });
  keep(client.known.groups, await client.ask({ method: 'POST', path: '/Groups', body }));
};
const patchGroup = (operation: (client: Client) => object) => (client: Client) =>
  client.ask({
    method: 'PATCH',
    path: `/Groups/${client.random.pick(client.known.groups)}`,
    body: operations(operation(client)),
  });
const putGroup = (client: Client) =>
  client.ask({
    method: 'PUT',
    path: `/Groups/${client.random.pick(client.known.groups)}`,
    body: group(`Put ${client.random.below(300)}`, { members: someUsers(client, 6) }),
  });

type Operation = (client: Client) => Promise<unknown>;
const weighted: readonly (readonly [weight: number, operation: Operation])[] = [
  [20, postUser],
  [18, patchUser((random) => ({ title: `T${random.below(4)}`, 'name.familyName': `F${random.below(50)}` }))],
  [10, patchUser((random) => ({ active: random.next() < 0.5 }))],
  [6, patchUser((random) => ({ userName: `new${random.below(1000)}` }))],
  [4, putUser],
  [6, remove('Users', ({ users }) => users)],
  [6, postGroup],
  [14, patchGroup((client) => ({ op: 'add', path: 'members', value: someUsers(client, 5) }))],
  [
    2,
    patchGroup(({ random, known }) => ({
      op: 'add',
      path: 'members',
      value: [{ value: random.pick(known.groups), type: 'Group' }],
    })),
  ],
  [8, patchGroup(({ random, known }) => ({ op: 'remove', path: `members[value eq "${random.pick(known.users)}"]` }))],
  [2, patchGroup(({ random }) => ({ op: 'replace', value: { displayName: `Renamed ${random.below(300)}` } }))],
  [2, putGroup],
  [2, remove('Groups', ({ groups }) => groups)],
];
const totalWeight = weighted.reduce((sum, [weight]) => sum + weight, 0);
const choose = (random: Random): Operation => {
  let at = random.below(totalWeight);
  for (const [weight, operation] of weighted) {
    if (at < weight) return operation;
    at -= weight;
  }
  return postUser;
};

/** What every run has, whatever its seed makes of the rest: a member who comes, and one who goes. */
const moveMembers = async (ask: Ask, known: Known) => {
  for (const name of ['first', 'second'])
    keep(known.users, await ask({ method: 'POST', path: '/Users', body: user(name) }));
  const members = known.users.map((value) => ({ value }));
  keep(known.groups, await ask({ method: 'POST', path: '/Groups', body: group('First', { members }) }));
  const body = operations({ op: 'remove', path: `members[value eq "${known.users[0]}"]` });
  await ask({ method: 'PATCH', path: `/Groups/${known.groups[0]}`, body });
};

/** Counts memberships that came or went, where they are written: each is one conditional update of one set. */
const MembershipWrite = z.object({
  Update: z.object({ UpdateExpression: z.string().regex(/(ADD|DELETE) #g |, #g :/) }),
});
const Transaction = z.object({ TransactItems: z.array(z.unknown()) });
const countMemberships = (client: DynamoDBClient) => {
  const counted = { added: 0, removed: 0 };
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const writes = Transaction.safeParse(args.input).data?.TransactItems ?? [];
      for (const { Update } of writes.flatMap((write) => MembershipWrite.safeParse(write).data ?? [])) {
        counted[Update.UpdateExpression.includes('DELETE #g') ? 'removed' : 'added']++;
      }
      return result;
    },
    { step: 'initialize', name: 'countMemberships', priority: 'low' },
  );
  return counted;
};

const listAll = async (ask: Ask, endpoint: 'Users' | 'Groups') => {
  const List = z.object({ totalResults: z.number(), Resources: z.array(z.record(z.string(), z.json())) });
  const resources: Record<string, z.core.util.JSONType>[] = [];
  for (;;) {
    const query = `startIndex=${resources.length + 1}&count=${PAGE}${endpoint === 'Users' ? '&excludedAttributes=groups' : ''}`;
    const page = List.parse((await ask({ method: 'GET', path: `/${endpoint}`, query })).body);
    resources.push(...page.Resources);
    if (resources.length >= page.totalResults || page.Resources.length === 0) return resources;
  }
};

export const createOperations = (client: DynamoDBClient) => {
  const counted = countMemberships(client);
  const ask = createAsk(client);
  const statuses = new Map<number, number>();
  const counting: Ask = async (asked) => {
    const answer = await ask(asked);
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    return answer;
  };
  return {
    /** How often each status was answered. */
    statuses,
    run: async (count: number, seed: number) => {
      const known: Known = { users: [], groups: [] };
      await moveMembers(counting, known);
      const work = async (index: number) => {
        const own = { ask: counting, known, random: createRandom(seed + index) };
        for (let i = 0; i < count / CLIENTS; i++) await choose(own.random)(own);
      };
      await Promise.all(Array.from({ length: CLIENTS }, (_, index) => work(index)));
    },
    /** As the directory lists itself. */
    list: async () => [
      { noun: 'user', resources: await listAll(ask, 'Users'), hasMembers: false },
      { noun: 'group', resources: await listAll(ask, 'Groups'), hasMembers: true },
    ],
    /** What the table says of the changes that were made: nothing of it comes from events or from the stream. */
    countChanges: async () => {
      const items = await scanTable(client);
      const resources = items.filter(({ sk }) => sk === 'RESOURCE').reduce((sum, { v }) => sum + Number(v), 0);
      const diedWithMember = items
        .filter(({ sk, gone }) => sk === 'MEMBEROF' && gone === true)
        .reduce((sum, { g }) => sum + (g instanceof Set ? g.size : 0), 0);
      return { resources, added: counted.added, removed: counted.removed + diedWithMember };
    },
  };
};
