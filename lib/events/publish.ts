/**
 * Puts lifecycle events on the bus, in order for each order key.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */

import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { jitteredDelay } from '../common/backoff.ts';
import { ENTRY_LIMIT_BYTES, entryBytes } from './entry-size.ts';
import type { LifecycleEvent } from './envelope.ts';
import { EVENT_SOURCE } from './event-source.ts';

const ENTRIES_PER_REQUEST = 10;
/** Attempts per entry, beyond those of the SDK, which retries only whole requests. */
const ATTEMPTS = 5;
const BACKOFF = { firstMs: 50, longestMs: 2000 };

type Entry = {
  readonly index: number;
  readonly event: LifecycleEvent;
  readonly bytes: number;
  /** How often EventBridge rejected the entry. */
  readonly failures: number;
};
/** Rejected entries with the reasons. */
type Rejected = ReadonlyMap<Entry, string>;
type Send = (batch: readonly Entry[]) => Promise<Rejected>;

/** Entries that fit into one request: only the first of each order key, because entries fail independently. */
const nextBatch = (queue: readonly Entry[]): readonly Entry[] => {
  const batch: Entry[] = [];
  const keys = new Set<string>();
  let bytes = 0;
  for (const entry of queue) {
    if (batch.length === ENTRIES_PER_REQUEST) break;
    const fits = batch.length === 0 || bytes + entry.bytes <= ENTRY_LIMIT_BYTES;
    if (fits && !keys.has(entry.event.orderKey)) {
      batch.push(entry);
      bytes += entry.bytes;
    }
    keys.add(entry.event.orderKey);
  }
  return batch;
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
      const answers = (await client.send(new PutEventsCommand({ Entries }))).Entries ?? [];
      const rejected = batch.flatMap((entry, i) =>
        answers[i]?.EventId === undefined ? [[entry, answers[i]?.ErrorCode ?? 'NoAnswer'] as const] : [],
      );
      return new Map(rejected);
    } catch (error) {
      const why = error instanceof Error ? `${error.name}: ${error.message}` : 'UnknownError';
      return new Map(batch.map((entry) => [entry, why] as const));
    }
  };

const without = (queue: readonly Entry[], batch: readonly Entry[], rejected: Rejected): readonly Entry[] => {
  const sent = new Set(batch);
  return queue.flatMap((entry) => {
    if (rejected.has(entry)) return [{ ...entry, failures: entry.failures + 1 }];
    return sent.has(entry) ? [] : [entry];
  });
};

/** `published` counts from the start. The event at that index is the first that failed, for the reason in `error`. */
type Published = { readonly published: number; readonly error?: string };
/** Never throws. Events after the first that failed may also be on the bus; publish them again all the same. */
export type Publish = (events: readonly LifecycleEvent[]) => Promise<Published>;

export type PublisherOptions = {
  readonly client: EventBridgeClient;
  /** Name or ARN. */
  readonly busName: string;
  /** Waits for a number of milliseconds. */
  readonly sleep?: (milliseconds: number) => Promise<void>;
};

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/**
 * Publishes events with the same order key one after another, each after EventBridge accepted the previous one, and
 * others ten at a time. Only rejected entries are sent again, until one of them has failed five times.
 */
export function createPublisher({ client, busName, sleep = pause }: PublisherOptions): Publish {
  const send = sendTo(client, busName);
  return async (events) => {
    let queue: readonly Entry[] = events.map((event, index) => ({
      index,
      event,
      bytes: entryBytes(event),
      failures: 0,
    }));
    let [first] = queue;
    while (first !== undefined) {
      const batch = nextBatch(queue);
      const rejected = await send(batch);
      queue = without(queue, batch, rejected);
      [first] = queue;
      const failures = Math.max(0, ...[...rejected.keys()].map((entry) => entry.failures + 1));
      if (first !== undefined && failures >= ATTEMPTS) {
        return { published: first.index, error: [...new Set(rejected.values())].join(', ') };
      }
      if (failures > 0) await sleep(jitteredDelay(failures - 1, BACKOFF));
    }
    return { published: events.length };
  };
}
