/** What every event has, whatever it tells of: its type, its id, its place in an order. */
import { createHash } from 'node:crypto';
import type { JsonObject } from '../scim/index.ts';

export type LifecycleEvent = {
  /** `detail-type` as well as `detail.type`. */
  readonly type: string;
  readonly detail: JsonObject;
  /** Events with one key are published in their order: those of one resource, of one membership, of one directory. */
  readonly orderKey: string;
};

const DIGITS = 40;
/** Compares as a string. */
export const toSequence = (counter: number): string => String(counter).padStart(DIGITS, '0');
/** The same for the same change, however often it is told and from whichever copy of the table. */
export const toEventId = (facts: readonly (string | number)[]): string =>
  `evt_${createHash('sha256').update(JSON.stringify(facts)).digest('base64url').slice(0, 32)}`;
