import { randomUUID } from 'node:crypto';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  InvalidNextTokenException,
  InvalidParameterException,
  LimitExceededException,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  paginateListSecretVersionIds,
  ResourceExistsException,
  ResourceNotFoundException,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { type Endpoint, serveAwsJson } from '../../lib/local/aws-json.ts';
import { createSecretsManager, Secrets } from '../../lib/local/secrets-manager.ts';

let server: Endpoint;
let client: SecretsManagerClient;
let saved = '[]';
let timeMs = Date.now();
beforeAll(async () => {
  const save = (secrets: Secrets) => {
    saved = JSON.stringify(secrets);
  };
  server = await serveAwsJson(createSecretsManager([], save, { now: () => timeMs }));
  // One attempt, because the SDK takes LimitExceededException for throttling and retries it.
  client = new SecretsManagerClient({ endpoint: server.endpoint, region: 'local', maxAttempts: 1 });
});
afterAll(() => {
  client.destroy();
  server.close();
});

const Names = z.array(z.string());
const read = (SecretId: string) => client.send(new GetSecretValueCommand({ SecretId }));
const names = async (SecretId: string) => Names.parse(JSON.parse((await read(SecretId)).SecretString ?? ''));
const create = (Name: string) => client.send(new CreateSecretCommand({ Name, SecretString: '[]' }));
const put = (SecretId: string, ...VersionStages: string[]) =>
  client.send(
    new PutSecretValueCommand({ SecretId, SecretString: '[]', ...(VersionStages.length > 0 ? { VersionStages } : {}) }),
  );
const removeLabel = (SecretId: string, VersionStage: string, RemoveFromVersionId: string | undefined) =>
  client.send(new UpdateSecretVersionStageCommand({ SecretId, VersionStage, RemoveFromVersionId }));

/**
 * Puts a version under a label, moves AWSCURRENT to it from the version that was read, and removes the label.
 * @returns the attempts
 */
const add = async (SecretId: string, name: string, label: string): Promise<number> => {
  for (let attempt = 1; ; attempt++) {
    const before = await read(SecretId);
    const SecretString = JSON.stringify([...Names.parse(JSON.parse(before.SecretString ?? '')), name]);
    const put = await client.send(new PutSecretValueCommand({ SecretId, SecretString, VersionStages: [label] }));
    const move = new UpdateSecretVersionStageCommand({
      SecretId,
      VersionStage: 'AWSCURRENT',
      MoveToVersionId: put.VersionId,
      RemoveFromVersionId: before.VersionId,
    });
    const moved = await client.send(move).then(
      () => true,
      (error: unknown) => {
        if (!(error instanceof InvalidParameterException)) throw error;
        return false;
      },
    );
    // Another writer may have taken a shared label.
    await removeLabel(SecretId, label, put.VersionId).catch(() => undefined);
    if (moved) return attempt;
  }
};

test.each([
  ['one shared label', () => 'ROLLCALL_PENDING'],
  ['a label each', () => randomUUID()],
])('compare-and-swap: twelve concurrent writers lose no update, with %s', async (_name, label) => {
  const SecretId = randomUUID();
  await create(SecretId);
  // At most 1 + 12 + 11 + ... + 1 = 79 versions.
  const all = Array.from({ length: 12 }, (_, i) => `t${i}`);
  const attempts = await Promise.all(all.map((name) => add(SecretId, name, label())));
  expect((await names(SecretId)).toSorted()).toEqual(all.toSorted());
  expect(Math.max(...attempts), 'some writers had to retry').toBeGreaterThan(1);
});

test('a refused swap changes nothing, and moving AWSCURRENT sets AWSPREVIOUS', async () => {
  const SecretId = 'stages';
  const first = await client.send(new CreateSecretCommand({ Name: SecretId, SecretString: '["a"]' }));
  const second = await client.send(
    new PutSecretValueCommand({ SecretId, SecretString: '["b"]', VersionStages: ['NEXT'] }),
  );
  const move = (RemoveFromVersionId?: string) =>
    client.send(
      new UpdateSecretVersionStageCommand({
        SecretId,
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: second.VersionId,
        RemoveFromVersionId,
      }),
    );
  await expect(move(randomUUID())).rejects.toBeInstanceOf(InvalidParameterException);
  await expect(move()).rejects.toBeInstanceOf(InvalidParameterException);
  expect(await names(SecretId)).toEqual(['a']);
  await move(first.VersionId);
  expect(await names(SecretId)).toEqual(['b']);
  const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId }));
  expect(VersionIdsToStages).toEqual({
    [first.VersionId ?? '']: ['AWSPREVIOUS'],
    [second.VersionId ?? '']: ['NEXT', 'AWSCURRENT'],
  });
});

