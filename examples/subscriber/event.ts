/** Parses an event and validates the parts that this application relies on. */
import type { LifecycleEvent } from '../../lib/subscriber/lifecycle-events.ts';

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/**
 * @param body the event in JSON, as EventBridge passes it to a target
 * @throws Error if it is not an event from Rollcall
 */
export const parseEvent = (body: string): LifecycleEvent => {
  const event: unknown = JSON.parse(body);
  const detail = isObject(event) && event.source === 'rollcall' ? event.detail : undefined;
  if (!isObject(detail) || typeof detail.type !== 'string' || !isObject(detail.directory))
    throw new Error('not an event from Rollcall');
  // To validate every field, use the JSON Schemas in docs/event-schemas.
  return detail as LifecycleEvent;
};
