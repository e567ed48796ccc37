/** Secrets Manager takes about 100 versions of a secret in 24 hours: what the local one refuses, as AWS does. */
import { ListSecretVersionIdsCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { beforeAll, expect, test } from 'vitest';
import { inParallel } from '../../lib/common/parallel.ts';
import type { NewToken } from '../../lib/tokens/token-store.ts';
import { useEngine } from '../support/engine.ts';
import { useSecrets } from '../support/secrets.ts';
import { createNamed, named, openTokens, owner, soon } from '../support/tokens.ts';

const engine = useEngine({ stream: false });
const secrets = useSecrets();
const open = () => openTokens({ table: engine(), secrets: secrets().client, prefix: 'quota', initialShards: 4 });

const versionsOf = async (shard: number) => {
  const page = await secrets().client.send(
    new ListSecretVersionIdsCommand({ SecretId: `quota/${shard}`, IncludeDeprecated: true, MaxResults: 100 }),
  );
  return page.Versions?.length ?? 0;
};
const created: NewToken[] = [];

beforeAll(async () => {
  const tokens = open();
  for (let i = 0; i < 300; i += 1) created.push(await createNamed(tokens, owner(`d${i}`), 'default'));
});

test('300 directories are onboarded one after another, and no shard comes near its quota', async () => {
  expect(new Set(created.map(({ token }) => token)).size).toBe(300);
  const count = (await open().shardList.count()) ?? 0;
  expect(count).toBeGreaterThanOrEqual(5);
  for (let shard = 1; shard <= count; shard += 1) expect(await versionsOf(shard)).toBeLessThanOrEqual(62);
});

test('40 changes of tokens at once all succeed', async () => {
  const { store } = open();
  const changes = Array.from({ length: 40 }, (_, i) => i);
  const outcomes = await inParallel(
    changes,
    async (i) => {
      const { id } = created[i] as NewToken;
      if (i % 3 === 0) return store.revoke(owner(`d${i}`), id, soon());
      if (i % 3 === 1) return store.create(owner(`d${i}`), named('second'), soon());
      const rotation = { id, until: new Date().toISOString(), successor: named('next') };
      return store.rotate(owner(`d${i}`), rotation, soon());
    },
    40,
  );
  expect(outcomes.filter((outcome) => outcome === 'taken' || outcome === 'unknown')).toEqual([]);
});

test('with the quota of every shard exhausted, tokens are revoked, rotated, and all of a directory denied', async () => {
  const { store, shardList, denied, work } = open();
  const count = (await shardList.count()) ?? 0;
  for (let shard = 1; shard <= count; shard += 1)
    for (let left = 100 - (await versionsOf(shard)); left > 0; left -= 1)
      await secrets().client.send(
        new PutSecretValueCommand({
          SecretId: `quota/${shard}`,
          SecretString: 'x',
          VersionStages: [`USED-${left % 15}`],
        }),
      );
  expect(await store.revoke(owner('d100'), 'default', soon())).toBe('revoked');
  expect(await store.list(owner('d100'))).toEqual([]);
  const { id } = created[101] as NewToken;
  const rotation = { id, until: new Date().toISOString(), successor: named('next') };
  expect(await store.rotate(owner('d101'), rotation, soon())).toMatchObject({ created: { name: 'next' } });
  expect((await store.list(owner('d101'))).map(({ name }) => name)).toEqual(['next']);
  await store.revokeAll(owner('d102'), soon());
  expect(await work.work()).toContainEqual({ directory: 'd102', deletedIncarnation: owner('d102').createdAt });
  expect((await denied.read('d100')).size).toBe(1);
});

test('the clean-up takes denied tokens out once there is quota again, and forgets them after two minutes', async () => {
  const state = { now: Date.now() + 25 * 60 * 60 * 1000 };
  const later = openTokens({ table: engine(), secrets: secrets().client, prefix: 'cleaned', now: () => state.now });
  const make = async (name: string) => {
    const token = await later.store.create(owner('cleaned'), named(name), state.now + 60_000);
    if (token === 'taken') throw new Error('taken');
    return token;
  };
  const [made, kept] = [await make('one'), await make('two')];
  expect(await later.store.revoke(owner('cleaned'), made.id, state.now + 60_000)).toBe('revoked');
  const run = () => later.cleanUp({ deadline: state.now + 60_000, whole: false });
  await run();
  const all = async () => {
    const shards = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((shard) => later.shards.read(shard)));
    return shards.flatMap((tokens) => [...(tokens?.keys() ?? [])]);
  };
  expect(await all()).toEqual([kept.id]);
  expect((await later.denied.read('cleaned')).size).toBe(1);
  state.now += 3 * 60_000;
  await run();
  expect((await later.denied.read('cleaned')).size).toBe(0);
  expect((await later.work.work()).filter(({ directory }) => directory === 'cleaned')).toEqual([]);
  expect(await later.store.list(owner('cleaned'))).toHaveLength(1);
});
