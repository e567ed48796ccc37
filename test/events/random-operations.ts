/** Random concurrent SCIM requests to one directory, with a count of the changes. */
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

type Request = { readonly method: string; readonly path: string; readonly query?: string; readonly body?: object };
type Send = (request: Request) => Promise<ScimResponse>;
/** Ids that the clients use. Deleted ones may remain for a while. */
type Ids = { users: string[]; groups: string[] };
type Client = { readonly send: Send; readonly random: Random; readonly ids: Ids };

export const createSend = (client: DynamoDBClient): Send => {
  const serve = createServiceProvider(() => createStore({ client, tableName: TABLE_NAME }));
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
const someUsers = ({ random, ids }: Client, most: number) =>
  [...new Set(Array.from({ length: 1 + random.below(most) }, () => random.pick(ids.users)))].flatMap((id) =>
    id === undefined ? [] : [{ value: id }],
  );

const postUser = async ({ send, random, ids }: Client) => {
  // Names collide now and then; a 409 gives no change and no event.
  const name = `user${random.below(2000)}`;
  const more = { externalId: `x${name}`, active: random.next() < 0.9, emails: [{ value: `${name}@acme.example` }] };
  keep(ids.users, await send({ method: 'POST', path: '/Users', body: user(name, more) }));
};
const patchUser = (value: (random: Random) => object) => (client: Client) =>
  client.send({
    method: 'PATCH',
    path: `/Users/${client.random.pick(client.ids.users)}`,
    body: operations({ op: 'replace', value: value(client.random) }),
  });
const putUser = ({ send, random, ids }: Client) =>
  send({
    method: 'PUT',
    path: `/Users/${random.pick(ids.users)}`,
    body: { schemas: [USER], userName: `put${random.below(500)}`, title: `T${random.below(3)}` },
  });
const forget = (ids: string[], id: string | undefined, random: Random) => {
  // Some deleted ids remain, so that later requests address a deleted resource.
  const at = id === undefined || random.next() < 0.3 ? -1 : ids.indexOf(id);
  if (at !== -1) ids.splice(at, 1);
};
const remove = (endpoint: 'Users' | 'Groups', idsOf: (ids: Ids) => string[]) => async (client: Client) => {
  const ids = idsOf(client.ids);
  const id = client.random.pick(ids);
  forget(ids, id, client.random);
  await client.send({ method: 'DELETE', path: `/${endpoint}/${id}` });
};
const postGroup = async (client: Client) => {
  const name = `Group ${client.random.below(500)}`;
  const body = group(name, { members: someUsers(client, 8) });
  keep(client.ids.groups, await client.send({ method: 'POST', path: '/Groups', body }));
};
const patchGroup = (operation: (client: Client) => object) => (client: Client) =>
  client.send({
    method: 'PATCH',
    path: `/Groups/${client.random.pick(client.ids.groups)}`,
    body: operations(operation(client)),
  });
const putGroup = (client: Client) =>
  client.send({
    method: 'PUT',
    path: `/Groups/${client.random.pick(client.ids.groups)}`,
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
    patchGroup(({ random, ids }) => ({
      op: 'add',
      path: 'members',
      value: [{ value: random.pick(ids.groups), type: 'Group' }],
    })),
  ],
  [8, patchGroup(({ random, ids }) => ({ op: 'remove', path: `members[value eq "${random.pick(ids.users)}"]` }))],
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

/** Adds and removes a member, so that every run has both whatever its seed is. */
const moveMembers = async (send: Send, ids: Ids) => {
  for (const name of ['first', 'second'])
    keep(ids.users, await send({ method: 'POST', path: '/Users', body: user(name) }));
  const members = ids.users.map((value) => ({ value }));
  keep(ids.groups, await send({ method: 'POST', path: '/Groups', body: group('First', { members }) }));
  const body = operations({ op: 'remove', path: `members[value eq "${ids.users[0]}"]` });
  await send({ method: 'PATCH', path: `/Groups/${ids.groups[0]}`, body });
};

/** Counts added and removed memberships at the write: each is one conditional update of one set. */
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

const listAll = async (send: Send, endpoint: 'Users' | 'Groups') => {
  const List = z.object({ totalResults: z.number(), Resources: z.array(z.record(z.string(), z.json())) });
  const resources: Record<string, z.core.util.JSONType>[] = [];
  for (;;) {
    const query = `startIndex=${resources.length + 1}&count=${PAGE}${endpoint === 'Users' ? '&excludedAttributes=groups' : ''}`;
    const page = List.parse((await send({ method: 'GET', path: `/${endpoint}`, query })).body);
    resources.push(...page.Resources);
    if (resources.length >= page.totalResults || page.Resources.length === 0) return resources;
  }
};

export const createOperations = (client: DynamoDBClient) => {
  const counted = countMemberships(client);
  const send = createSend(client);
  const statuses = new Map<number, number>();
  const countingSend: Send = async (request) => {
    const answer = await send(request);
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    return answer;
  };
  return {
    /** Number of responses by status. */
    statuses,
    run: async (count: number, seed: number) => {
      const ids: Ids = { users: [], groups: [] };
      await moveMembers(countingSend, ids);
      const work = async (index: number) => {
        const own = { send: countingSend, ids, random: createRandom(seed + index) };
        for (let i = 0; i < count / CLIENTS; i++) await choose(own.random)(own);
      };
      await Promise.all(Array.from({ length: CLIENTS }, (_, index) => work(index)));
    },
    /** The resources of the directory, listed over SCIM. */
    list: async () => [
      { noun: 'user', resources: await listAll(send, 'Users'), hasMembers: false },
      { noun: 'group', resources: await listAll(send, 'Groups'), hasMembers: true },
    ],
    /** Counts the changes from the table alone, independently of the events and the stream. */
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
