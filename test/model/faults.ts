/**
 * A table client whose calls fail as DynamoDB and the network do: conflicts, throttling, errors, lost responses,
 * unprocessed batch entries, and a process that dies between or during calls.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type DynamoDBClient,
  InternalServerError,
  ProvisionedThroughputExceededException,
  RequestLimitExceeded,
  ThrottlingException,
  TransactionCanceledException,
  TransactionConflictException,
  TransactionInProgressException,
} from '@aws-sdk/client-dynamodb';
import type { Random } from '../fuzz/random.ts';
import { type Call, type Fault, watch } from '../store/calls.ts';

/** The faults of one request's calls. Calls are numbered from 1. */
export type Plan = {
  /** Failing calls per thousand. */
  readonly perMille: number;
  /** From this call on every call fails. */
  readonly outageFrom?: number;
  /** The process dies during this call. */
  readonly killedIn?: number;
  /** Pauses before this call, long enough for concurrent requests to complete. */
  readonly stalledIn?: number;
};
export const NO_FAULTS: Plan = { perMille: 0 };

export class Killed extends Error {}

const metadata = { message: 'injected', $metadata: {} };
const cancelled = (Code: string, position: number) =>
  new TransactionCanceledException({
    ...metadata,
    CancellationReasons: [...Array.from({ length: position }, () => ({ Code: 'None' })), { Code }],
  });
const hungUp = () => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
const timedOut = () => Object.assign(new Error('no answer'), { name: 'TimeoutError' });
const failed = () => new InternalServerError({ message: 'injected', $metadata: { httpStatusCode: 500 } });

/** Errors after which the outcome of the call is unknown. */
const UNCLEAR = [hungUp, timedOut, failed];
/** Errors that mean the call was not executed. */
const REFUSED = [
  () => new ProvisionedThroughputExceededException(metadata),
  () => new ThrottlingException(metadata),
  () => new RequestLimitExceeded(metadata),
];
const CANCELLED = [
  () => new TransactionInProgressException(metadata),
  () => cancelled('TransactionConflict', 0),
  () => cancelled('TransactionConflict', 2),
  () => cancelled('ThrottlingError', 1),
  () => cancelled('ProvisionedThroughputExceeded', 0),
];
const CONFLICTING = [() => new TransactionConflictException(metadata)];

type Kind = readonly (() => Error)[];
const refusalsOf = (name: string): Kind => {
  if (name === 'TransactWriteItems') return [...CANCELLED, ...CANCELLED, ...REFUSED];
  return name === 'UpdateItem' ? [...CONFLICTING, ...REFUSED] : REFUSED;
};

type Batch = { readonly RequestItems?: Readonly<Record<string, unknown>> };
/** Length of a pause, in multiples of the maximum latency. */
const STALL = 12;
const GETS = 'BatchGetItemCommand';
const WRITES = new Set(['UpdateItemCommand', 'TransactWriteItemsCommand']);
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Splits a batch of at least two entries into executed and unprocessed ones. */
const cut = (request: unknown, random: Random): { done: unknown; left: unknown } | undefined => {
  const entries = isObject(request) && Array.isArray(request.Keys) ? request.Keys : request;
  if (!Array.isArray(entries) || entries.length < 2) return undefined;
  const at = 1 + random.below(entries.length - 1);
  const [done, left] = [entries.slice(0, at), entries.slice(at)];
  if (entries === request) return { done, left };
  return { done: { ...(request as object), Keys: done }, left: { ...(request as object), Keys: left } };
};

export const createFaultyClient = (
  client: DynamoDBClient,
  { random, latency }: { readonly random: Random /** Maximum, in milliseconds. */; readonly latency: number },
) => {
  let plan = NO_FAULTS;
  let calls = 0;
  let isDead = false;
  let injected = 0;
  let writes = 0;
  /** Tokens of executed transactions whose response was lost. DynamoDB does not execute a repeated token again. */
  const lostResponses = new Set<unknown>();

  const inject = (error: Error, when: 'before' | 'after'): Fault => {
    injected += 1;
    return { error, when };
  };
  const fail = ({ name, input }: Call): Fault => {
    const token = input.ClientRequestToken;
    if (lostResponses.has(token)) return inject(random.pick(REFUSED)(), 'before');
    if (random.once(2)) return inject(random.pick(refusalsOf(name))(), 'before');
    if (random.once(2)) return inject(random.pick(UNCLEAR)(), 'before');
    if (token !== undefined) lostResponses.add(token);
    return inject(random.pick(UNCLEAR)(), 'after');
  };
  const die = (when: 'before' | 'after'): Fault => {
    isDead = true;
    return inject(new Killed('killed'), when);
  };
  const decide = (call: Call): Fault => {
    const { killedIn, outageFrom = Number.POSITIVE_INFINITY, perMille } = plan;
    if (calls === killedIn) return die(random.once(2) ? 'before' : 'after');
    if (calls >= outageFrom) return inject(hungUp(), 'before');
    return random.below(1000) < perMille ? fail(call) : undefined;
  };
  const toFault = async (call: Call): Promise<Fault> => {
    if (latency > 0 && random.once(2)) await sleep(random.below(latency + 1));
    calls += 1;
    if (calls === plan.stalledIn) await sleep(latency * STALL);
    return isDead ? { error: new Killed('killed'), when: 'before' } : decide(call);
  };

  const watched = watch(client, toFault);
  watched.client.middlewareStack.add(
    (next, context) => async (args) => {
      const [[table, request] = []] = Object.entries((args.input as Batch).RequestItems ?? {});
      const parts = random.below(1000) < plan.perMille ? cut(request, random) : undefined;
      if (table === undefined || parts === undefined) return next(args);
      injected += 1;
      const input = { ...args.input, RequestItems: { [table]: parts.done } } as typeof args.input;
      const result = await next({ ...args, input });
      const name = context.commandName === GETS ? 'UnprocessedKeys' : 'UnprocessedItems';
      Object.assign(result.output, { [name]: { [table]: parts.left } });
      return result;
    },
    { step: 'initialize', name: 'leave-some', priority: 'high' },
  );
  watched.client.middlewareStack.add(
    (next, context) => async (args) => {
      const result = await next(args);
      if (WRITES.has(String(context.commandName))) writes += 1;
      return result;
    },
    { step: 'serialize', name: 'count-writes' },
  );
  return {
    client: watched.client,
    /** Starts a request: sets the plan and resets the counters. */
    begin: (next: Plan) => {
      plan = next;
      calls = 0;
      writes = 0;
      isDead = false;
    },
    isDead: () => isDead,
    injected: () => injected,
    /** Item writes and transactions executed since then, including those whose response was lost. */
    writes: () => writes,
  };
};

/**
 * Chooses a plan: most requests have few faults, some have many.
 * @param isLong whether the request has many steps; it is then killed more often, to cover each step
 */
export const planFor = (random: Random, isLong: boolean): Plan => {
  const roll = random.below(100);
  const call = 1 + random.below(isLong ? 14 : 8);
  const plans: readonly (readonly [end: number, plan: Plan])[] = [
    [isLong ? 15 : 40, NO_FAULTS],
    [isLong ? 45 : 75, { perMille: 120 }],
    [isLong ? 60 : 85, { perMille: 450 }],
    [isLong ? 75 : 91, { perMille: 60, outageFrom: call }],
    [100, { perMille: 60, killedIn: call }],
  ];
  const plan = plans.find(([end]) => roll < end)?.[1] ?? NO_FAULTS;
  return random.once(4) ? { ...plan, stalledIn: 1 + random.below(6) } : plan;
};
