import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { expect, test } from 'vitest';
import { createTokenShards } from '../../lib/store/tokens/token-shards.ts';
import { createShards } from '../../lib/tokens/shard-secret.ts';
import { hashToken, parseToken } from '../../lib/tokens/token-format.ts';
import { createTokenStore, type NewTokenSettings } from '../../lib/tokens/token-store.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { useSecrets } from '../support/secrets.ts';

const engine = useEngine();
const secrets = useSecrets();
/** All stores share one list of shards, as in a deployment; tests lower `maxBytes` as needed. */
const open = (maxBytes = 48 * 1024) =>
  createTokenStore({
    shards: createShards({ client: secrets().client, prefix: 'tokens', maxBytes }),
    shardList: createTokenShards({ client: engine(), tableName: TABLE_NAME }),
  });
const named = (name: string): NewTokenSettings => ({ name, scopes: ['read', 'write'] });
const make = async (directory: string, name: string, maxBytes?: number) => {
  const made = await open(maxBytes).create(directory, named(name));
  if (made === 'taken') throw new Error('taken');
  return made;
};
const secretText = async (shard: number) =>
  (await secrets().client.send(new GetSecretValueCommand({ SecretId: `tokens/${shard}` }))).SecretString ?? '';

test('a token is told once: the secret holds its SHA-256 only', async () => {
  const made = await make('once', 'okta');
  const parsed = parseToken(made.token);
  expect(parsed).toMatchObject({ shard: 1, tokenId: made.id });
  const text = await secretText(1);
  expect(text).toContain(hashToken(made.token));
  expect(text).not.toContain(made.token.split('_')[3]);
  const { token: _, ...rest } = made;
  expect(await open().list('once')).toEqual([rest]);
});

test('fifty rounds of two concurrent creations lose nothing', async () => {
  const made: string[] = [];
  for (let round = 0; round < 50; round += 1) {
    const [a, b] = await Promise.all([make(`two-${round}`, 'a'), make(`two-${round}`, 'b')]);
    made.push(a.id, b.id);
    expect((await open().list(`two-${round}`)).map(({ name }) => name).sort()).toEqual(['a', 'b']);
  }
  expect(new Set(made).size).toBe(100);
});

test('concurrent creations with the same name give one token', async () => {
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => open().create('same', named('okta'))));
  expect(outcomes.filter((outcome) => outcome !== 'taken')).toHaveLength(1);
  expect(await open().list('same')).toHaveLength(1);
});

test('a name is available in every other directory, and available again after a revocation', async () => {
  await make('one', 'okta');
  await make('other', 'okta');
  expect(await open().create('one', named('okta'))).toBe('taken');
  expect(await open().revoke('one', 'okta')).toBe('revoked');
  await make('one', 'okta');
  expect(await open().list('other')).toHaveLength(1);
});

test('a token is revoked by id, in its own directory only', async () => {
  const made = await make('mine', 'okta');
  expect(await open().revoke('yours', made.id)).toBe('unknown');
  expect(await open().revoke('mine', made.id)).toBe('revoked');
  expect(await open().revoke('mine', made.id)).toBe('unknown');
  expect(await open().list('mine')).toEqual([]);
});

test('a replaced token expires at the given time if its own expiry is later', async () => {
  const made = await open().create('far', { name: 'one', scopes: ['read'], expiresAt: '+010000-01-01T00:00:00.000Z' });
  if (made === 'taken') throw new Error('taken');
  const until = '2099-01-01T00:00:00.000Z';
  expect(await open().replace('far', made.id, { by: 'x', until })).toMatchObject({ expiresAt: until });
});

test('a full shard is followed by the next one, and tokens stay where they are', async () => {
  const small = 3000;
  const before = await make('grow', 'before');
  const first = parseToken(before.token)?.shard ?? 0;
  const made = [];
  for (let i = 0; i < 25; i += 1)
    made.push(await make('grow', `t${i}`, Buffer.byteLength(await secretText(first)) + small));
  const shards = [...new Set(made.map(({ token }) => parseToken(token)?.shard))];
  expect(shards.length).toBe(1);
  const grown = await Promise.all(Array.from({ length: 25 }, (_, i) => make('grow', `u${i}`, small)));
  const next = new Set(grown.map(({ token }) => parseToken(token)?.shard ?? 0));
  expect(next.size).toBeGreaterThan(1);
  expect(next.has(first)).toBe(false);
  for (const shard of next) expect(Buffer.byteLength(await secretText(shard))).toBeLessThanOrEqual(small);
  expect(await open().list('grow')).toHaveLength(51);
  expect(await open().revoke('grow', before.id)).toBe('revoked');
  expect(await open().list('grow')).toHaveLength(50);
});
