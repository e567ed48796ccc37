/** Size limits of EventBridge's PutEvents ("Calculating PutEvents event entry size", EventBridge user guide). */
import { EVENT_SOURCE } from './event-source.ts';

/** Applies to one entry, and to all entries of a request together. */
export const ENTRY_LIMIT_BYTES = 256 * 1024;

const bytes = (text: string) => Buffer.byteLength(text);
/** @returns the size of an event's entry, which has neither `Time` nor `Resources` */
export const entryBytes = ({ type, detail }: { readonly type: string; readonly detail: object }): number =>
  bytes(EVENT_SOURCE) + bytes(type) + bytes(JSON.stringify(detail));