test('a repeated request changes nothing; another value under its token is refused', async () => {
  const token = randomUUID();
  const create = { Name: 'again', SecretString: '["a"]', ClientRequestToken: token };
  await client.send(new CreateSecretCommand(create));
  expect((await client.send(new CreateSecretCommand(create))).VersionId).toBe(token);
  const put = { SecretId: 'again', SecretString: '["b"]', ClientRequestToken: randomUUID() };
  await client.send(new PutSecretValueCommand(put));
  await client.send(new PutSecretValueCommand(put));
  await expect(client.send(new PutSecretValueCommand({ ...put, SecretString: '["c"]' }))).rejects.toBeInstanceOf(
    ResourceExistsException,
  );
  expect(await names('again')).toEqual(['b']);
});

test('the SDK throws the error classes of AWS', async () => {
  await expect(read('none')).rejects.toBeInstanceOf(ResourceNotFoundException);
  await client.send(new CreateSecretCommand({ Name: 'taken', SecretString: '[]' }));
  await expect(client.send(new CreateSecretCommand({ Name: 'taken', SecretString: '[]' }))).rejects.toBeInstanceOf(
    ResourceExistsException,
  );
  const tooLong = new PutSecretValueCommand({ SecretId: 'taken', SecretString: 'x'.repeat(65_537) });
  await expect(client.send(tooLong)).rejects.toThrow('65536');
});

const HOUR_MS = 60 * 60 * 1000;
const listed = async (SecretId: string, IncludeDeprecated = true) =>
  (await client.send(new ListSecretVersionIdsCommand({ SecretId, IncludeDeprecated }))).Versions ?? [];
/** Creates a secret of 100 versions: AWSCURRENT, AWSPREVIOUS and 98 without a label. @returns their ids, oldest first */
const fill = async (SecretId: string) => {
  const ids = [(await create(SecretId)).VersionId];
  while (ids.length < 100) ids.push((await put(SecretId)).VersionId);
  return ids;
};

test('the 101st version within 24 hours is refused, labeled or not, and changes nothing', async () => {
  const ids = await fill('full');
  const before = saved;
  await expect(put('full')).rejects.toBeInstanceOf(LimitExceededException);
  await expect(put('full', 'NEXT')).rejects.toBeInstanceOf(LimitExceededException);
  expect(saved).toBe(before);
  expect((await listed('full')).map(({ VersionId }) => VersionId)).toEqual(ids);
  expect((await read('full')).VersionId).toBe(ids.at(-1));
  timeMs += 24 * HOUR_MS;
  await expect(put('full'), 'after exactly 24 hours').rejects.toBeInstanceOf(LimitExceededException);
});

test('a repeated request creates no version, so it succeeds at the limit', async () => {
  await fill('full-again');
  const last = (await read('full-again')).VersionId;
  const repeat = { SecretId: 'full-again', SecretString: '[]', ClientRequestToken: last };
  expect((await client.send(new PutSecretValueCommand(repeat))).VersionId).toBe(last);
});

test('24 hours later each new version replaces the oldest one without a label', async () => {
  const ids = await fill('aged');
  // 98 of the 100 are without a label; the two oldest get one.
  for (const [index, VersionStage] of ['KEPT-0', 'KEPT-1'].entries())
    await client.send(
      new UpdateSecretVersionStageCommand({ SecretId: 'aged', VersionStage, MoveToVersionId: ids[index] }),
    );
  timeMs += 24 * HOUR_MS + 1000;
  const added = [(await put('aged')).VersionId, (await put('aged')).VersionId];
  expect((await listed('aged')).map(({ VersionId }) => VersionId)).toEqual([
    ...ids.slice(0, 2),
    ...ids.slice(4),
    ...added,
  ]);
  // By now the other 96 of the first day are without a label.
  for (let i = 0; i < 96; i++) await put('aged');
  await expect(put('aged')).rejects.toBeInstanceOf(LimitExceededException);
});

test('100 versions or fewer are kept however old they are', async () => {
  await create('rare');
  for (let i = 0; i < 5; i++) {
    timeMs += 48 * HOUR_MS;
    await put('rare');
  }
  expect(await listed('rare')).toHaveLength(6);
});

