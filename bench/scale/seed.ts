/**
 * Fills an empty directory fast: records the transactions of the store, one per resource, and writes their items with
 * BatchWriteItem, counts last. The items are the store's own, so this file does not depend on their format.
 */
import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { groupType, type JsonObject, type ResourceType, userType } from '../../lib/scim/index.ts';
import { toBytes } from '../../lib/store/items/items.ts';
import { createResource } from '../../lib/store/resources/create.ts';
import { openTable, type Table } from '../../lib/store/table/calls.ts';
import { memberKey, resourcePk } from '../../lib/store/table/keys.ts';
import { MEMBEROF } from '../../lib/store/table/names.ts';

type Item = Record<string, unknown>;
type TransactItem = { readonly Put?: { readonly Item: Item }; readonly Update?: Updated };
type Updated = {
  readonly Key: { readonly pk: string; readonly sk: string };
  readonly ExpressionAttributeValues: Item;
};

export type Seed = {
  readonly directory: string;
  readonly users: number;
  /** Number of members of the only group: the first users. */
  readonly members: number;
  /** @default a user of 1 KB with one e-mail address */
  readonly attributes?: (i: number) => JsonObject;
  readonly progress: (done: number, all: number) => void;
};
export type Seeded = { readonly userIds: readonly string[]; readonly groupId: string };

const ITEMS_AT_ONCE = 25;
const CALLS_AT_ONCE = 8;
const USERS_AT_ONCE = 1000;

const plainAttributes = (i: number): JsonObject => ({
  userName: `user-${i}@example.com`,
  externalId: `00u${i}`,
  name: { givenName: `Given ${i}`, familyName: `Family ${i % 997}` },
  displayName: `Given ${i} Family ${i % 997}`,
  emails: [{ value: `user-${i}@example.com`, type: 'work', primary: true }],
  active: true,
});

const write = async (documents: DynamoDBDocumentClient, tableName: string, items: readonly Item[]) => {
  const chunks = Array.from({ length: Math.ceil(items.length / ITEMS_AT_ONCE) }, (_, i) =>
    items.slice(i * ITEMS_AT_ONCE, (i + 1) * ITEMS_AT_ONCE),
  ).values();
  const worker = async () => {
    for (const chunk of chunks) {
      let waiting: BatchWriteCommand['input']['RequestItems'] = {
        [tableName]: chunk.map((one) => ({ PutRequest: { Item: one } })),
      };
      while (Object.keys(waiting ?? {}).length > 0)
        waiting = (await documents.send(new BatchWriteCommand({ RequestItems: waiting }))).UnprocessedItems ?? {};
    }
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, worker));
};

/** A table that records the items of transactions and adds up the counts. */
const createRecorder = (options: { client: DynamoDBClient; tableName: string }) => {
  const counts = new Map<string, Item>();
  let items: Item[] = [];
  const count = ({ Key, ExpressionAttributeValues }: Updated) => {
    const name = `${Key.pk} ${Key.sk}`;
    const before = Number(counts.get(name)?.n ?? 0);
    counts.set(name, { ...Key, n: before + Number(ExpressionAttributeValues[':add_n']) });
  };
  const send = async ({ input }: { input: { TransactItems: readonly TransactItem[] } }) => {
    for (const { Put, Update } of input.TransactItems) {
      if (Put !== undefined) items.push(Put.Item);
      if (Update !== undefined) count(Update);
    }
    return {};
  };
  // All at one time, because the group's version, written first, counts the memberships that follow.
  const start = Date.now();
  const table = { ...openTable({ ...options, clock: () => start }), documents: { send } } as unknown as Table;
  const create = (type: ResourceType, directory: string, made: { id: string; attributes: JsonObject }) =>
    createResource(
      table,
      {
        directory,
        type,
        actor: { kind: 'system' },
        reason: 'import',
        unique: type === groupType ? ['displayName'] : ['userName'],
        deadline: Number.POSITIVE_INFINITY,
      },
      { ...made, members: [] },
    );
  return {
    create,
    take: () => {
      const taken = items;
      items = [];
      return taken;
    },
    counts: () => [...counts.values()],
  };
};

type Membership = { readonly groupPk: string; readonly isMember: ReadonlySet<string> };

/** Adds memberships to items not written yet: the group's id in MEMBEROF, and an item in the group. */
const join = (items: readonly Item[], groupId: string, { groupPk, isMember }: Membership): Item[] => {
  return items.flatMap((item): Item[] => {
    const id = String(item.id);
    if (item.sk !== MEMBEROF || !isMember.has(id)) return [item];
    const half = { ...item, g: new Set([toBytes(groupId)]), rev: 1 };
    return [half, { ...memberKey(groupPk, id), type: 'User' }];
  });
};

export const seedDirectory = async (
  options: { client: DynamoDBClient; tableName: string },
  seed: Seed,
): Promise<Seeded> => {
  const documents = DynamoDBDocumentClient.from(options.client, { marshallOptions: { removeUndefinedValues: true } });
  const recorder = createRecorder(options);
  const groupId = randomUUID();
  const groupPk = resourcePk(seed.directory, 'Group', groupId);
  const userIds: string[] = [];
  const attributes = seed.attributes ?? plainAttributes;
  await recorder.create(groupType, seed.directory, { id: groupId, attributes: { displayName: 'Everybody' } });
  while (userIds.length < seed.users) {
    const batch = Array.from({ length: Math.min(USERS_AT_ONCE, seed.users - userIds.length) }, (_, i) => ({
      id: randomUUID(),
      attributes: attributes(userIds.length + i),
    }));
    for (const user of batch) await recorder.create(userType, seed.directory, user);
    const isMember = new Set(batch.slice(0, Math.max(0, seed.members - userIds.length)).map(({ id }) => id));
    await write(documents, options.tableName, join(recorder.take(), groupId, { groupPk, isMember }));
    userIds.push(...batch.map(({ id }) => id));
    seed.progress(userIds.length, seed.users);
  }
  await write(documents, options.tableName, recorder.counts());
  return { userIds, groupId };
};
