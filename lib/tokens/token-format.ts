/**
 * The text of a token: `scim_<shard>_<token id>_<secret>_<checksum>`, 69 to 76 characters.
 *
 * | part     | alphabet and length | meaning                                                            |
 * |----------|---------------------|--------------------------------------------------------------------|
 * | shard    | a number, 1 to 8 digits | which secret of Secrets Manager holds the token's hash         |
 * | token id | 0-9 a-z, 12         | names the token in lists, logs and events                          |
 * | secret   | base62, 43          | 256 random bits                                                    |
 * | checksum | base62, 6           | CRC32 of everything before the last `_`: a mistyped or made-up token is refused without a look-up |
 */
import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/**
 * For secret scanners. A match whose last six characters are the CRC32 of what stands before the last `_`, in base62
 * (digits, upper case, lower case; padded with 0), is a token of Rollcall.
 */
export const TOKEN_PATTERN = /\bscim_[1-9][0-9]{0,7}_[0-9a-z]{12}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}\b/;

const WHOLE = new RegExp(`^${TOKEN_PATTERN.source}$`);
/** More than any token has: what is longer is not looked at. */
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
  /** The whole text, a credential: never log it. */
  readonly token: string;
  readonly shard: number;
  readonly tokenId: string;
};

/** @returns 12 characters of 0-9 and a-z, 62 random bits */
export const createTokenId = (): string => {
  const value = randomBytes(12);
  // The two or so bits lost to the unequal remainder do not matter: an id names, it does not protect.
  return Array.from(value, (byte) => BASE36.charAt(byte % 36)).join('');
};

/** @param shard 1 to 99,999,999 */
export const createToken = (shard: number, tokenId: string): string => {
  const secret = toBase62(BigInt(`0x${randomBytes(32).toString('hex')}`), 43);
  const text = `scim_${shard}_${tokenId}_${secret}`;
  return `${text}_${checksum(text)}`;
};

/** @returns undefined for everything that this service cannot have made */
export const parseToken = (text: string): ParsedToken | undefined => {
  if (text.length > MAX_LENGTH || !WHOLE.test(text)) return undefined;
  const end = text.lastIndexOf('_');
  if (checksum(text.slice(0, end)) !== text.slice(end + 1)) return undefined;
  const [, shard = '', tokenId = ''] = text.split('_');
  return { token: text, shard: Number(shard), tokenId };
};

const BEARER = /^bearer[ \t]+/i;
/** RFC 6750 section 2.1. Okta's header mode sends the token without `Bearer`: that is taken too. */
export const parseAuthorization = (header: string): ParsedToken | undefined =>
  header.length > 2 * MAX_LENGTH ? undefined : parseToken(header.trim().replace(BEARER, ''));

/** @returns SHA-256 in hex: all that is kept of a token. 256 random bits need no salt and no slow hash. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');
