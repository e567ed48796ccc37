/**
 * Conditional writes and transactions (TransactWriteItems), retried until DynamoDB commits or reports a failed
 * condition. After a lost response the retry sends the same client request token, so the transaction is not applied
 * twice. After a cancellation the retry sends a new token.
 */
import { randomUUID } from 'node:crypto';
import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { notFinished } from '../../scim/index.ts';
import type { Item, Table } from './calls.ts';
import { fromMarshalled } from './marshalled.ts';
import { Contended, Throttled, withRetries } from './retry.ts';
import type { Throttle } from './throttle.ts';
import { toTransactItem, toUpdate, type Update, type Write } from './write.ts';

/**
 * A failed condition, with the item as it was at the time. `isUnclear`: an earlier attempt of this write, which has no
 * token, got no response. It may have been applied, and the item changed again since.
 */
export type Refusal = { readonly item: Item | undefined; readonly isUnclear?: boolean };
/** One per write, in order: undefined where the condition held. */
export type Refusals = readonly (Refusal | undefined)[];

export type WriteOptions = {
  /** Milliseconds since 1970. */
  readonly deadline: number;
  /** Called before each retry. May throw a conflict that is certain by then. */
  readonly beforeRetry?: () => Promise<void>;
  /** Set for a step of a large change, which is retried until the deadline. */
  readonly throttle?: Throttle;
};

/** DynamoDB's limit: items per transaction. */
export const WRITES_AT_ONCE = 100;

const THROTTLING = new Set(['ThrottlingError', 'ProvisionedThroughputExceeded']);

const toRefusal = (item: object | undefined): Refusal => ({
  item: item === undefined ? undefined : fromMarshalled(item),
});

const toRefusals = (error: TransactionCanceledException): Refusals => {
  const reasons = error.CancellationReasons ?? [];
  if (reasons.some(({ Code }) => Code === 'ConditionalCheckFailed'))
    return reasons.map(({ Code, Item }) => (Code === 'ConditionalCheckFailed' ? toRefusal(Item) : undefined));
  const codes = reasons.map(({ Code }) => Code ?? 'None').filter((code) => code !== 'None');
  const distinct = [...new Set(codes)].join(', ');
  if (codes.some((code) => THROTTLING.has(code))) throw new Throttled(distinct, { cause: error });
  if (codes.includes('TransactionConflict')) throw new Contended(distinct, { cause: error });
  throw new Error(`transaction cancelled: ${distinct}`, { cause: error });
};

/**
 * Applies all of the writes or none.
 * @returns undefined if committed, otherwise the failed conditions
 * @throws unavailable(); with a throttle, notFinished() at the deadline
 */
export const transact = async (
  { documents, tableName, clock, request }: Table,
  writes: readonly Write[],
  options: WriteOptions,
): Promise<Refusals | undefined> => {
  const items = writes.map((write) => toTransactItem(tableName, write));
  let token = randomUUID();
  const attempt = async () => {
    try {
      await documents.send(new TransactWriteCommand({ TransactItems: items, ClientRequestToken: token }));
      return undefined;
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      token = randomUUID();
      return toRefusals(error);
    }
  };
  const { throttle } = options;
  const inTime = async () => {
    if (clock() >= options.deadline) throw notFinished();
    return attempt();
  };
  const work = throttle ? () => throttle(inTime) : attempt;
  return withRetries(work, { clock, request, ...options });
};

/**
 * One conditional UpdateItem.
 * @returns `done`: the item after the update, or an empty one with `returns: 'NONE'`; or the failed condition
 * @throws unavailable()
 */
export const updateItem = async (
  { documents, tableName, clock, request }: Table,
  write: Write & { readonly update: Update },
  { returns = 'ALL_NEW', ...options }: WriteOptions & { readonly returns?: 'ALL_NEW' | 'NONE' },
): Promise<{ readonly done: Item } | { readonly refusal: Refusal }> => {
  const command = new UpdateCommand({ ...toUpdate(tableName, write), ReturnValues: returns });
  let isUnclear = false;
  const attempt = async () => {
    try {
      const { Attributes } = await documents.send(command);
      return { done: Attributes ?? {} };
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return { refusal: { ...toRefusal(error.Item), isUnclear } };
      isUnclear = true;
      throw error;
    }
  };
  return withRetries(attempt, { clock, request, ...options });
};
