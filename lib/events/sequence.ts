/** What makes events comparable: the id of each, and its place in an order. */
import { createHash } from 'node:crypto';

const DIGITS = 40;
/** Compares as a string. */
export const toSequence = (counter: number): string => String(counter).padStart(DIGITS, '0');
/** The same for the same change, however often it is told and from whichever copy of the table. */
export const toEventId = (facts: readonly (string | number)[]): string =>
  `evt_${createHash('sha256').update(JSON.stringify(facts)).digest('base64url').slice(0, 32)}`;
