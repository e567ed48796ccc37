import { describe, expect, test } from 'vitest';
import type { TokenContext } from '../../lib/lambda/scim-request.ts';
import { checkToken, isInScope } from '../../lib/lambda/token-check.ts';
import { Directory } from '../../lib/store/items/directory-item.ts';
import type { Denial } from '../../lib/tokens/token-ports.ts';

const createdAt = '2026-11-21T10:00:00.000Z';
const now = Date.parse('2026-11-21T12:00:00.000Z');
const token: TokenContext = {
  directory: 'acme',
  tokenId: 't1',
  tokenName: 'okta',
  scopes: ['read', 'write'],
  createdAt,
  incarnation: createdAt,
};
const access = (denial?: Denial, more: object = {}) => ({
  directory: Directory.parse({ id: 'acme', createdAt, ...more }),
  denials: new Map(denial === undefined ? [] : [['t1', denial]]),
});
const at = (seconds: number) => new Date(now + seconds * 1000).toISOString();

describe('checkToken', () => {
  test.each([
    ['a token of the directory', token, access(), 'valid'],
    ['a token of the first release', { ...token, createdAt: undefined, incarnation: undefined }, access(), 'valid'],
    ['no such directory', token, undefined, 'refused'],
    ['a directory that is being deleted', token, access(undefined, { status: 'deleting' }), 'refused'],
    ['a paused directory', token, access(undefined, { status: 'paused' }), 'valid'],
    ['an expired token', { ...token, expiresAt: at(0) }, access(), 'refused'],
    ['a token that expires in a millisecond', { ...token, expiresAt: at(0.001) }, access(), 'valid'],
    [
      'a token older than the directory',
      { ...token, createdAt: at(-99_999), incarnation: undefined },
      access(),
      'refused',
    ],
    ['a token of another incarnation', { ...token, createdAt: at(0), incarnation: at(-1) }, access(), 'unclear'],
    ['a denied token', token, access({ shard: 1, from: at(0) }), 'refused'],
    ['a token that is denied later', token, access({ shard: 1, from: at(1) }), 'valid'],
    ['a token that is pending', token, access({ shard: 1, from: at(0), pending: true }), 'unclear'],
    ['a denial of another token', { ...token, tokenId: 't2' }, access({ shard: 1, from: at(0) }), 'valid'],
  ] as const)('%s', (_name, context, found, verdict) => {
    expect(checkToken(context as TokenContext, found, now)).toBe(verdict);
  });
});

test.each([
  [['read'], 'GET', ['Users'], true],
  [['read'], 'HEAD', ['Users'], true],
  [['read'], 'POST', ['Users', '.search'], true],
  [['read'], 'POST', ['Users'], false],
  [['read'], 'PATCH', ['Users', '1'], false],
  [['read'], 'DELETE', ['Users', '.search'], false],
  [['write'], 'DELETE', ['Users', '1'], true],
  [undefined, 'DELETE', ['Users', '1'], true],
  [[], 'GET', ['Users'], false],
] as const)('scopes %j: %s %j is %s', (scopes, method, path, allowed) => {
  expect(isInScope({ ...token, scopes }, { method, path })).toBe(allowed);
});
