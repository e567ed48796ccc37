/** The parts that all events have in common: type, id and position in an order. */
import { createHash } from 'node:crypto';
import type { JsonObject } from '../scim/index.ts';

export type LifecycleEvent = {
  /** Value of both `detail-type` and `detail.type`. */
  readonly type: string;
  readonly detail: JsonObject;
  /** Events with the same key are published in order: those of one resource, one membership or one directory. */
  readonly orderKey: string;
};

const DIGITS = 40;
/** Zero-padded, so that sequences compare as strings. */
export const toSequence = (counter: number): string => String(counter).padStart(DIGITS, '0');
/** Deterministic: one change has the same id at every delivery, and from every copy of the table. */
export const toEventId = (facts: readonly (string | number)[]): string =>
  `evt_${createHash('sha256').update(JSON.stringify(facts)).digest('base64url').slice(0, 32)}`;
