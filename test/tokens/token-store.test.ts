import { GetSecretValueCommand, ListSecretVersionIdsCommand } from '@aws-sdk/client-secrets-manager';
import { expect, test } from 'vitest';
import { AwsError } from '../../lib/local/aws-json.ts';
import { createTokenNames } from '../../lib/store/tokens/token-names.ts';
import { SecretsBusy } from '../../lib/tokens/shard-secret.ts';
import { hashToken, parseToken } from '../../lib/tokens/token-format.ts';
import type { TokenOwner } from '../../lib/tokens/token-ports.ts';
import { createTokenStore, type NewToken } from '../../lib/tokens/token-store.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { outage, useSecrets } from '../support/secrets.ts';
import { createNamed, named, openTokens, owner, soon } from '../support/tokens.ts';

const engine = useEngine();
const secrets = useSecrets();
/** All stores share one list of shards, as in a deployment; tests lower `maxBytes` as needed. */
const open = (maxBytes?: number) =>
  openTokens({
    table: engine(),
    secrets: secrets().client,
    prefix: 'tokens',
    ...(maxBytes === undefined ? {} : { maxBytes }),
  });
const make = (id: string, name: string, maxBytes?: number): Promise<NewToken> =>
  createNamed(open(maxBytes), owner(id), name);
const list = (id: string) => open().store.list(owner(id));
const revoke = (id: string, key: string) => open().store.revoke(owner(id), key, soon());
const rotate = (id: string, tokenId: string, name = 'next', until = new Date().toISOString()) =>
  open().store.rotate(owner(id), { id: tokenId, until, successor: named(name) }, soon());
const secretText = async (shard: number) =>
  (await secrets().client.send(new GetSecretValueCommand({ SecretId: `tokens/${shard}` }))).SecretString ?? '';
const shardOf = ({ token }: NewToken) => parseToken(token)?.shard ?? 0;
/** Whether a token is in its secret and not denied: the authorizer and the functions accept it. */
const works = async (id: string, { token }: NewToken): Promise<boolean> => {
  const parsed = parseToken(token);
  const denial = (await open().denied.read(id)).get(parsed?.tokenId ?? '');
  const isDenied = denial !== undefined && (denial.pending === true || Date.parse(denial.from) <= Date.now());
  return !isDenied && (await secretText(parsed?.shard ?? 0)).includes(hashToken(token));
};
const versionsOf = async (shard: number) =>
  (
    await secrets().client.send(
      new ListSecretVersionIdsCommand({ SecretId: `tokens/${shard}`, IncludeDeprecated: true, MaxResults: 100 }),
    )
  ).Versions?.length ?? 0;

test('the text of a token is returned once, and the secret stores its SHA-256 only', async () => {
  const made = await make('once', 'okta');
  const parsed = parseToken(made.token);
  expect(parsed).toMatchObject({ tokenId: made.id });
  const text = await secretText(shardOf(made));
  expect(text).toContain(hashToken(made.token));
  expect(text).not.toContain(made.token.split('_')[3]);
  const { token: _, ...rest } = made;
  expect(await list('once')).toEqual([rest]);
});

test('fifteen rounds of two parallel creations lose nothing', async () => {
  const made: string[] = [];
  for (let round = 0; round < 15; round += 1) {
    const [a, b] = await Promise.all([make(`two-${round}`, 'a'), make(`two-${round}`, 'b')]);
    made.push(a.id, b.id);
    expect((await list(`two-${round}`)).map(({ name }) => name).sort()).toEqual(['a', 'b']);
  }
  expect(new Set(made).size).toBe(30);
});

test('of twenty parallel creations of one name, one succeeds and nineteen are taken', async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, () => open().store.create(owner('same'), named('okta'), soon())),
  );
  expect(outcomes.filter((outcome) => outcome === 'taken')).toHaveLength(19);
  expect(await list('same')).toHaveLength(1);
});

