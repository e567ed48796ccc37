/** The text of a body: UTF-8 (RFC 7644 section 3.8, RFC 8259 section 8.1) without a content coding. */
import { invalidSyntax, ScimError } from '../error.ts';
import type { ScimRequest } from './request.ts';

const CHARSET = /;\s*charset\s*=\s*["']?([^"';\s]+)/i;
/** ASCII is a subset of UTF-8, so a client that declares it may send either. */
const UTF8 = /^(utf-?8|us-ascii)$/i;
const isAscii = (bytes: Uint8Array) => bytes.every((byte) => byte < 0x80);

/**
 * Decodes the body strictly, because replaced bytes would turn different names into the same one. A byte order mark is
 * dropped. A text that the host has decoded already is returned as it is.
 * @throws 415 for a Content-Encoding, and for a charset other than UTF-8 if the body is not ASCII; 400 invalidSyntax
 */
export const decodeBody = (body: string | Uint8Array, header: ScimRequest['header']): string => {
  const coding = header('content-encoding')?.trim().toLowerCase() ?? '';
  if (coding !== '' && coding !== 'identity')
    throw new ScimError(415, `The body has the Content-Encoding ${coding}: send it without one.`, {
      headers: { 'Accept-Encoding': 'identity' },
    });
  if (typeof body === 'string') return body;
  const charset = CHARSET.exec(header('content-type') ?? '')?.[1];
  if (charset !== undefined && !UTF8.test(charset) && !isAscii(body))
    throw new ScimError(415, `The body has the charset ${charset}: send it as UTF-8.`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw invalidSyntax('The body is not valid UTF-8: encode it as UTF-8.');
  }
};
