/**
 * Real DynamoDB's limits in front of the embedded engine, which has none: write and read units a second for one
 * partition key and for the table, and a few milliseconds for each call. What goes beyond is answered as DynamoDB does:
 * a single call by ProvisionedThroughputExceededException (the key) or ThrottlingException (the table), a transaction by
 * its cancellation, a BatchGetItem by the keys that it leaves. Below the SDK's own retries, so those count.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  type DynamoDBClient,
  ProvisionedThroughputExceededException,
  ThrottlingException,
  TransactionCanceledException,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import type { BatchGetCommandOutput } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';

/** Units a second. */
type Rates = { readonly write: number; readonly read: number };
export type Limits = {
  /** Of one partition key; where partitions are given, of each of them. */
  readonly key: Rates;
  readonly table: Rates;
  /** So many partitions, over which keys are spread: as a new table begins. @default one for each key */
  readonly partitions?: number | undefined;
  /** Of a call, in milliseconds, from and to; a transaction takes both of its phases. */
  readonly latency: readonly [number, number];
  /** Milliseconds. @default performance.now */
  readonly clock?: () => number;
};

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html: a new on-demand table. */
export const NEW_TABLE: Limits = {
  key: { write: 1000, read: 3000 },
  table: { write: 4000, read: 12_000 },
  latency: [5, 10],
};

export type Traffic = {
  /** By operation. */
  readonly calls: Readonly<Record<string, number>>;
  readonly throttled: Readonly<Record<string, number>>;
  readonly writeUnits: number;
  readonly readUnits: number;
  /** Write units that transactions took and that came to nothing, because another part of them was throttled. */
  readonly lostUnits: number;
};

type Item = Record<string, AttributeValue>;
type Kind = keyof Rates;
type Need = { readonly pk: string; readonly kind: Kind; readonly units: number };
type Verdict = 'key' | 'table' | undefined;

const METADATA = { $metadata: { httpStatusCode: 400 } };
const refuse = (verdict: 'key' | 'table') =>
  verdict === 'key'
    ? new ProvisionedThroughputExceededException({ message: 'the key is over its limit', ...METADATA })
    : new ThrottlingException({ message: 'the table is over its limit', ...METADATA });

/** A second's worth at most. It may be overdrawn by what is only known afterwards; nothing is let in until that is repaid. */
const createBucket = (rate: number, clock: () => number) => {
  let [level, at] = [rate, clock()];
  const fill = () => {
    const now = clock();
    level = Math.min(rate, level + ((now - at) / 1000) * rate);
    at = now;
  };
  return {
    isOpen: () => {
      fill();
      return level >= 1;
    },
    take: (units: number) => {
      level -= units;
    },
  };
};

const createBuckets = ({ key, table, partitions, clock = () => performance.now() }: Limits) => {
  const whole = { write: createBucket(table.write, clock), read: createBucket(table.read, clock) };
  const keys = new Map<string, ReturnType<typeof createBucket>>();
  const numberOf = (pk: string) => [...pk].reduce((sum, sign) => (sum * 31 + sign.charCodeAt(0)) >>> 0, 7);
  const keyBucket = ({ pk, kind }: Need) => {
    const name = `${kind} ${partitions === undefined ? pk : numberOf(pk) % partitions}`;
    const known = keys.get(name);
    if (known !== undefined) return known;
    const made = createBucket(key[kind], clock);
    keys.set(name, made);
    return made;
  };
  const judge = (need: Need): Verdict => {
    if (!keyBucket(need).isOpen()) return 'key';
    return whole[need.kind].isOpen() ? undefined : 'table';
  };
  const take = (need: Need, units = need.units) => {
    keyBucket(need).take(units);
    whole[need.kind].take(units);
  };
  return { judge, take };
};

const sizeOf = (item: Item): number => JSON.stringify(item).length;
const pkOf = (item: Item | undefined) => item?.pk?.S ?? '';
/** What an update adds to is not known here: our own updates are of items below 1 KB. */
const needOf = ({ Put, Update, Delete, ConditionCheck }: TransactWriteItem): Need => ({
  pk: pkOf(Put?.Item ?? Update?.Key ?? Delete?.Key ?? ConditionCheck?.Key),
  kind: 'write',
  units: 2 * (Put?.Item === undefined ? 1 : Math.ceil(sizeOf(Put.Item) / 1024)),
});

type Input = {
  readonly Key?: Item;
  readonly Item?: Item;
  readonly TransactItems?: readonly TransactWriteItem[];
  readonly RequestItems?: Readonly<Record<string, { readonly Keys?: readonly Item[] } | readonly WriteRequest[]>>;
  readonly ExpressionAttributeValues?: Item;
};
type WriteRequest = { readonly PutRequest?: { Item?: Item }; readonly DeleteRequest?: { Key?: Item } };

const READS = new Set(['GetItem', 'Query']);
/** Of a call that is let in or refused as a whole; what a Query reads is only known afterwards. */
const needsOf = (name: string, { Key, Item: item, RequestItems = {}, ExpressionAttributeValues }: Input): Need[] => {
  if (name === 'BatchWriteItem')
    return (Object.values(RequestItems).flat() as WriteRequest[]).map(({ PutRequest, DeleteRequest }) => ({
      pk: pkOf(PutRequest?.Item ?? DeleteRequest?.Key),
      kind: 'write',
      units: 1,
    }));
  const pk = name === 'Query' ? (ExpressionAttributeValues?.[':pk']?.S ?? '') : pkOf(Key ?? item);
  return [{ pk, kind: READS.has(name) ? 'read' : 'write', units: name === 'Query' ? 0 : 1 }];
};

