/**
 * Imposes DynamoDB's limits on the embedded engine, which has none: write and read units per second for a partition key
 * and for the table, and a few milliseconds of latency per call. Beyond them it responds like DynamoDB: to a single
 * call with ProvisionedThroughputExceededException (key) or ThrottlingException (table), to a transaction with a
 * cancellation, to a BatchGetItem with unprocessed keys. It works below the SDK's own retries, so those count too.
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

/** Units per second. */
type Rates = { readonly write: number; readonly read: number };
export type Limits = {
  /** Limits of a partition key or, with `partitions`, of each partition. */
  readonly key: Rates;
  readonly table: Rates;
  /** Number of partitions over which keys are spread, few in a new table. @default one per key */
  readonly partitions?: number | undefined;
  /** Minimum and maximum latency of a call in milliseconds; a transaction has two phases and takes twice as long. */
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
  /** Number of calls by operation. */
  readonly calls: Readonly<Record<string, number>>;
  readonly throttled: Readonly<Record<string, number>>;
  readonly writeUnits: number;
  readonly readUnits: number;
  /** Write units spent by transactions that were then cancelled, because another item was throttled. */
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

/** A token bucket of one second. A cost only known afterwards may overdraw it, which closes it until refilled. */
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
    const existing = keys.get(name);
    if (existing !== undefined) return existing;
    const bucket = createBucket(key[kind], clock);
    keys.set(name, bucket);
    return bucket;
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
/** The size of an updated item is not known here; those that Rollcall updates are below 1 KB. */
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
/** Units of a call that is admitted or refused as a whole. The units of a Query are only known afterwards. */
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

/** Adds the limits to a client, permanently. @param client of a document client, so that outputs are unmarshalled */
export const throttle = (client: DynamoDBClient, limits: Limits) => {
  const { judge, take } = createBuckets(limits);
  const totals = {
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
    totals[need.kind] += units;
  };
  const pause = (times: number) => {
    const [from, to] = limits.latency;
    return sleep(times * (from + Math.random() * (to - from)));
  };

  /** Prepares each item for half its units, which are spent even if another item cancels the transaction. */
  const prepare = (needs: readonly Need[]) => {
    const verdicts = needs.map((need) => {
      const verdict = judge(need);
      if (verdict === undefined) spend(need, need.units / 2);
      return verdict;
    });
    const isCancelled = verdicts.some((verdict) => verdict !== undefined);
    for (const [i, need] of needs.entries()) {
      if (!isCancelled) spend(need, need.units / 2);
      else if (verdicts[i] === undefined) totals.lost += need.units / 2;
    }
    if (!isCancelled) return;
    count(totals.throttled, 'TransactWriteItems');
    throw new TransactionCanceledException({
      message: 'Transaction cancelled',
      ...METADATA,
      CancellationReasons: verdicts.map((verdict) => ({ Code: verdict === undefined ? 'None' : 'ThrottlingError' })),
    });
  };

  /** Returns keys over a limit as unprocessed, like DynamoDB. @throws if all keys are */
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
    if (left.length > 0) count(totals.throttled, 'BatchGetItem');
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
      count(totals.throttled, name);
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
  /** Admits a call or throws. @returns a function that adjusts its output */
  const admitCall = (name: string, input: Input): ((output: BatchGetCommandOutput) => object) => {
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
      count(totals.calls, name);
      await pause(name === 'TransactWriteItems' ? 2 : 1);
      const toOutput = admitCall(name, args.input as Input);
      const result = await next(args);
      Object.assign(result, { output: toOutput(result.output as BatchGetCommandOutput) });
      return result;
    },
    { step: 'deserialize', name: 'throttle', priority: 'high' },
  );

  return {
    /** Traffic since the last call of this function. */
    traffic: (): Traffic => {
      const { calls, throttled, write, read, lost } = totals;
      Object.assign(totals, { calls: {}, throttled: {}, write: 0, read: 0, lost: 0 });
      return { calls, throttled, writeUnits: write, readUnits: read, lostUnits: lost };
    },
  };
};