test('a secret has at most 20 labels; moving or removing one stays possible', async () => {
  const first = await create('labels');
  const labels = Array.from({ length: 18 }, (_, i) => `L${i}`);
  const second = await put('labels', 'AWSCURRENT', ...labels);
  const previous = await client.send(new DescribeSecretCommand({ SecretId: 'labels' }));
  expect(previous.VersionIdsToStages).toEqual({
    [first.VersionId ?? '']: ['AWSPREVIOUS'],
    [second.VersionId ?? '']: ['AWSCURRENT', ...labels],
  });
  const move = (VersionStage: string, RemoveFromVersionId?: string) =>
    client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: 'labels',
        VersionStage,
        MoveToVersionId: first.VersionId,
        RemoveFromVersionId,
      }),
    );
  await expect(put('labels', 'NEW')).rejects.toBeInstanceOf(LimitExceededException);
  await expect(move('NEW')).rejects.toBeInstanceOf(LimitExceededException);
  expect(await listed('labels'), 'the refused put').toHaveLength(2);
  await move('L0', second.VersionId);
  await put('labels', 'L1');
  await removeLabel('labels', 'L0', first.VersionId);
  await move('NEW');
});

test('ListSecretVersionIds returns all versions with their labels and times, or only labeled ones', async () => {
  const [start, ids] = [timeMs, [(await create('list')).VersionId]];
  for (let i = 0; i < 4; i++) {
    timeMs += HOUR_MS;
    ids.push((await put('list')).VersionId);
  }
  expect(await listed('list')).toEqual(
    ids.map((VersionId, i) => ({
      VersionId,
      CreatedDate: new Date(start + i * HOUR_MS),
      ...(i === 3 ? { VersionStages: ['AWSPREVIOUS'] } : {}),
      ...(i === 4 ? { VersionStages: ['AWSCURRENT'] } : {}),
    })),
  );
  expect((await listed('list', false)).map(({ VersionId }) => VersionId)).toEqual(ids.slice(3));
});

test('ListSecretVersionIds returns pages, which may be empty before the last one', async () => {
  const paged = async (IncludeDeprecated: boolean) => {
    const pages: number[] = [];
    const ids = new Set<string | undefined>();
    const pagination = paginateListSecretVersionIds({ client, pageSize: 2 }, { SecretId: 'list', IncludeDeprecated });
    for await (const { Versions = [] } of pagination) {
      pages.push(Versions.length);
      for (const { VersionId } of Versions) ids.add(VersionId);
    }
    return { pages, ids: ids.size };
  };
  expect(await paged(true)).toEqual({ pages: [2, 2, 1], ids: 5 });
  expect(await paged(false)).toEqual({ pages: [0, 1, 1], ids: 2 });
  const list = (input: object) => client.send(new ListSecretVersionIdsCommand({ SecretId: 'list', ...input }));
  expect((await list({ MaxResults: 5 })).NextToken).toBeUndefined();
  await expect(list({ NextToken: 'unknown' })).rejects.toBeInstanceOf(InvalidNextTokenException);
  await expect(list({ MaxResults: 0 })).rejects.toThrow('MaxResults');
  await expect(list({ MaxResults: 101 })).rejects.toThrow('MaxResults');
  await expect(list({ SecretId: 'none' })).rejects.toBeInstanceOf(ResourceNotFoundException);
});

test('a data folder of an earlier run loads, even beyond the limits of now', async () => {
  const version = (id: number, stages: string[]) => ({ id: `v${id}`, value: '[]', stages, created: 1_700_000_000 });
  const labels = Array.from({ length: 30 }, (_, i) => `L${i}`);
  const versions = Array.from({ length: 130 }, (_, i) => version(i, i === 129 ? ['AWSCURRENT', ...labels] : []));
  const old = await serveAwsJson(createSecretsManager(Secrets.parse([{ name: 'old', versions }]), () => {}));
  const other = new SecretsManagerClient({ endpoint: old.endpoint, region: 'local' });
  for (const VersionStage of labels)
    await other.send(
      new UpdateSecretVersionStageCommand({ SecretId: 'old', VersionStage, RemoveFromVersionId: 'v129' }),
    );
  await other.send(new PutSecretValueCommand({ SecretId: 'old', SecretString: '["a"]' }));
  const list = new ListSecretVersionIdsCommand({ SecretId: 'old', IncludeDeprecated: true });
  expect((await other.send(list)).Versions?.map(({ VersionId }) => VersionId)).toHaveLength(100);
  other.destroy();
  old.close();
});

test('saved secrets survive a restart', async () => {
  const second = await serveAwsJson(createSecretsManager(Secrets.parse(JSON.parse(saved)), () => {}));
  const other = new SecretsManagerClient({ endpoint: second.endpoint, region: 'local' });
  expect((await other.send(new GetSecretValueCommand({ SecretId: 'stages' }))).SecretString).toBe('["b"]');
  other.destroy();
  second.close();
});
