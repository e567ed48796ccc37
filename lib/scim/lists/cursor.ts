/**
 * Cursors (RFC 9865): the position where the next page begins, and the page size, sealed with the key of the directory
 * and bound to one query. A position holds the value that the page is sorted by, often an e-mail address, which must not
 * be readable in the logs of a proxy. A cursor of another directory, type, filter or order is refused, as is an altered
 * one. It grants no access: its position is applied only to the query it is sent with. So it never expires.
 */
import { invalidCursor } from '../error.ts';
import type { BoundFilter } from '../filter/bound-filter.ts';
import { targetPath } from '../schema/attribute-path.ts';
import type { Sort } from './sort.ts';

/** The query that a cursor is bound to. The requested attributes may change between pages. */
export type CursorScope = {
  readonly directory: string;
  readonly typeName: string;
  readonly filter: BoundFilter | undefined;
  readonly sort: Sort | undefined;
};
/** What a cursor holds: where the page ended, as the store returned it, and the page size, which all pages share. */
export type CursorContent = { readonly position: string; readonly count: number };

/** 32 random bytes in base64. */
export type CursorKey = string;
export const createCursorKey = (): CursorKey => toBase64(crypto.getRandomValues(new Uint8Array(32)));

const encoder = new TextEncoder();
const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));
const fromBase64 = (text: string) => Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0));
/** Its characters are unreserved in a URI, as RFC 9865 section 2 requires. */
const toBase64Url = (bytes: Uint8Array): string =>
  toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const fromBase64Url = (text: string) => fromBase64(text.replaceAll('-', '+').replaceAll('_', '/'));

/** Independent of the letter case of names, because RFC 9865 section 2 itself varies it between pages. */
const describeFilter = (filter: BoundFilter | undefined): string =>
  JSON.stringify(filter ?? null, (key, value) => {
    if (key === 'literal') return undefined;
    return key === 'target' ? targetPath(value) : value;
  });

/** Of the form of cursors: a new form must not open cursors of this one. */
const FORM = 1;
const IV_BYTES = 12;
/** AES-256-GCM: the query is authenticated with the content, without being part of the cursor. */
const cipher = ({ directory, typeName, filter, sort }: CursorScope, iv: Uint8Array<ArrayBuffer>) => ({
  name: 'AES-GCM',
  iv,
  additionalData: encoder.encode(
    JSON.stringify([
      FORM,
      directory,
      typeName,
      describeFilter(filter),
      sort && targetPath(sort.target),
      sort?.descending,
    ]),
  ),
});
const importKey = (key: CursorKey) =>
  crypto.subtle.importKey('raw', fromBase64(key), 'AES-GCM', false, ['encrypt', 'decrypt']);

export const sealCursor = async (
  key: CursorKey,
  scope: CursorScope,
  { position, count }: CursorContent,
): Promise<string> => {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const content = encoder.encode(JSON.stringify([count, position]));
  const sealed = await crypto.subtle.encrypt(cipher(scope, iv), await importKey(key), content);
  return toBase64Url(new Uint8Array([...iv, ...new Uint8Array(sealed)]));
};

/**
 * @param cursor as the client sent it, not empty
 * @throws invalidCursor unless `sealCursor` issued it for this query
 */
export const openCursor = async (key: CursorKey, scope: CursorScope, cursor: string): Promise<CursorContent> => {
  try {
    const bytes = fromBase64Url(cursor);
    // Several texts stand for the same bytes, but only one was issued.
    if (toBase64Url(bytes) !== cursor) throw new Error('not canonical');
    const { buffer } = bytes;
    const content = await crypto.subtle.decrypt(
      cipher(scope, new Uint8Array(buffer, 0, IV_BYTES)),
      await importKey(key),
      new Uint8Array(buffer, IV_BYTES),
    );
    // Authenticated, so it is what `sealCursor` wrote.
    const [count, position] = JSON.parse(new TextDecoder().decode(content)) as [number, string];
    return { count, position };
  } catch {
    throw invalidCursor('cursor does not belong to this query: start again with an empty cursor.');
  }
};
