/**
 * Puts lifecycle events on the bus, in order for each order key.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */

import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { jitteredDelay } from '../common/backoff.ts';
import { entryBytes, eventBytes } from './entry-size.ts';
import type { LifecycleEvent } from './envelope.ts';
import { EVENT_SOURCE } from './event-source.ts';

const ENTRIES_PER_REQUEST = 10;
/** Attempts per entry. The client itself makes one. */
const ATTEMPTS = 5;
const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 2000;
const CONNECT_MS = 1000;
/** The longest that one call of PutEvents takes; usually it takes some milliseconds. */
export const CALL_MS = 3000;

/** The client of a publisher, which retries itself. */
export const createPublisherClient = (): EventBridgeClient =>
  new EventBridgeClient({ maxAttempts: 1, requestHandler: { connectionTimeout: CONNECT_MS } });

/** Errors of an entry, or of a request with one entry, that no retry changes. All others count as an outage. */
const REFUSALS = new Set(['InvalidArgument', 'MalformedDetail', 'ValidationException']);
const TOO_LARGE = 413;

type Entry = {
  readonly index: number;
  readonly event: LifecycleEvent;
  readonly bytes: number;
  /** How often EventBridge rejected the entry. */
  readonly failures: number;
  /** Sent in a request of its own, after a request with others was refused as a whole. */
  readonly alone?: true;
};
type Rejection = { readonly reason: string; readonly outcome: 'retry' | 'refused' | 'split' };
type Rejected = ReadonlyMap<Entry, Rejection>;
type Send = (batch: readonly Entry[]) => Promise<Rejected>;

/**
 * Entries that fit into one request: ten, of `limitBytes` in all unless it is one alone, and only the first of each order
 * key, because entries fail independently.
 */
const nextBatch = (queue: readonly Entry[], limitBytes: number): readonly Entry[] => {
  const batch: Entry[] = [];
  const keys = new Set<string>();
  let bytes = 0;
  for (const entry of queue) {
    if (batch.length === ENTRIES_PER_REQUEST || batch[0]?.alone) break;
    const fits = batch.length === 0 || (!entry.alone && bytes + entry.bytes <= limitBytes);
    if (fits && !keys.has(entry.event.orderKey)) {
      batch.push(entry);
      bytes += entry.bytes;
    }
    keys.add(entry.event.orderKey);
  }
  return batch;
};

/** A refusal says its class alone: the message may quote the entry, which has personal data. */
const toRejection = (error: unknown, isAlone: boolean): Rejection => {
  if (!(error instanceof Error)) return { reason: 'UnknownError', outcome: 'retry' };
  const { $metadata } = error as Error & { readonly $metadata?: { readonly httpStatusCode?: number } };
  if (!REFUSALS.has(error.name) && $metadata?.httpStatusCode !== TOO_LARGE)
    return { reason: `${error.name}: ${error.message}`, outcome: 'retry' };
  return { reason: error.name, outcome: isAlone ? 'refused' : 'split' };
};

const sendTo =
  (client: EventBridgeClient, busName: string): Send =>
  async (batch) => {
    const Entries = batch.map(({ event: { type, detail } }) => ({
      EventBusName: busName,
      Source: EVENT_SOURCE,
      DetailType: type,
      Detail: JSON.stringify(detail),
    }));
    try {
      const abortSignal = AbortSignal.timeout(CALL_MS);
      const answers = (await client.send(new PutEventsCommand({ Entries }), { abortSignal })).Entries ?? [];
      const rejected = batch.flatMap((entry, i) => {
        if (answers[i]?.EventId !== undefined) return [];
        const reason = answers[i]?.ErrorCode ?? 'NoAnswer';
        return [[entry, { reason, outcome: REFUSALS.has(reason) ? 'refused' : 'retry' }] as const];
      });
      return new Map(rejected);
    } catch (error) {
      return new Map(batch.map((entry) => [entry, toRejection(error, batch.length === 1)] as const));
    }
  };

