/** Sizes of EventBridge's PutEvents ("Calculating PutEvents event entry size", EventBridge user guide). */
import { EVENT_SOURCE } from './event-source.ts';

/**
 * Bounds of an event's size, in bytes. EventBridge accepts 1 MB (1,048,576) per request. The default is the 256 KB that
 * targets such as SNS and Step Functions accept.
 */
export const eventBytes = { least: 64 * 1024, default: 256 * 1024, most: 1_000_000 } as const;

const bytes = (text: string) => Buffer.byteLength(text);
/** @returns the size of an event's entry, which has neither `Time` (14 bytes) nor `Resources` */
export const entryBytes = ({ type, detail }: { readonly type: string; readonly detail: object }): number =>
  bytes(EVENT_SOURCE) + bytes(type) + bytes(JSON.stringify(detail));
