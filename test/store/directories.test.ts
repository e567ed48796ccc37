import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { createDirectories } from '../../lib/store/directories/directories.ts';
import { DirectorySettings } from '../../lib/store/directories/directory-settings.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { watch } from './calls.ts';

const engine = useEngine();
const directories = () => createDirectories({ client: engine(), tableName: TABLE_NAME });
const settings = (id: string, more: object = {}) => DirectorySettings.parse({ id, ...more });
/** Releases before sealed cursors wrote no key. */
const removeKey = (id: string) =>
  DynamoDBDocumentClient.from(engine()).send(
    new UpdateCommand({
      TableName: TABLE_NAME,
      Key: { pk: id, sk: 'DIRECTORY' },
      UpdateExpression: 'REMOVE cursorKey',
    }),
  );

describe('directories', () => {
  test('a new directory is read back with every default', async () => {
    const labels = { plan: 'gold', 'a b': '' };
    const made = await directories().create(settings('acme', { name: 'Acme', tenant: 'org_42', labels }));
    expect(made).toEqual({
      id: 'acme',
      name: 'Acme',
      tenant: 'org_42',
      labels,
      mode: 'tolerant',
      uniqueGroupNames: true,
      status: 'active',
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
    expect(await directories().read('acme')).toEqual(made);
  });

  test('the settings of schemas are read back, also after a change', async () => {
    const schemas = { requiredAttributes: ['title'] };
    const made = await directories().create(settings('strict', schemas));
    expect(made).toMatchObject(schemas);
    expect(await directories().read('strict')).toEqual(made);
    await directories().change('strict', { kind: 'admin' }, (before) => ({ ...before, name: 'Strict' }));
    expect(await directories().read('strict')).toEqual({ ...Object(made), name: 'Strict' });
  });

  test('the key of cursors survives a change of the settings, and is no part of the directory', async () => {
    await directories().create(settings('sealed'));
    const key = await directories().cursorKey('sealed');
    expect(Buffer.from(key, 'base64')).toHaveLength(32);
    await directories().change('sealed', { kind: 'admin' }, (before) => ({ ...before, tenant: 'org_1' }));
    expect(await directories().cursorKey('sealed')).toBe(key);
    expect(await directories().read('sealed')).not.toHaveProperty('cursorKey');
  });

  test('a directory without a key receives one, the same for concurrent requests', async () => {
    await directories().create(settings('unsealed'));
    await removeKey('unsealed');
    const keys = await Promise.all(Array.from({ length: 5 }, () => directories().cursorKey('unsealed')));
    expect(new Set(keys).size).toBe(1);
    expect(await directories().cursorKey('unsealed')).toBe(keys[0]);
  });

  test('the key of cursors that a concurrent request creates first stays', async () => {
    await directories().create(settings('rival'));
    await removeKey('rival');
    const keys: string[] = [];
    const watched = watch(engine(), async ({ name }) => {
      if (name === 'UpdateItem') keys.push(await directories().cursorKey('rival'));
      return undefined;
    });
    const late = createDirectories({ client: watched.client, tableName: TABLE_NAME });
    expect([await late.cursorKey('rival')]).toEqual(keys);
  });

  test('a missing directory reads as undefined, and receives no key of cursors', async () => {
    expect(await directories().read('missing')).toBeUndefined();
    await expect(directories().cursorKey('missing')).rejects.toMatchObject({ status: 503 });
    expect(await directories().read('missing')).toBeUndefined();
  });

  test('of parallel creates with one id, one succeeds and its settings stay', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, i) => directories().create(settings('race', { name: `n${i}` }))),
    );
    const made = outcomes.filter((outcome) => outcome !== 'taken');
    expect(made).toHaveLength(1);
    expect(await directories().read('race')).toEqual(made[0]);
  });

  test('the list has every directory, beyond one page, in the order of the ids', async () => {
    const ids = Array.from({ length: 120 }, (_, i) => `many-${String(i).padStart(3, '0')}`);
    await Promise.all(ids.map((id) => directories().create(settings(id))));
    const first = await directories().list();
    expect(first.directories).toHaveLength(100);
    const second = await directories().list(first.next);
    expect(second.next).toBeUndefined();
    const listed = [...first.directories, ...second.directories].map(({ id }) => id);
    expect(listed.filter((id) => id.startsWith('many-'))).toEqual(ids);
  });

  test('an outage is 503, never "no such directory"', async () => {
    const client = new DynamoDBClient({
      endpoint: 'http://127.0.0.1:9',
      region: 'local',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
    });
    const down = createDirectories({ client, tableName: TABLE_NAME });
    const calls = [down.read('acme'), down.list(), down.create(settings('new'))];
    await Promise.all(calls.map((call) => expect(call).rejects.toMatchObject({ status: 503 })));
  });
});
