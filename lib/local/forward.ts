/** `--forward URL`: posts each event to a subscriber, signed like the stack's webhook, in the background. */
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { exponentialDelay } from '../common/backoff.ts';
import { createSignedDelivery } from '../events/signed-delivery.ts';
import type { DataFolder } from './data-folder.ts';
import type { DeliveredEvent } from './event-bridge.ts';

const SECRET_FILE = 'forward-secret.json';
/** Events that could not be delivered. */
const UNDELIVERED_FILE = 'undelivered.ndjson';
const Secret = z.object({ secret: z.string() });

const AT_ONCE = 8;
/** They take about five minutes. */
const ATTEMPTS = 12;
const FIRST_DELAY_MS = 200;
const MAX_DELAY_MS = 60_000;
const DRAIN_MS = 1000;

export type Forwarder = {
  readonly url: string;
  /** The subscriber verifies the signatures with it. */
  readonly secret: string;
  forward(event: DeliveredEvent): void;
  /** Waits at most two seconds for deliveries in progress, and writes undelivered events to a file. */
  stop(): Promise<void>;
};
export type ForwarderProps = {
  readonly url: string;
  readonly folder: Pick<DataFolder, 'read' | 'write' | 'append' | 'pathOf'>;
  /** Doubled after each failure, up to a minute. @default 200 */
  readonly firstDelayMilliseconds?: number;
};

/** Saved in the data folder, so that the subscriber's configuration survives a restart. */
const openSecret = (folder: ForwarderProps['folder']): string => {
  const kept = folder.read(SECRET_FILE, Secret);
  if (kept !== undefined) return kept.secret;
  const secret = `whsec_${randomBytes(32).toString('base64url')}`;
  folder.write(SECRET_FILE, { secret });
  return secret;
};

export function createForwarder({ url, folder, firstDelayMilliseconds = FIRST_DELAY_MS }: ForwarderProps): Forwarder {
  const secret = openSecret(folder);
  const deliver = createSignedDelivery({ url, secret });
  const waiting: DeliveredEvent[] = [];
  const working = new Set<Promise<void>>();
  const ended = new AbortController();
  let failing = false;

  const saveUndelivered = (event: DeliveredEvent) => folder.append(UNDELIVERED_FILE, event);
  const reportFailure = (error: unknown) => {
    // Once per outage, not per event.
    if (!failing) console.error(`Cannot deliver events to ${url}: ${error instanceof Error ? error.message : error}.`);
    failing = true;
  };
  const tryOnce = async (event: DeliveredEvent): Promise<boolean> => {
    try {
      await deliver(JSON.stringify(event));
      failing = false;
      return true;
    } catch (error) {
      reportFailure(error);
      return false;
    }
  };
  const send = async (event: DeliveredEvent): Promise<void> => {
    for (let attempt = 1; !ended.signal.aborted; attempt++) {
      if (await tryOnce(event)) return;
      if (attempt === ATTEMPTS) break;
      const delay = exponentialDelay(attempt - 1, { firstMs: firstDelayMilliseconds, longestMs: MAX_DELAY_MS });
      await wait(delay, undefined, { signal: ended.signal }).catch(() => undefined);
    }
    saveUndelivered(event);
  };
  const next = () => {
    for (let event = take(); event !== undefined; event = take()) {
      const work: Promise<void> = send(event).finally(() => {
        working.delete(work);
        next();
      });
      working.add(work);
    }
  };
  const take = () => (working.size < AT_ONCE && !ended.signal.aborted ? waiting.shift() : undefined);

  return {
    url,
    secret,
    forward(event) {
      waiting.push(event);
      next();
    },
    async stop() {
      const until = performance.now() + DRAIN_MS;
      while (working.size > 0 && !failing && performance.now() < until) await wait(20);
      ended.abort();
      for (const event of waiting.splice(0)) saveUndelivered(event);
      await Promise.race([Promise.all(working), wait(DRAIN_MS, undefined, { ref: false })]);
    },
  };
}
