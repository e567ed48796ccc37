/**
 * Conditional writes and transactions (TransactWriteItems), repeated until DynamoDB says yes or names a condition that
 * does not hold. A try that was not answered is repeated under its token, so it is not done twice; a cancelled one is
 * sent anew.
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
 * A condition that did not hold, with the item that was there. `isUnclear`: of a write without a token that failed
 * before, so perhaps it was done then, and the item has moved on since.
 */
export type Refusal = { readonly item: Item | undefined; readonly isUnclear?: boolean };
/** By position of the write: undefined where nothing was wrong. */
export type Refusals = readonly (Refusal | undefined)[];

export type WriteOptions = {
  /** Milliseconds since 1970. */
  readonly deadline: number;
  /** Asked before a refused or unanswered try is repeated; may throw what is clear by then. */
  readonly beforeRetry?: () => Promise<void>;
  /** Of one of very many steps, which is tried until the deadline. */
  readonly throttle?: Throttle;
};

/** The limits of one transaction. */
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
  throw new Error(`DynamoDB refuses the transaction: ${distinct}`, { cause: error });
};

/**
 * All of the writes or none.
 * @returns undefined when it is done
 * @throws unavailable(); notFinished() of a step that is refused until the deadline
 */
export const transact = async (
  { documents, tableName, clock }: Table,
  writes: readonly Write[],
  patience: WriteOptions,
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
  const { throttle } = patience;
  const inTime = async () => {
    if (clock() >= patience.deadline) throw notFinished();
    return attempt();
  };
  const paced = throttle ? () => throttle(inTime) : attempt;
  return withRetries(paced, { clock, ...patience });
};

/**
 * One conditional UpdateItem.
 * @returns the item after it, or the refusal
 * @throws unavailable()
 */
export const updateItem = async (
  { documents, tableName, clock }: Table,
  write: Write & { readonly update: Update },
  patience: WriteOptions,
): Promise<{ readonly done: Item } | { readonly refusal: Refusal }> => {
  const command = new UpdateCommand({ ...toUpdate(tableName, write), ReturnValues: 'ALL_NEW' });
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
  return withRetries(attempt, { clock, ...patience });
};
