/** `--forward URL`: posts each event to a subscriber, signed as the stack's webhook does. Nobody waits for it. */

import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { exponentialDelay } from '../common/backoff.ts';
import { createSignedDelivery } from '../events/signed-delivery.ts';
import type { DataFolder } from './data-folder.ts';
import type { DeliveredEvent } from './event-bridge.ts';

const SECRET_FILE = 'forward-secret.json';
/** What no subscriber took. */
const UNDELIVERED_FILE = 'undelivered.ndjson';
const Secret = z.object({ secret: z.string() });

const AT_ONCE = 8;
/** About five minutes. */
const ATTEMPTS = 12;
const FIRST_DELAY_MS = 200;
const MAX_DELAY_MS = 60_000;
const DRAIN_MS = 1000;

export type Forwarder = {
  readonly url: string;
  /** The subscriber checks the signatures with it. */
  readonly secret: string;
  forward(event: DeliveredEvent): void;
  /** Lets what is under way arrive, for a second or two; what is left goes to a file. */
  stop(): Promise<void>;
};
export type ForwarderProps = {
  readonly url: string;
  readonly folder: Pick<DataFolder, 'read' | 'write' | 'append' | 'pathOf'>;
  /** @default 200; doubled after each failure, up to a minute */
  readonly firstDelayMilliseconds?: number;
};

/** Kept in the data folder, so that the subscriber's settings outlive a restart. */
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

  const giveUp = (event: DeliveredEvent) => folder.append(UNDELIVERED_FILE, event);
  const tell = (error: unknown) => {
    // Once for each outage, not for each event.
    if (!failing)
      console.error(`Events are not delivered to ${url}: ${error instanceof Error ? error.message : error}.`);
    failing = true;
  };
  const tryOnce = async (event: DeliveredEvent): Promise<boolean> => {
    try {
      await deliver(JSON.stringify(event));
      failing = false;
      return true;
    } catch (error) {
      tell(error);
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
    giveUp(event);
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
      for (const event of waiting.splice(0)) giveUp(event);
      await Promise.race([Promise.all(working), wait(DRAIN_MS, undefined, { ref: false })]);
    },
  };
}