/** The queue after a request: without the entries that the bus accepted or refuses. */
const after = (queue: readonly Entry[], batch: readonly Entry[], rejected: Rejected): Entry[] => {
  const sent = new Set(batch);
  return queue.flatMap((entry): readonly Entry[] => {
    if (!sent.has(entry)) return [entry];
    const outcome = rejected.get(entry)?.outcome;
    if (outcome === 'retry') return [{ ...entry, failures: entry.failures + 1 }];
    return outcome === 'split' ? [{ ...entry, alone: true }] : [];
  });
};

type Refused = { readonly index: number; readonly reason: string };
type Published = {
  /** Counts from the start. The events before it are on the bus, or refused. */
  readonly published: number;
  /** Events that EventBridge refuses at every attempt, because of the events themselves. */
  readonly refused?: readonly Refused[];
  /** Why the event at `published` is not on the bus. It may be accepted later. */
  readonly error?: string;
};
export type PublishOptions = {
  /** Milliseconds since 1970, after which no call begins; one in progress ends within `CALL_MS`. @default none */
  readonly deadline?: number | undefined;
};
/** Never throws. After an error, later events may also be on the bus; publish them again all the same. */
export type Publish = (events: readonly LifecycleEvent[], options?: PublishOptions) => Promise<Published>;

export type PublisherOptions = {
  readonly client: EventBridgeClient;
  /** Name or ARN. */
  readonly busName: string;
  /** Size of all entries of a request together. @default 256 KB */
  readonly limitBytes?: number | undefined;
  /** Waits for a number of milliseconds. */
  readonly sleep?: (milliseconds: number) => Promise<void>;
};

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** Sends one request. `failures` is how often the entry that was rejected most often has been rejected by now. */
const sendNext = async (queue: readonly Entry[], limitBytes: number, send: Send) => {
  const batch = nextBatch(queue, limitBytes);
  const rejected = await send(batch);
  const of = (wanted: Rejection['outcome']) => [...rejected].filter(([, { outcome }]) => outcome === wanted);
  return {
    left: after(queue, batch, rejected),
    refused: of('refused').map(([{ index }, { reason }]): Refused => ({ index, reason })),
    failures: Math.max(0, ...of('retry').map(([entry]) => entry.failures + 1)),
    error: [...new Set(of('retry').map(([, { reason }]) => reason))].join(', ') || undefined,
  };
};

const toPublished = (published: number, refused: readonly Refused[], error?: string): Published => ({
  published,
  ...(refused.length === 0 ? {} : { refused: refused.toSorted((a, b) => a.index - b.index) }),
  ...(error === undefined ? {} : { error }),
});

/**
 * Publishes events with the same order key one after another, each after EventBridge accepted the previous one, and
 * others ten at a time. Only rejected entries are sent again, until one of them has failed five times. An entry that
 * EventBridge refuses is left out, and does not hold up later ones.
 */
export function createPublisher({
  client,
  busName,
  limitBytes = eventBytes.default,
  sleep = pause,
}: PublisherOptions): Publish {
  const send = sendTo(client, busName);
  return async (events, { deadline = Number.POSITIVE_INFINITY } = {}) => {
    const refused: Refused[] = [];
    let queue = events.map((event, index): Entry => ({ index, event, bytes: entryBytes(event), failures: 0 }));
    let error: string | undefined;
    while (queue.length > 0 && Date.now() < deadline) {
      const sent = await sendNext(queue, limitBytes, send);
      refused.push(...sent.refused);
      queue = sent.left;
      error = sent.error;
      if (sent.failures >= ATTEMPTS) break;
      if (sent.failures > 0) await sleep(jitteredDelay(sent.failures - 1, FIRST_DELAY_MS, LONGEST_DELAY_MS));
    }
    const [first] = queue;
    return first === undefined
      ? toPublished(events.length, refused)
      : toPublished(first.index, refused, error ?? 'out of time');
  };
}
