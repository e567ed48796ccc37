/** Calls to the table: strongly consistent, retried where that helps. An outage throws, it is never an empty result. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import { chunksOf, inParallel } from '../../common/parallel.ts';
import { unavailable } from '../../scim/index.ts';
import type { TableOptions } from './client.ts';
import { type Key, toKeyText } from './keys.ts';
import { type RetryOptions, Throttled, withRetries } from './retry.ts';

export type Item = Readonly<Record<string, unknown>>;

/** A range of one partition in sort key order, both ends inclusive. */
export type Range = {
  readonly pk: string;
  readonly from?: string;
  readonly to?: string;
  /** Exclusive start, in the direction of reading. Replaces `from` and `to`. */
  readonly after?: string | undefined;
  /** Descending sort keys. */
  readonly reverse?: boolean;
  /** @default all items, in as many calls as needed */
  readonly limit?: number;
};

/** The result of `getAll`. */
export type Items = { get(key: Key): Item | undefined };

export type Table = ReturnType<typeof openTable>;

type RawKeys = Record<string, unknown>[];

const GET_AT_ONCE = 100;
const WRITE_AT_ONCE = 25;
/** Reads may begin for so long after the deadline, so that a change that ended just in time is still answered. */
const READ_SPARE_MS = 500;
const keyOf = (item: Item): Key => ({ pk: String(item.pk), sk: String(item.sk) });

const condition = ({ from, to, after, reverse }: Range) => {
  if (after !== undefined) return `pk = :pk AND sk ${reverse ? '<' : '>'} :after`;
  if (from !== undefined && to !== undefined) return 'pk = :pk AND sk BETWEEN :from AND :to';
  if (from !== undefined) return 'pk = :pk AND sk >= :from';
  return to === undefined ? 'pk = :pk' : 'pk = :pk AND sk <= :to';
};

/** One document client per client: each new one walks the client's whole middleware stack. */
const documentClients = new WeakMap<DynamoDBClient, DynamoDBDocumentClient>();
const documentsOf = (client: DynamoDBClient): DynamoDBDocumentClient => {
  const existing = documentClients.get(client);
  if (existing !== undefined) return existing;
  const created = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  documentClients.set(client, created);
  return created;
};

type Timing = Pick<RetryOptions, 'clock' | 'request'>;
/** @throws unavailable() past the deadline, and as `withRetries` */
const readInTime = async <Result>(work: () => Promise<Result>, { clock, request }: Timing): Promise<Result> => {
  const deadline = request?.deadline;
  if (deadline !== undefined && clock() >= deadline + READ_SPARE_MS)
    throw unavailable(new Error('the table did not answer all reads by the deadline'));
  return withRetries(work, { clock, request, deadline });
};

/** Opens the table. @param options with `request`, the calls share its time */
export const openTable = ({ client, tableName, clock = Date.now, request }: TableOptions) => {
  const documents = documentsOf(client);
  const read = <Result>(work: () => Promise<Result>) => readInTime(work, { clock, request });

  const get = (key: Key): Promise<Item | undefined> =>
    read(
      async () => (await documents.send(new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true }))).Item,
    );

  /** @returns the unprocessed keys. @throws Throttled if DynamoDB processed none */
  const getSome = async (keys: RawKeys, found: Map<string, Item>): Promise<RawKeys> => {
    const RequestItems = { [tableName]: { Keys: keys, ConsistentRead: true } };
    const { Responses, UnprocessedKeys } = await documents.send(new BatchGetCommand({ RequestItems }));
    const items = Responses?.[tableName] ?? [];
    for (const item of items) found.set(toKeyText(keyOf(item)), item);
    const unprocessed = UnprocessedKeys?.[tableName]?.Keys ?? [];
    if (unprocessed.length > 0 && items.length === 0) throw new Throttled('BatchGetItem incomplete');
    request?.succeeded(clock());
    return unprocessed;
  };
  const getChunk = async (keys: readonly Key[], found: Map<string, Item>) => {
    let remaining: RawKeys = keys.map((key) => ({ ...key }));
    const getRest = async () => {
      while (remaining.length > 0) remaining = await getSome(remaining, found);
    };
    await read(getRest);
  };

  /** Reads any number of keys in concurrent batches of 100. */
  const getAll = async (keys: readonly Key[]): Promise<Items> => {
    const distinct = [...new Map(keys.map((key) => [toKeyText(key), key])).values()];
    const found = new Map<string, Item>();
    await inParallel(chunksOf(distinct, GET_AT_ONCE), (chunk) => getChunk(chunk, found));
    return { get: (key) => found.get(toKeyText(key)) };
  };

  /** Yields one Query response, at most 1 MB, at a time. */
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
      const { Items: items = [], LastEvaluatedKey } = await read(() => documents.send(command));
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

  /** Deletes without a condition, so it is idempotent. Not atomic. */
  const deleteAll = async (keys: readonly Key[]): Promise<void> => {
    await inParallel(chunksOf(keys, WRITE_AT_ONCE), async (chunk) => {
      let remaining: NonNullable<BatchWriteCommand['input']['RequestItems']>[string] = chunk.map((key) => ({
        DeleteRequest: { Key: { ...key } },
      }));
      await withRetries(
        async () => {
          const { UnprocessedItems } = await documents.send(
            new BatchWriteCommand({ RequestItems: { [tableName]: remaining } }),
          );
          const left = UnprocessedItems?.[tableName] ?? [];
          if (left.length < remaining.length) request?.succeeded(clock());
          remaining = left;
          if (left.length > 0) throw new Throttled('BatchWriteItem incomplete');
        },
        { clock, request },
      );
    });
  };

  return { documents, tableName, clock, request, get, getAll, pages, query, deleteAll };
};
