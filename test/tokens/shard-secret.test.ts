import { DescribeSecretCommand, LimitExceededException, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { expect, test } from 'vitest';
import { AwsError } from '../../lib/local/aws-json.ts';
import { createShards, type Edit, type EditOptions } from '../../lib/tokens/shard-secret.ts';
import type { StoredToken } from '../../lib/tokens/stored-token.ts';
import { SecretsUnavailable } from '../../lib/tokens/versioned-secret.ts';
import { createMemoryLeases } from '../support/memory-leases.ts';
import { outage, useSecrets } from '../support/secrets.ts';
import { soon } from '../support/tokens.ts';

const secrets = useSecrets();
const leases = createMemoryLeases();
const open = (prefix: string, maxBytes?: number) => {
  const shards = createShards({
    client: secrets().client,
    prefix,
    leases,
    ...(maxBytes === undefined ? {} : { maxBytes }),
  });
  return {
    read: shards.read,
    edit: (shard: number, edit: Edit, options: Partial<EditOptions> = {}) =>
      shards.edit(shard, edit, { deadline: soon(), ...options }),
  };
};
const entry: StoredToken = {
  directory: 'acme',
  name: 'okta',
  sha256: 'a'.repeat(64),
  scopes: ['read', 'write'],
  createdAt: '2026-11-21T10:00:00.000Z',
};
const add =
  (id: string): Edit =>
  (tokens) =>
    new Map(tokens).set(id, entry);
const remove =
  (id: string): Edit =>
  (tokens) =>
    new Map([...tokens].filter(([key]) => key !== id));

const labelsOf = async (name: string) => {
  const { VersionIdsToStages = {} } = await secrets().client.send(new DescribeSecretCommand({ SecretId: name }));
  return Object.values(VersionIdsToStages).flat().sort();
};

test('a missing shard reads as undefined, and the first edit creates it', async () => {
  const shards = open('first');
  expect(await shards.read(1)).toBeUndefined();
  expect(await shards.edit(1, add('a'))).toBe('done');
  expect(await shards.read(1)).toEqual(new Map([['a', entry]]));
});

test('thirty concurrent edits lose nothing and leave no label', async () => {
  const shards = open('thirty');
  // Each can lose to each of the others once, so its thirty attempts are enough.
  const ids = Array.from({ length: 30 }, (_, i) => `t${i}`);
  await Promise.all(ids.map((id) => shards.edit(1, add(id))));
  expect([...((await shards.read(1)) ?? new Map()).keys()].sort()).toEqual([...ids].sort());
  expect(await labelsOf('thirty/1')).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
});

test('concurrent additions and removals all take effect', async () => {
  const shards = open('mixed');
  for (const id of ['a', 'b', 'c']) await shards.edit(1, add(id));
  await Promise.all([remove('a'), add('d'), remove('b'), add('e')].map((edit) => shards.edit(1, edit)));
  expect([...((await shards.read(1)) ?? new Map()).keys()].sort()).toEqual(['c', 'd', 'e']);
});

test('an edit without a change writes nothing', async () => {
  const shards = open('same');
  await shards.edit(1, add('a'));
  secrets().calls.length = 0;
  expect(await shards.edit(1, () => undefined)).toBe('done');
  expect(secrets().calls).toEqual(['GetSecretValue']);
});

test('an addition that does not fit is rejected and changes nothing; a removal always fits', async () => {
  await open('full').edit(1, (tokens) => new Map(tokens).set('a', entry).set('b', entry).set('c', entry));
  const small = open('full', 300);
  expect(await small.edit(1, add('d'))).toBe('full');
  expect((await small.read(1))?.size).toBe(3);
  expect(await small.edit(1, remove('a'))).toBe('done');
  expect((await small.read(1))?.size).toBe(2);
});

test('a lost response neither undoes nor repeats the change', async () => {
  const shards = open('lost');
  await shards.edit(1, add('a'));
  let lost = false;
  secrets().after = (operation) => {
    // The label has moved, but the SDK retried the call, so the writer receives an error.
    if (operation !== 'UpdateSecretVersionStage' || lost) return;
    lost = true;
    throw new AwsError('InvalidRequestException', 'no');
  };
  let edits = 0;
  await shards.edit(1, (tokens) => {
    edits += 1;
    return tokens.has('b') ? undefined : add('b')(tokens);
  });
  expect(edits).toBe(2);
  expect([...((await shards.read(1)) ?? new Map()).keys()]).toEqual(['a', 'b']);
  expect(await labelsOf('lost/1')).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
});

test('labels of long-dead writers are removed if there is no room for another', async () => {
  const shards = open('dead');
  await shards.edit(1, add('a'));
  const old = `ROLLCALL_WRITER-${Date.now() - 3_600_000}-x`;
  const young = `ROLLCALL_WRITER-${Date.now()}-y`;
  for (const label of [old, young])
    await secrets().client.send(
      new PutSecretValueCommand({ SecretId: 'dead/1', SecretString: `left by ${label}`, VersionStages: [label] }),
    );
  let refusals = 0;
  secrets().before = (operation) => {
    if (operation !== 'PutSecretValue' || refusals > 0) return;
    refusals += 1;
    throw new AwsError(LimitExceededException.name, 'too many labels');
  };
  await shards.edit(1, add('b'));
  expect((await shards.read(1))?.size).toBe(2);
  expect(await labelsOf('dead/1')).toEqual(['AWSCURRENT', 'AWSPREVIOUS', young]);
});

test('an outage is an error, never an empty or missing shard', async () => {
  const shards = open('outage');
  await shards.edit(1, add('a'));
  secrets().before = outage;
  await expect(shards.read(1)).rejects.toBeInstanceOf(SecretsUnavailable);
  await expect(shards.edit(1, add('b'))).rejects.toBeInstanceOf(SecretsUnavailable);
});

test('a secret in another format is rejected without being quoted', async () => {
  const shards = open('foreign');
  await shards.edit(1, add('a'));
  for (const text of ['{"secret":"hunter2"', '{"secret":"hunter2"}', '[]']) {
    await secrets().client.send(new PutSecretValueCommand({ SecretId: 'foreign/1', SecretString: text }));
    await expect(shards.read(1)).rejects.toThrow(/^(?!.*hunter2).*not in the format/);
  }
});
