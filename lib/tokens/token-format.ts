/**
 * Text format of a token: `scim_<shard>_<token id>_<secret>_<checksum>`, 69 to 76 characters.
 *
 * | part     | alphabet and length   | meaning                                                |
 * |----------|-----------------------|--------------------------------------------------------|
 * | shard    | number, 1 to 8 digits | secret in Secrets Manager that stores the token's hash |
 * | token id | 0-9 a-z, 12           | identifies the token in lists, logs and events         |
 * | secret   | base62, 43            | 256 random bits                                        |
 * | checksum | base62, 6             | CRC32 of everything before the last `_`                |
 *
 * The checksum rejects most mistyped and made-up tokens without a lookup.
 */
import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/**
 * Pattern for secret scanners. A match is a Rollcall token if its last six characters are the CRC32 of the text before
 * the last `_`, in base62 (digits, upper case, lower case; padded with 0).
 */
export const TOKEN_PATTERN = /\bscim_[1-9][0-9]{0,7}_[0-9a-z]{12}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}\b/;

const WHOLE = new RegExp(`^${TOKEN_PATTERN.source}$`);
/** Longer than any token. Longer text is rejected without being parsed. */
const MAX_LENGTH = 128;

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE36 = '0123456789abcdefghijklmnopqrstuvwxyz';

const toBase62 = (value: bigint, length: number): string => {
  let rest = value;
  let text = '';
  for (let i = 0; i < length; i += 1) {
    text = BASE62.charAt(Number(rest % 62n)) + text;
    rest /= 62n;
  }
  return text;
};

const checksum = (text: string) => toBase62(BigInt(crc32(text)), 6);

export type ParsedToken = {
  /** The whole text. This is a credential, never log it. */
  readonly token: string;
  readonly shard: number;
  readonly tokenId: string;
};

/** @returns 12 characters of 0-9 and a-z, 62 random bits */
export const createTokenId = (): string => {
  const value = randomBytes(12);
  // The bias of the modulo is harmless, because the id is not a secret.
  return Array.from(value, (byte) => BASE36.charAt(byte % 36)).join('');
};

/** @param shard 1 to 99,999,999 */
export const createToken = (shard: number, tokenId: string): string => {
  const secret = toBase62(BigInt(`0x${randomBytes(32).toString('hex')}`), 43);
  const text = `scim_${shard}_${tokenId}_${secret}`;
  return `${text}_${checksum(text)}`;
};

/** @returns undefined if the text is not a token with a valid checksum */
export const parseToken = (text: string): ParsedToken | undefined => {
  if (text.length > MAX_LENGTH || !WHOLE.test(text)) return undefined;
  const end = text.lastIndexOf('_');
  if (checksum(text.slice(0, end)) !== text.slice(end + 1)) return undefined;
  const [, shard = '', tokenId = ''] = text.split('_');
  return { token: text, shard: Number(shard), tokenId };
};

const BEARER = /^bearer[ \t]+/i;
/** Parses a bearer token (RFC 6750 section 2.1). `Bearer` is optional, because Okta's header mode omits it. */
export const parseAuthorization = (header: string): ParsedToken | undefined =>
  header.length > 2 * MAX_LENGTH ? undefined : parseToken(header.trim().replace(BEARER, ''));

/** @returns SHA-256 in hex, the only stored form. A secret of 256 random bits needs neither a salt nor a slow hash. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');