test('a name is free in every other directory, and free again after its token is revoked', async () => {
  await make('one', 'okta');
  await make('other', 'okta');
  expect(await open().store.create(owner('one'), named('okta'), soon())).toBe('taken');
  expect(await revoke('one', 'okta')).toBe('revoked');
  await make('one', 'okta');
  expect(await list('other')).toHaveLength(1);
});

test('a token is revoked by id, in its own directory only, without a version of its secret', async () => {
  const made = await make('mine', 'okta');
  const before = await versionsOf(shardOf(made));
  expect(await revoke('yours', made.id)).toBe('unknown');
  expect(await revoke('mine', made.id)).toBe('revoked');
  expect(await revoke('mine', made.id)).toBe('unknown');
  expect(await list('mine')).toEqual([]);
  expect(await works('mine', made)).toBe(false);
  expect(await versionsOf(shardOf(made))).toBe(before);
});

test('a rotated token ends with the overlap, or earlier if it expires earlier', async () => {
  const expiresAt = '+010000-01-01T00:00:00.000Z';
  const far = await open().store.create(owner('far'), { name: 'one', scopes: ['read'], expiresAt }, soon());
  if (far === 'taken') throw new Error('taken');
  const until = '2099-01-01T00:00:00.000Z';
  const outcome = await rotate('far', far.id, 'two', until);
  expect(outcome).toMatchObject({ replaced: { id: far.id, expiresAt: until }, created: { name: 'two' } });
  expect(await works('far', far)).toBe(true);
  expect(await list('far')).toMatchObject([{ name: 'one', expiresAt: until }, { name: 'two' }]);
  expect(await rotate('far', far.id, 'three')).toBe('replaced');
  expect(await revoke('far', 'one')).toBe('revoked');
  expect(await works('far', far)).toBe(false);
});

test('of twenty parallel rotations and revocations of one token, at most one successor works', async () => {
  const made = await make('busy', 'okta');
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) =>
      i % 2 === 0 ? rotate('busy', made.id, `next-${i}`) : revoke('busy', made.id),
    ),
  );
  expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
  const successors = outcomes.flatMap((outcome) =>
    outcome.status === 'fulfilled' && typeof outcome.value === 'object' ? [outcome.value.created] : [],
  );
  expect(successors.length).toBeLessThanOrEqual(1);
  expect(await works('busy', made)).toBe(false);
  // Nothing is half done: every token that works was answered.
  expect((await list('busy')).map(({ id }) => id)).toEqual(successors.map(({ id }) => id));
});

test('a full shard makes way for another, and nothing is moved', async () => {
  const small = 3000;
  const before = await make('grow', 'before');
  const grown = [];
  for (let i = 0; i < 25; i += 1) grown.push(await make('grow', `u${i}`, small));
  const shards = new Set(grown.map(shardOf));
  expect(shards.size).toBeGreaterThan(1);
  for (const shard of shards)
    if (shard > 2) expect(Buffer.byteLength(await secretText(shard))).toBeLessThanOrEqual(small);
  expect(await list('grow')).toHaveLength(26);
  expect(await revoke('grow', before.id)).toBe('revoked');
  expect(await list('grow')).toHaveLength(25);
});

test('after a destroy, the shards that remain are found, and an old token opens nothing', async () => {
  const old = await make('phoenix', 'default');
  // The table is gone and the secrets stay: another prefix of keys would hide the secrets, so the directory is newer.
  const later: TokenOwner = { id: 'phoenix', createdAt: new Date(Date.now() + 1).toISOString() };
  const { store } = open();
  expect(await store.list(later)).toEqual([]);
  const made = await createNamed({ store }, later, 'default');
  expect((await store.list(later)).map(({ id }) => id)).toEqual([made.id]);
  expect(await store.revoke(later, old.id, soon())).toBe('unknown');
  // A token of a later incarnation is unknown to a restored, earlier directory.
  expect((await store.list(owner('phoenix'))).map(({ id }) => id)).toEqual([old.id]);
});

