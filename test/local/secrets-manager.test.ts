import { randomUUID } from 'node:crypto';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  InvalidParameterException,
  PutSecretValueCommand,
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
beforeAll(async () => {
  server = await serveAwsJson(
    createSecretsManager([], (secrets) => {
      saved = JSON.stringify(secrets);
    }),
  );
  client = new SecretsManagerClient({ endpoint: server.endpoint, region: 'local' });
});
afterAll(() => {
  client.destroy();
  server.close();
});

const Names = z.array(z.string());
const read = (SecretId: string) => client.send(new GetSecretValueCommand({ SecretId }));
const names = async (SecretId: string) => Names.parse(JSON.parse((await read(SecretId)).SecretString ?? ''));

/** Puts a version under a label, then moves AWSCURRENT to it from the version that was read. @returns the attempts */
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
    try {
      await client.send(move);
      return attempt;
    } catch (error) {
      if (!(error instanceof InvalidParameterException)) throw error;
    }
  }
};

test.each([
  ['one shared label', () => 'ROLLCALL_PENDING'],
  ['a label each', () => randomUUID()],
])('compare-and-swap: forty concurrent writers lose no update, with %s', async (_name, label) => {
  const SecretId = randomUUID();
  await client.send(new CreateSecretCommand({ Name: SecretId, SecretString: '[]' }));
  const all = Array.from({ length: 40 }, (_, i) => `t${i}`);
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

test('saved secrets survive a restart', async () => {
  const second = await serveAwsJson(createSecretsManager(Secrets.parse(JSON.parse(saved)), () => {}));
  const other = new SecretsManagerClient({ endpoint: second.endpoint, region: 'local' });
  expect((await other.send(new GetSecretValueCommand({ SecretId: 'stages' }))).SecretString).toBe('["b"]');
  other.destroy();
  second.close();
});
