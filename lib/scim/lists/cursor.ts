/**
 * Cursors (RFC 9865): the position at which the next page begins, with a checksum over the query that it belongs to. A
 * cursor of another directory, type, filter or order is refused, as is one that was changed. It grants nothing: the
 * position counts only inside the query that it is sent with, which reads the caller's own directory. So no key is kept,
 * and none expires.
 */
import { invalidCursor } from '../error.ts';
import type { BoundFilter } from '../filter/bound-filter.ts';
import { targetPath } from '../schema/attribute-path.ts';
import type { Sort } from './sort.ts';

/** What a cursor is bound to. How many resources a page has, and which of their attributes, may change on the way. */
export type CursorScope = {
  readonly directory: string;
  readonly typeName: string;
  readonly filter: BoundFilter | undefined;
  readonly sort: Sort | undefined;
};

const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;
const encoder = new TextEncoder();

/** FNV-1a of 64 bits, as 16 hexadecimal digits: a checksum, no secret. */
export const checksum = (text: string): string => {
  let hash = FNV_OFFSET;
  for (const byte of encoder.encode(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * FNV_PRIME);
  return hash.toString(16).padStart(16, '0');
};

/** Alike however the client wrote the filter's names: RFC 9865 section 2 itself writes them in two ways. */
const describeFilter = (filter: BoundFilter | undefined): string =>
  JSON.stringify(filter ?? null, (key, value) => {
    if (key === 'literal') return undefined;
    return key === 'target' ? targetPath(value) : value;
  });

const sealOf = ({ directory, typeName, filter, sort }: CursorScope, position: string): string =>
  checksum(
    JSON.stringify([
      directory,
      typeName,
      describeFilter(filter),
      sort && targetPath(sort.target),
      sort?.descending,
      position,
    ]),
  );
const SEAL_LENGTH = 16;

/** Base64url, whose characters are unreserved in a URI, as RFC 9865 section 2 demands. */
const toBase64Url = (text: string): string =>
  btoa(String.fromCharCode(...encoder.encode(text)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

const fromBase64Url = (text: string): string | undefined => {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return undefined;
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (byte) => byte.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
};

/** @param position of the store: where the page ended */
export const sealCursor = (scope: CursorScope, position: string): string =>
  toBase64Url(`${sealOf(scope, position)}${position}`);

/**
 * @param cursor as the client sent it, not empty
 * @returns the position
 * @throws invalidCursor unless `sealCursor` made it for this query
 */
export const openCursor = (scope: CursorScope, cursor: string): string => {
  const position = fromBase64Url(cursor)?.slice(SEAL_LENGTH);
  if (position === undefined || sealCursor(scope, position) !== cursor)
    throw invalidCursor('cursor is not one that this query was answered with; begin again with an empty cursor');
  return position;
};
