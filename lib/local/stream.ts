/**
 * Passes the table's stream to the stream function as Lambda's event source mapping does: filtered and in batches,
 * retrying from the first failed record without limit, until a record has been failing for as long as the mapping allows.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 */

import type { _Record, DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { Context, DynamoDBStreamEvent } from 'aws-lambda';
import * as z from 'zod';
import { exponentialDelay } from '../common/backoff.ts';
import { STREAM_RECORD_AGE_SECONDS } from '../lambda/times.ts';
import { createContext } from './invocation-context.ts';
import { createStreamReader, type StreamPosition } from './stream-reader.ts';
import { passesFilter, toLambdaRecord } from './stream-record.ts';

/** Called as Lambda calls it; the result is validated. */
export type StreamHandler = (event: DynamoDBStreamEvent, context: Context) => Promise<unknown>;
export type StreamProps = {
  readonly client: DynamoDBStreamsClient;
  readonly streamArn: string;
  readonly handler: StreamHandler;
  /** The position saved last; undefined starts at the oldest record. */
  readonly position: StreamPosition | undefined;
  readonly savePosition: (position: StreamPosition) => void;
  /** The failure destination: receives a record that is too old, before it is skipped. */
  readonly park: (event: DynamoDBStreamEvent) => void;
  /** Delay after the first failure, doubled after each further one up to five seconds. @default 100 */
  readonly backoffMilliseconds?: number;
  /** Age at which a record that keeps failing goes to the failure destination. @default that of the stack */
  readonly maximumAgeSeconds?: number;
  /** The longest that stopping may take. @default 2000 */
  readonly drainMilliseconds?: number | undefined;
};
export type StreamPoller = {
  /** Polls at once, because a write has just been answered. */
  nudge(): void;
  /** Handles the records already in the stream, for at most `drainMilliseconds`. */
  stop(): Promise<void>;
};

const BATCH = 100;
const IDLE_MS = 1000;
const LONGEST_BACKOFF_MS = 5000;
const DRAIN_MS = 2000;

const Answer = z
  .object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string().nullish() })).nullish() })
  .nullish();

/** Counts the records handled from the start. An identifier that is not in the batch fails the whole batch. */
const countHandled = (batch: readonly _Record[], answer: unknown): number => {
  const failures = Answer.parse(answer)?.batchItemFailures ?? [];
  const failed = failures.map(({ itemIdentifier }) =>
    batch.findIndex((record) => record.dynamodb?.SequenceNumber === itemIdentifier),
  );
  return Math.max(0, Math.min(batch.length, ...failed));
};

const sleeper = () => {
  let wake = () => {};
  return {
    sleep: (milliseconds: number) =>
      new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
    wake: () => wake(),
  };
};

/** The state of a stream: records that were read but not handled yet. */
const createBatches = (props: StreamProps) => {
  const { client, streamArn, handler, savePosition, park, maximumAgeSeconds = STREAM_RECORD_AGE_SECONDS } = props;
  const reader = createStreamReader(client, streamArn, props.position);
  let pending: readonly _Record[] = [];
  let shardId = '';
  /** The last record read, before the filter: the position once everything pending is handled. */
  let readUpTo: string | undefined;
  /** One after a failure, as a mapping halves its batches, so that one record fails alone; then it grows again. */
  let size = BATCH;
  let failures = 0;

  const fill = async () => {
    const read = await reader.read();
    shardId = read.shardId;
    readUpTo = read.records.at(-1)?.dynamodb?.SequenceNumber;
    pending = read.records.filter(passesFilter);
    advance(0);
    return read.records.length > 0;
  };
  const advance = (count: number) => {
    const last = pending[count - 1]?.dynamodb?.SequenceNumber;
    pending = pending.slice(count);
    const sequenceNumber = pending.length === 0 ? readUpTo : last;
    if (sequenceNumber !== undefined) savePosition({ streamArn, shardId, sequenceNumber });
  };
  const toEvent = (records: readonly _Record[]) => ({ Records: records.map((r) => toLambdaRecord(r, streamArn)) });
  const invoke = async (batch: readonly _Record[]) => {
    try {
      return countHandled(batch, await handler(toEvent(batch), createContext('lifecycle-events')));
    } catch (error) {
      console.error(error);
      return 0;
    }
  };
  /** Only after a failure: unlike a mapping, a local run may have been off for days. */
  const isTooOld = (record: _Record | undefined) =>
    Date.now() - (record?.dynamodb?.ApproximateCreationDateTime?.getTime() ?? Date.now()) > maximumAgeSeconds * 1000;
  const handle = async () => {
    const batch = pending.slice(0, size);
    const handled = await invoke(batch);
    const whole = handled === batch.length;
    size = whole ? Math.min(size * 2, BATCH) : 1;
    failures = whole ? 0 : handled > 0 ? 1 : failures + 1;
    if (handled > 0) advance(handled);
    if (failures === 0 || !isTooOld(pending[0])) return;
    park(toEvent(pending.slice(0, 1)));
    advance(1);
    failures = 0;
  };
  return {
    /** @returns whether there was anything to do */
    async step(): Promise<boolean> {
      if (pending.length === 0 && !(await fill())) return false;
      if (pending.length > 0) await handle();
      return true;
    },
    failures: () => failures,
  };
};

export function pollStream(props: StreamProps): StreamPoller {
  const { backoffMilliseconds = 100, drainMilliseconds = DRAIN_MS } = props;
  const batches = createBatches(props);
  const { sleep, wake } = sleeper();
  let stopped = false;
  let nudged = false;

  const step = () =>
    batches.step().catch((error: unknown) => {
      console.error(error);
      return false;
    });
  const loop = (async () => {
    while (!stopped) {
      nudged = false;
      const worked = await step();
      const failures = batches.failures();
      if (stopped) return;
      if (failures > 0) await sleep(exponentialDelay(failures - 1, backoffMilliseconds, LONGEST_BACKOFF_MS));
      else if (!worked && !nudged) await sleep(IDLE_MS);
    }
  })();
  const drain = async (until: number) => {
    await loop;
    while (performance.now() < until && (await step()) && batches.failures() === 0);
  };
  return {
    nudge() {
      nudged = true;
      if (batches.failures() === 0) wake();
    },
    async stop() {
      stopped = true;
      wake();
      const timeout = sleeper();
      await Promise.race([drain(performance.now() + drainMilliseconds), timeout.sleep(drainMilliseconds)]);
      timeout.wake();
    },
  };
}
