/** The event out of what arrived, checked as far as this application depends on it. */
import type { LifecycleEvent } from '../../lib/subscriber/lifecycle-events.ts';

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/**
 * @param body JSON: the event as EventBridge hands it to a target
 * @throws Error when it is no event of Rollcall
 */
export const parseEvent = (body: string): LifecycleEvent => {
  const event: unknown = JSON.parse(body);
  const detail = isObject(event) && event.source === 'rollcall' ? event.detail : undefined;
  if (!isObject(detail) || typeof detail.type !== 'string' || !isObject(detail.directory))
    throw new Error('not an event of Rollcall');
  // Whoever wants every field checked takes the JSON Schemas of docs/event-schemas.
  return detail as LifecycleEvent;
};
