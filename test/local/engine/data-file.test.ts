import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, onTestFinished, test } from 'vitest';
import { readHeader } from '../../../lib/local/engine/file-header.ts';
import { enginePath, startProcess } from '../../../lib/local/engine/process.ts';
import { APPLICATION_ID } from '../../../lib/local/engine/stream-index.ts';
import { type EngineProps, startEngine } from '../../../lib/local/engine.ts';
import {
  addRecords,
  createUnindexed,
  otherEngine,
  putItems,
  range,
  readStream,
  runSql,
  streamNumbers,
  TABLE,
  temporaryFolder,
} from './data-files.ts';

/** Starts the engine, which is stopped after the test. */
const start = async (props: EngineProps) => {
  const reported: string[] = [];
  const engine = await startEngine({ ...props, report: (sentence) => reported.push(sentence) });
  onTestFinished(engine.stop);
  return { engine, reported };
};
const startAndStop = async (props: EngineProps) => {
  const { engine, reported } = await start(props);
  await fetch(engine.endpoint);
  await engine.stop();
  return reported;
};
const isIndexed = (file: string) => readHeader(file).applicationId === APPLICATION_ID;
const newFile = () => join(temporaryFolder(), 'rollcall.db');

test('a new file has the index, and nothing else is left in the folder', async () => {
  const file = newFile();
  expect(await startAndStop({ file })).toEqual([]);
  expect(isIndexed(file)).toBe(true);
  expect(readdirSync(join(file, '..'))).toEqual(['rollcall.db']);
});

test('a file of the first release is indexed, keeps its items and loses only published records', async () => {
  const file = newFile();
  const last = await createUnindexed(file, 20);
  const published = { ...last, sequenceNumber: '15' };
  const { engine, reported } = await start({ file, published });
  expect(reported).toEqual([]);
  const client = new DynamoDBClient({ endpoint: engine.endpoint, region: 'local' });
  for (const number of range(1, 20)) {
    const Key = { pk: { S: `item ${number}` }, sk: { S: '-' } };
    expect((await client.send(new GetItemCommand({ TableName: TABLE, Key }))).Item).toEqual(Key);
  }
  expect((await readStream(engine, published)).keys).toEqual(range(16, 20).map((number) => `item ${number}`));
  await engine.stop();
  expect(isIndexed(file)).toBe(true);
  expect(streamNumbers(file)).toEqual(range(15, 20));
});

test('after all records are published, numbers continue and the reader misses none', async () => {
  const file = newFile();
  const published = await createUnindexed(file, 20);
  const { engine } = await start({ file, published });
  await putItems(engine, [21, 22]);
  const { keys, position } = await readStream(engine, published);
  expect(keys).toEqual(['item 21', 'item 22']);
  expect(position.sequenceNumber).toBe('22');
});

test('an indexed file is left alone until 10,000 more records are published', async () => {
  const file = newFile();
  const first = await createUnindexed(file, 3);
  await startAndStop({ file, published: first });
  expect(streamNumbers(file)).toEqual([3]);
  const second = addRecords(file, 9_999, first);
  await startAndStop({ file, published: second });
  expect(streamNumbers(file)).toHaveLength(10_000);
  const third = addRecords(file, 1, second);
  await startAndStop({ file, published: third });
  expect(streamNumbers(file)).toEqual([10_003]);
});

test('a file with many records shrinks, with a line before and after', async () => {
  const file = newFile();
  const first = await createUnindexed(file, 1);
  runSql(file, `UPDATE _stream_records SET new_image = '${JSON.stringify({ pad: { S: 'x'.repeat(3500) } })}'`);
  const published = addRecords(file, 12_000, first);
  expect(await startAndStop({ file, published })).toEqual([
    expect.stringMatching(/^Indexing .*rollcall\.db \(\d\d MB\) and deleting published stream records\.$/),
    expect.stringMatching(/^Indexed .*rollcall\.db in [\d.]+ seconds\.$/),
  ]);
  expect(readFileSync(file).length).toBeLessThan(200_000);
});

test.each([
  ['another stream', { streamArn: 'arn:aws:dynamodb:local:000000000000:table/rollcall/stream/other' }],
  ['another shard', { shardId: 'shardId-00000002-rollcall' }],
  ['a record that the file does not have', { sequenceNumber: '100' }],
])('a position of %s deletes no record', async (_name, other) => {
  const file = newFile();
  const last = await createUnindexed(file, 5);
  await startAndStop({ file, published: { ...last, ...other } });
  expect(isIndexed(file)).toBe(true);
  expect(streamNumbers(file)).toEqual(range(1, 5));
});

test('what an interrupted indexing left is not used', async () => {
  const file = newFile();
  await createUnindexed(file, 5);
  writeFileSync(`${file}.indexing`, 'half a copy');
  writeFileSync(`${file}.indexing-journal`, 'its journal');
  mkdirSync(`${file}.indexing.lock`);
  expect(await startAndStop({ file })).toEqual([]);
  expect(isIndexed(file)).toBe(true);
  expect(readdirSync(join(file, '..'))).toEqual(['rollcall.db']);
});

const NOT_INDEXED = 'The data is not indexed, so each write takes longer the more have been made: ';

test('a file that another process uses is not touched, and the run reports it', async () => {
  const file = newFile();
  await createUnindexed(file, 5);
  const user = await startProcess(enginePath(undefined), file);
  onTestFinished(user.stop);
  await putItems(user, [6]);
  const { engine, reported } = await start({ file });
  expect(reported).toEqual([`${NOT_INDEXED}another process uses it.`]);
  expect((await readStream(engine)).keys).toHaveLength(6);
  await engine.stop();
  await user.stop();
  expect(isIndexed(file)).toBe(false);
});

test('a file with another schema is not changed, and the run reports it', async () => {
  const file = newFile();
  await createUnindexed(file, 5);
  runSql(file, 'ALTER TABLE _stream_records ADD COLUMN other TEXT');
  const { engine, reported } = await start({ file });
  expect(reported).toEqual([`${NOT_INDEXED}its schema (version 9) is not the known one.`]);
  await putItems(engine, [6]);
  expect((await readStream(engine)).keys).toHaveLength(6);
  expect(existsSync(`${file}.indexing`)).toBe(false);
});

test.each(['a file', 'no file'])('with another engine, or without the SQLite package, it runs on %s', async (kind) => {
  const folder = temporaryFolder();
  const file = kind === 'a file' ? join(folder, 'rollcall.db') : undefined;
  const other = await start({ file, binary: otherEngine(folder) });
  expect(other.reported).toEqual([`${NOT_INDEXED}the engine is 1.2.0, not 1.2.1.`]);
  await putItems(other.engine, [1]);
  await other.engine.stop();
  const without = await start({ file, sqlite: undefined });
  expect(without.reported).toEqual([`${NOT_INDEXED}node-sqlite3-wasm is not installed (run npm ci).`]);
  await putItems(without.engine, [1]);
});

test('a temporary file is unlinked as soon as the engine has opened it', async () => {
  const temporary = temporaryFolder();
  const { TMPDIR } = process.env;
  process.env.TMPDIR = temporary;
  onTestFinished(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  });
  const { engine, reported } = await start({});
  expect(reported).toEqual([]);
  expect(readdirSync(temporary)).toEqual([]);
  await putItems(engine, range(1, 50));
  expect((await readStream(engine)).keys).toHaveLength(50);
});
