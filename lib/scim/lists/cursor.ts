/**
 * Cursors (RFC 9865): the position where the next page begins, with a checksum over the query it belongs to. A cursor
 * from another directory, type, filter or order is refused, as is an altered one. A cursor grants no access: its
 * position is applied only to the query it is sent with, which reads the caller's own directory. So it needs no secret
 * key and never expires.
 */
import { invalidCursor } from '../error.ts';
import type { BoundFilter } from '../filter/bound-filter.ts';
import { targetPath } from '../schema/attribute-path.ts';
import type { Sort } from './sort.ts';

/** The query that a cursor is bound to. The page size and the requested attributes may change between pages. */
export type CursorScope = {
  readonly directory: string;
  readonly typeName: string;
  readonly filter: BoundFilter | undefined;
  readonly sort: Sort | undefined;
};

const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;
const encoder = new TextEncoder();

/** 64-bit FNV-1a as 16 hexadecimal digits: a checksum, not a signature. */
export const checksum = (text: string): string => {
  let hash = FNV_OFFSET;
  for (const byte of encoder.encode(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * FNV_PRIME);
  return hash.toString(16).padStart(16, '0');
};

/** Independent of the letter case of names, because RFC 9865 section 2 itself varies it between pages. */
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

/** Base64url: its characters are unreserved in a URI, as RFC 9865 section 2 requires. */
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

/** @param position where the page ended, as the store returned it */
export const sealCursor = (scope: CursorScope, position: string): string =>
  toBase64Url(`${sealOf(scope, position)}${position}`);

/**
 * @param cursor as the client sent it, not empty
 * @returns the position
 * @throws invalidCursor unless `sealCursor` issued it for this query
 */
export const openCursor = (scope: CursorScope, cursor: string): string => {
  const position = fromBase64Url(cursor)?.slice(SEAL_LENGTH);
  if (position === undefined || sealCursor(scope, position) !== cursor)
    throw invalidCursor('cursor does not belong to this query: start again with an empty cursor.');
  return position;
};