const unitsIn = (output: object): number =>
  'ConsumedCapacity' in output ? Number((output.ConsumedCapacity as { CapacityUnits?: number }).CapacityUnits ?? 0) : 0;

/** @param client of a document client, which has the outputs by then; gets the limits for good */
export const throttle = (client: DynamoDBClient, limits: Limits) => {
  const { judge, take } = createBuckets(limits);
  const seen = {
    calls: {} as Record<string, number>,
    throttled: {} as Record<string, number>,
    write: 0,
    read: 0,
    lost: 0,
  };
  const count = (which: Record<string, number>, name: string) => {
    which[name] = (which[name] ?? 0) + 1;
  };
  const spend = (need: Need, units = need.units) => {
    take(need, units);
    seen[need.kind] += units;
  };
  const pause = (times: number) => {
    const [from, to] = limits.latency;
    return sleep(times * (from + Math.random() * (to - from)));
  };

  /** Each item is prepared by itself, which costs half, also when another one then cancels them all. */
  const prepare = (needs: readonly Need[]) => {
    const verdicts = needs.map((need) => {
      const verdict = judge(need);
      if (verdict === undefined) spend(need, need.units / 2);
      return verdict;
    });
    const isCancelled = verdicts.some((verdict) => verdict !== undefined);
    for (const [i, need] of needs.entries()) {
      if (!isCancelled) spend(need, need.units / 2);
      else if (verdicts[i] === undefined) seen.lost += need.units / 2;
    }
    if (!isCancelled) return;
    count(seen.throttled, 'TransactWriteItems');
    throw new TransactionCanceledException({
      message: 'Transaction cancelled',
      ...METADATA,
      CancellationReasons: verdicts.map((verdict) => ({ Code: verdict === undefined ? 'None' : 'ThrottlingError' })),
    });
  };

  /** The keys that are over a limit are left, as DynamoDB leaves them. @throws when all are */
  const answerSome = ({ RequestItems = {} }: Input) => {
    const [[tableName = '', request] = []] = Object.entries(RequestItems);
    const keys = request !== undefined && 'Keys' in request ? (request.Keys ?? []) : [];
    const verdicts = keys.map((key) => {
      const need: Need = { pk: pkOf(key), kind: 'read', units: 1 };
      const verdict = judge(need);
      if (verdict === undefined) spend(need);
      return verdict;
    });
    const left = keys.filter((_, i) => verdicts[i] !== undefined);
    if (left.length > 0) count(seen.throttled, 'BatchGetItem');
    if (left.length === keys.length) throw refuse(verdicts[0] ?? 'table');
    const isLeft = new Set(left.map((key) => `${key.pk?.S}\n${key.sk?.S}`));
    return (output: BatchGetCommandOutput): object => ({
      ...output,
      Responses: {
        [tableName]: (output.Responses?.[tableName] ?? []).filter(({ pk, sk }) => !isLeft.has(`${pk}\n${sk}`)),
      },
      UnprocessedKeys:
        left.length === 0 ? {} : { [tableName]: { ...request, Keys: left.map((key) => unmarshall(key)) } },
    });
  };

  const admit = (name: string, input: Input) => {
    const needs = needsOf(name, input);
    for (const need of needs) {
      const verdict = judge(need);
      if (verdict === undefined) continue;
      count(seen.throttled, name);
      throw refuse(verdict);
    }
    for (const need of needs) spend(need);
    return needs;
  };

  client.middlewareStack.add(
    (next) => (args) =>
      next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } as typeof args.input }),
    { step: 'initialize', name: 'count' },
  );
  /** @returns what becomes of the output of a call that is let in */
  const letIn = (name: string, input: Input): ((output: BatchGetCommandOutput) => object) => {
    const same = (output: object): object => output;
    if (name === 'TransactWriteItems') {
      prepare((input.TransactItems ?? []).map(needOf));
      return same;
    }
    if (name === 'BatchGetItem') return answerSome(input);
    const [need] = admit(name, input);
    if (name !== 'Query' || need === undefined) return same;
    return (output) => {
      spend(need, unitsIn(output));
      return output;
    };
  };
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const name = String(context.commandName).replace('Command', '');
      count(seen.calls, name);
      await pause(name === 'TransactWriteItems' ? 2 : 1);
      const toOutput = letIn(name, args.input as Input);
      const result = await next(args);
      Object.assign(result, { output: toOutput(result.output as BatchGetCommandOutput) });
      return result;
    },
    { step: 'deserialize', name: 'throttle', priority: 'high' },
  );

  return {
    /** What was asked since the last time. */
    traffic: (): Traffic => {
      const { calls, throttled, write, read, lost } = seen;
      Object.assign(seen, { calls: {}, throttled: {}, write: 0, read: 0, lost: 0 });
      return { calls, throttled, writeUnits: write, readUnits: read, lostUnits: lost };
    },
  };
};
