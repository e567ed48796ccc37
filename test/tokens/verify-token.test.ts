import { expect, test } from 'vitest';
import { AUTHORIZER_CACHE_SECONDS, SECRET_CACHE_SECONDS } from '../../lib/lambda/times.ts';
import type { StoredToken } from '../../lib/tokens/stored-token.ts';
import { createTokenCache } from '../../lib/tokens/token-cache.ts';
import { createToken, createTokenId, hashToken } from '../../lib/tokens/token-format.ts';
import { createVerifier } from '../../lib/tokens/verify-token.ts';

const setUp = (more: Partial<StoredToken> = {}) => {
  const id = createTokenId();
  const token = createToken(1, id);
  const entry: StoredToken = {
    directory: 'acme',
    name: 'okta',
    sha256: hashToken(token),
    scopes: ['read'],
    createdAt: '2026-11-21T10:00:00.000Z',
    ...more,
  };
  const state = { now: Date.parse('2026-11-21T12:00:00Z'), reads: 0, tokens: new Map([[id, entry]]) };
  const now = () => state.now;
  const read = async () => {
    state.reads += 1;
    return new Map(state.tokens);
  };
  const cache = createTokenCache({ read, seconds: SECRET_CACHE_SECONDS, now });
  return { token, id, state, verify: createVerifier({ cache, now }) };
};

test('a token gives its directory, name and scopes', async () => {
  const { token, id, verify } = setUp();
  expect(await verify(`Bearer ${token}`)).toEqual({
    tokenId: id,
    tokenName: 'okta',
    directory: 'acme',
    scopes: ['read'],
    createdAt: '2026-11-21T10:00:00.000Z',
    expiresAt: undefined,
    incarnation: undefined,
  });
  expect(await verify(token)).toBeDefined();
});

test('what cannot be a token is refused without a look-up', async () => {
  const { token, state, verify } = setUp();
  for (const header of ['', 'Bearer', `Bearer ${token}x`, `Bearer ${token.slice(0, -1)}`, `Basic ${token}`])
    expect(await verify(header)).toBeUndefined();
  expect(state.reads).toBe(0);
});

test('an existing id with another secret is rejected', async () => {
  const { id, verify } = setUp();
  expect(await verify(`Bearer ${createToken(1, id)}`)).toBeUndefined();
});

test('a token is rejected from the moment it expires, whatever is cached', async () => {
  const { token, state, verify } = setUp({ expiresAt: '2026-11-21T12:00:10.000Z' });
  state.now = Date.parse('2026-11-21T12:00:09.999Z');
  expect(await verify(token)).toBeDefined();
  state.now += 1;
  expect(await verify(token)).toBeUndefined();
});

test('both caches together let a revoked token live for less than a minute', async () => {
  const { token, state, verify } = setUp();
  await verify(token);
  const revoked = state.now;
  state.tokens.clear();
  // Worst case: API Gateway calls the authorizer just before the copy expires, and caches the result.
  let lastAllowed = revoked;
  while (state.now < revoked + 60_000) {
    state.now += 500;
    const calledAt = state.now;
    if ((await verify(token)) !== undefined) lastAllowed = calledAt;
  }
  expect(lastAllowed).toBeGreaterThan(revoked);
  expect((lastAllowed - revoked) / 1000 + AUTHORIZER_CACHE_SECONDS).toBeLessThan(60);
});
