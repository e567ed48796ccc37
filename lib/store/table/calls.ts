/** The calls to the one table: strongly consistent, repeated where that helps, and never "nothing" for an outage. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import { chunksOf, inParallel } from '../../common/parallel.ts';
import type { TableOptions } from './client.ts';
import { type Key, toKeyText } from './keys.ts';
import { Contended, withRetries } from './retry.ts';

export type Item = Readonly<Record<string, unknown>>;

/** Items of one partition in the order of their sort keys, both ends included. */
export type Range = {
  readonly pk: string;
  readonly from?: string;
  readonly to?: string;
  /** In place of `from` and `to`: what follows this sort key, in the order of reading. */
  readonly after?: string | undefined;
  /** From the last sort key to the first. */
  readonly reverse?: boolean;
  /** @default all, in as many calls as it takes */
  readonly limit?: number;
};

/** What `getAll` finds, by key. */
export type Items = { get(key: Key): Item | undefined };

export type Table = ReturnType<typeof openTable>;

type RawKeys = Record<string, unknown>[];

const GET_AT_ONCE = 100;
const WRITE_AT_ONCE = 25;
const keyOf = (item: Item): Key => ({ pk: String(item.pk), sk: String(item.sk) });

const condition = ({ from, to, after, reverse }: Range) => {
  if (after !== undefined) return `pk = :pk AND sk ${reverse ? '<' : '>'} :after`;
  if (from !== undefined && to !== undefined) return 'pk = :pk AND sk BETWEEN :from AND :to';
  if (from !== undefined) return 'pk = :pk AND sk >= :from';
  return to === undefined ? 'pk = :pk' : 'pk = :pk AND sk <= :to';
};

/** One for each client, because each that is made looks through all that the client's middleware does. */
const documentClients = new WeakMap<DynamoDBClient, DynamoDBDocumentClient>();
const documentsOf = (client: DynamoDBClient): DynamoDBDocumentClient => {
  const before = documentClients.get(client);
  if (before !== undefined) return before;
  const made = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  documentClients.set(client, made);
  return made;
};

export const openTable = ({ client, tableName, clock = Date.now }: TableOptions) => {
  const documents = documentsOf(client);

  const get = (key: Key): Promise<Item | undefined> =>
    withRetries(
      async () => (await documents.send(new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true }))).Item,
      { clock },
    );

  /** @returns keys that DynamoDB left unanswered: as long as some are answered, that is no failure */
  const getSome = async (keys: RawKeys, found: Map<string, Item>): Promise<RawKeys> => {
    const request = { [tableName]: { Keys: keys, ConsistentRead: true } };
    const { Responses, UnprocessedKeys } = await documents.send(new BatchGetCommand({ RequestItems: request }));
    const items = Responses?.[tableName] ?? [];
    for (const item of items) found.set(toKeyText(keyOf(item)), item);
    const left = UnprocessedKeys?.[tableName]?.Keys ?? [];
    if (left.length > 0 && items.length === 0) throw new Contended('no key of a BatchGet was processed');
    return left;
  };
  const getChunk = async (keys: readonly Key[], found: Map<string, Item>) => {
    let waiting: RawKeys = keys.map((key) => ({ ...key }));
    const getRest = async () => {
      while (waiting.length > 0) waiting = await getSome(waiting, found);
    };
    await withRetries(getRest, { clock });
  };

  /** Any number of keys, in batches of 100, several at once. */
  const getAll = async (keys: readonly Key[]): Promise<Items> => {
    const distinct = [...new Map(keys.map((key) => [toKeyText(key), key])).values()];
    const found = new Map<string, Item>();
    await inParallel(chunksOf(distinct, GET_AT_ONCE), (chunk) => getChunk(chunk, found));
    return { get: (key) => found.get(toKeyText(key)) };
  };

  /** One page of at most 1 MB after another. */
  async function* pages(range: Range): AsyncGenerator<readonly Item[]> {
    let left = range.limit ?? Infinity;
    let start: Record<string, unknown> | undefined;
    do {
      const command = new QueryCommand({
        TableName: tableName,
        ConsistentRead: true,
        KeyConditionExpression: condition(range),
        ExpressionAttributeValues: { ':pk': range.pk, ':from': range.from, ':to': range.to, ':after': range.after },
        ScanIndexForward: range.reverse !== true,
        ...(Number.isFinite(left) ? { Limit: left } : {}),
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      });
      const { Items: items = [], LastEvaluatedKey } = await withRetries(() => documents.send(command), { clock });
      left -= items.length;
      start = LastEvaluatedKey;
      yield items;
    } while (start !== undefined && left > 0);
  }

  const query = async (range: Range): Promise<Item[]> => {
    const all: Item[] = [];
    for await (const page of pages(range)) all.push(...page);
    return all;
  };

  /** Without condition, so idempotent; not one transaction. */
  const deleteAll = async (keys: readonly Key[]): Promise<void> => {
    await inParallel(chunksOf(keys, WRITE_AT_ONCE), async (chunk) => {
      let waiting: NonNullable<BatchWriteCommand['input']['RequestItems']>[string] = chunk.map((key) => ({
        DeleteRequest: { Key: { ...key } },
      }));
      await withRetries(
        async () => {
          const { UnprocessedItems } = await documents.send(
            new BatchWriteCommand({ RequestItems: { [tableName]: waiting } }),
          );
          waiting = UnprocessedItems?.[tableName] ?? [];
          if (waiting.length > 0) throw new Contended('a part of a BatchWrite was not processed');
        },
        { clock },
      );
    });
  };

  return { documents, tableName, clock, get, getAll, pages, query, deleteAll };
};