test('a creation that fails at any step leaves no token that works, and its name is free', async () => {
  const steps = ['GetSecretValue', 'ListSecretVersionIds', 'PutSecretValue', 'UpdateSecretVersionStage'];
  for (const step of steps) {
    secrets().before = (operation) => {
      if (operation === step) outage();
    };
    await expect(make('dies', step), step).rejects.toThrow();
    secrets().before = () => undefined;
    expect(await list('dies'), step).toEqual([]);
    const made = await make('dies', step);
    expect(await works('dies', made)).toBe(true);
    expect(await revoke('dies', made.id)).toBe('revoked');
  }
});

test('a creation whose process dies after the token is written leaves a denied token', async () => {
  const killed = new Error('killed');
  const { shards, shardList, denied } = open();
  const names = createTokenNames({ client: engine(), tableName: TABLE_NAME });
  const dying = createTokenStore({
    shards,
    shardList,
    denied: { ...denied, activate: () => Promise.reject(killed) },
    names: { ...names, release: () => Promise.reject(killed) },
    initialShards: 2,
  });
  await expect(dying.create(owner('killed'), named('okta'), soon())).rejects.toBe(killed);
  expect(await list('killed')).toEqual([]);
  // The dead creation holds the name for a minute; the clean-up takes its token out.
  expect(await open().store.create(owner('killed'), named('okta'), soon())).toBe('taken');
  const later = openTokens({
    table: engine(),
    secrets: secrets().client,
    prefix: 'tokens',
    now: () => Date.now() + 3 * 60_000,
  });
  expect(await later.cleanUp({ deadline: soon() + 600_000, whole: false })).toMatchObject({
    removed: expect.any(Number),
  });
  expect(await later.store.create(owner('killed'), named('okta'), soon() + 600_000)).toMatchObject({ name: 'okta' });
});

test('a holder that dies with the lease delays others by ten seconds at most, and one that sleeps changes nothing', async () => {
  const state = { now: Date.now() };
  const set = { table: engine(), secrets: secrets().client, prefix: 'leases', now: () => state.now };
  const wait = async (ms: number) => {
    state.now += ms;
  };
  const { store, shards, shardList } = openTokens({ ...set, wait, initialShards: 1 });
  const first = await createNamed({ store }, owner('lease'), 'first');
  const dead = await shardList.take(1, 'dead');
  expect(dead).toBeDefined();
  const began = state.now;
  await shards.edit(1, (tokens) => new Map([...tokens, ['x', [...tokens.values()][0] as never]]), {
    deadline: state.now + 60_000,
  });
  expect(state.now - began).toBeLessThanOrEqual(11_000);

  // A holder reads, then sleeps for 15 seconds while another one writes: its label move is refused.
  let slept = false;
  secrets().before = (operation) => {
    if (operation !== 'UpdateSecretVersionStage' || slept) return;
    slept = true;
    throw new AwsError('InvalidParameterException', 'The staging label AWSCURRENT is on another version.');
  };
  let edits = 0;
  await shards.edit(
    1,
    (tokens) => {
      edits += 1;
      return new Map([...tokens].filter(([id]) => id !== 'x'));
    },
    { deadline: state.now + 60_000 },
  );
  expect(edits).toBe(2);
  expect((await store.list(owner('lease'))).map(({ id }) => id)).toEqual([first.id]);
});

test('a shard that is held until the deadline is SecretsBusy, and nothing is half done', async () => {
  const { shardList } = open();
  const count = (await shardList.count()) ?? 0;
  const taken = await Promise.all(Array.from({ length: count }, (_, i) => shardList.take(i + 1, 'other')));
  const short = openTokens({ table: engine(), secrets: secrets().client, prefix: 'tokens' });
  await expect(short.store.create(owner('held'), named('okta'), Date.now() + 300)).rejects.toBeInstanceOf(SecretsBusy);
  expect(await list('held')).toEqual([]);
  for (const lease of taken) if (lease !== undefined) await shardList.release(lease, undefined);
  expect(await make('held', 'okta')).toMatchObject({ name: 'okta' });
});
