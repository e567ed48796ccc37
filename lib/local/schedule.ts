/** Invokes a function at a fixed interval, in place of an EventBridge schedule. */
import type { Context, ScheduledEvent } from 'aws-lambda';
import { createContext } from './invocation-context.ts';

type ScheduledFunction = (event: ScheduledEvent, context: Context) => Promise<unknown>;
export type Schedule = { readonly name: string; readonly seconds: number; readonly handler: ScheduledFunction };

const eventOf = (name: string): ScheduledEvent => ({
  version: '0',
  id: crypto.randomUUID(),
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account: '000000000000',
  time: new Date().toISOString(),
  region: 'local',
  resources: [`arn:aws:events:local:000000000000:rule/${name}`],
  detail: {},
});

/** Starts the schedule. @returns a function that stops it and waits for the invocation in progress */
export function startSchedule({ name, seconds, handler }: Schedule): () => Promise<void> {
  let current: Promise<unknown> = Promise.resolve();
  let busy = false;
  const call = async () => {
    busy = true;
    try {
      await handler(eventOf(name), createContext(name));
    } catch (error) {
      console.error(`${name} failed. The next run is in at most ${seconds} seconds.`, error);
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(() => {
    if (!busy) current = call();
  }, seconds * 1000);
  return async () => {
    clearInterval(timer);
    await current;
  };
}
