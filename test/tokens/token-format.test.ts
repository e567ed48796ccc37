import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createToken,
  createTokenId,
  hashToken,
  parseAuthorization,
  parseToken,
  TOKEN_PATTERN,
} from '../../lib/tokens/token-format.ts';

/** Computed with an independent implementation (Python): zlib's CRC32 of the text before the last `_`, in base62. */
const FIXED = `scim_1_0123456789ab_${'0'.repeat(43)}_1M3lyI`;

const shards = fc.integer({ min: 1, max: 99_999_999 });
const tokens = shards.map((shard) => createToken(shard, createTokenId()));

describe('the format never changes, because tokens live for years', () => {
  test('a token of the first release is still valid', () => {
    expect(parseToken(FIXED)).toEqual({ token: FIXED, shard: 1, tokenId: '0123456789ab' });
  });

  test('its hash is SHA-256 in hex', () => {
    expect(hashToken('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

test('what is made is understood, has at most 128 characters, and is found by secret scanners', () => {
  fc.assert(
    fc.property(shards, (shard) => {
      const tokenId = createTokenId();
      const token = createToken(shard, tokenId);
      expect(parseToken(token)).toEqual({ token, shard, tokenId });
      expect(token.length).toBeLessThanOrEqual(128);
      expect(TOKEN_PATTERN.exec(`Authorization: "${token}",`)?.[0]).toBe(token);
    }),
  );
});

test('no two tokens are alike', () => {
  const made = new Set(Array.from({ length: 1000 }, () => createToken(1, createTokenId())));
  expect(made.size).toBe(1000);
});

test('one changed character is refused', () => {
  const others = fc.constantFrom(...'0123456789ABCXYZabcxyz_-. é');
  fc.assert(
    fc.property(tokens, fc.nat(), others, (token, at, other) => {
      const position = at % token.length;
      fc.pre(token[position] !== other);
      expect(parseToken(token.slice(0, position) + other + token.slice(position + 1))).toBeUndefined();
    }),
    { numRuns: 2000 },
  );
});

test('every shortened token is rejected', () => {
  const token = createToken(7, createTokenId());
  for (let length = 0; length < token.length; length += 1) {
    expect(parseToken(token.slice(0, length))).toBeUndefined();
    expect(parseToken(token.slice(token.length - length))).toBeUndefined();
  }
});

test('any text is rejected without an exception', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      expect(parseAuthorization(text)).toBeUndefined();
    }),
  );
});

const token = FIXED;
test.each([
  ['empty', ''],
  ['words', 'not a token'],
  ['a space inside', token.replace('_', ' _')],
  ['a newline at the end', `${token}\n`],
  ['another scheme', token.replace('scim_', 'SCIM_')],
  ['shard 0', token.replace('scim_1_', 'scim_0_')],
  ['a padded shard', token.replace('scim_1_', 'scim_01_')],
  ['a shard that is not a number', token.replace('scim_1_', 'scim___proto___')],
  ['a negative shard', token.replace('scim_1_', 'scim_-1_')],
  ['a path in the shard', token.replace('scim_1_', 'scim_../../x_')],
  ['another checksum', token.replace(/.$/, 'x')],
  ['no checksum', token.slice(0, -7)],
  ['two checksums', `${token}_1M3lyI`],
  ['a million characters', token.padEnd(1_000_000, '0')],
  ['a million underscores', '_'.repeat(1_000_000)],
])('%s is not a token', (_, text) => {
  expect(parseToken(text)).toBeUndefined();
});

describe('the Authorization header (RFC 6750 section 2.1)', () => {
  test.each([
    ['Bearer', `Bearer ${token}`],
    ['bearer in any case', `bEARER ${token}`],
    ['several spaces', `Bearer \t  ${token}  `],
    ['the token alone', token],
  ])('%s is accepted', (_, header) => {
    expect(parseAuthorization(header)?.token).toBe(token);
  });

  test.each([
    ['Bearer alone', 'Bearer'],
    ['Bearer and a space', 'Bearer '],
    ['no space', `Bearer${token}`],
    ['Bearer twice', `Bearer Bearer ${token}`],
    ['Basic', `Basic ${token}`],
    ['two tokens', `Bearer ${token}, Bearer ${token}`],
    ['a long header', `Bearer ${' '.repeat(10_000)}${token}`],
  ])('%s is rejected', (_, header) => {
    expect(parseAuthorization(header)).toBeUndefined();
  });
});
