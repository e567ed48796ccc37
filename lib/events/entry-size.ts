/** How much EventBridge's PutEvents takes ("Calculating PutEvents event entry size", EventBridge user guide). */
import { EVENT_SOURCE } from './event-source.ts';

/** For one entry, and for all entries of a request together. */
export const ENTRY_LIMIT_BYTES = 256 * 1024;

const bytes = (text: string) => Buffer.byteLength(text);
/** @returns what the entry of an event counts: it has neither time nor resources */
export const entryBytes = ({ type, detail }: { readonly type: string; readonly detail: object }): number =>
  bytes(EVENT_SOURCE) + bytes(type) + bytes(JSON.stringify(detail));
