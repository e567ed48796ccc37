import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DescribeTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, expect, test } from 'vitest';
import { startEngine } from '../../lib/local/engine.ts';
import { createTable, openTable } from '../../lib/local/table.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';

const client = useEngine();
const folder = mkdtempSync(join(tmpdir(), 'rollcall-engine-'));
afterAll(() => rmSync(folder, { recursive: true }));
const clientOf = (endpoint: string) => new DynamoDBClient({ endpoint, region: 'local', maxAttempts: 1 });

test('the table has both keys and a stream with both images', async () => {
  const { Table } = await client().send(new DescribeTableCommand({ TableName: TABLE_NAME }));
  expect(Table?.KeySchema?.map((k) => k.AttributeName)).toEqual(['pk', 'sk']);
  expect(Table?.StreamSpecification).toMatchObject({ StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' });
});

test('opening a table twice returns the same stream', async () => {
  const arn = await openTable(client(), TABLE_NAME);
  expect(arn).toContain('stream');
  expect(await openTable(client(), TABLE_NAME)).toBe(arn);
});

test('a table that exists without a stream is refused', async () => {
  await createTable(client(), 'no-stream', { stream: false });
  await expect(openTable(client(), 'no-stream')).rejects.toThrow('exists without a stream');
});

test('data in a file outlives the engine', async () => {
  const file = join(folder, 'kept.db');
  const Item = { pk: { S: 'a' }, sk: { S: 'b' } };
  const first = await startEngine(file);
  await openTable(clientOf(first.endpoint), TABLE_NAME);
  await clientOf(first.endpoint).send(new PutItemCommand({ TableName: TABLE_NAME, Item }));
  await first.stop();
  const second = await startEngine(file);
  const read = await clientOf(second.endpoint).send(new GetItemCommand({ TableName: TABLE_NAME, Key: Item }));
  await second.stop();
  expect(read.Item).toEqual(Item);
});

test('a stopped engine does not answer', async () => {
  const engine = await startEngine();
  await engine.stop();
  await expect(fetch(engine.endpoint)).rejects.toThrow();
});

test('kill -9 of the process that started it ends the engine', async () => {
  const module = JSON.stringify(new URL('../../lib/local/engine.ts', import.meta.url).pathname);
  const code = `import(${module}).then(async (m) => { console.log((await m.startEngine()).endpoint); process.kill(process.pid, 'SIGKILL'); })`;
  const run = promisify(execFile)(process.execPath, ['--import', 'tsx', '-e', code]);
  const stdout = await run.then(
    () => '',
    (error: { stdout: string }) => error.stdout,
  );
  expect(stdout).toMatch(/^http:/);
  await expect
    .poll(() =>
      fetch(stdout.trim()).then(
        () => 'answers',
        () => 'gone',
      ),
    )
    .toBe('gone');
});

test('a missing engine and one that fails are reported in one sentence', async () => {
  await expect(startEngine(undefined, join(folder, 'none'))).rejects.toThrow(/engine is missing .*: run npm ci/);
  const broken = join(folder, 'broken');
  writeFileSync(broken, '#!/bin/sh\necho no luck >&2\nexit 3\n');
  chmodSync(broken, 0o755);
  await expect(startEngine(undefined, broken)).rejects.toThrow('The DynamoDB engine did not start: no luck');
});
