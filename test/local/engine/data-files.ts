/** Data files of the engine, made and read as the tests need them. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { onTestFinished } from 'vitest';
import * as z from 'zod';
import { setRollbackJournal } from '../../../lib/local/engine/file-header.ts';
import { type Engine, enginePath, startProcess } from '../../../lib/local/engine/process.ts';
import { loadSqlite, type Sqlite } from '../../../lib/local/engine/stream-index.ts';
import { createStreamReader, type StreamPosition } from '../../../lib/local/stream-reader.ts';
import { openTable } from '../../../lib/local/table.ts';

export const TABLE = 'rollcall';
const OF_CLIENTS = { region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

export const requireSqlite = (): Sqlite => {
  const sqlite = loadSqlite();
  if (sqlite === undefined) throw new Error('node-sqlite3-wasm is not installed: run npm ci');
  return sqlite;
};

/** Creates a folder that is removed after the test. */
export const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-data-file-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** A working engine that reports another version. @returns its path */
export const otherEngine = (folder: string): string => {
  const path = join(folder, 'other-engine');
  const script = `#!/bin/sh\n[ "$1" = --version ] && { echo 'dynoxide 1.2.0'; exit; }\nexec '${enginePath(undefined)}' "$@"\n`;
  writeFileSync(path, script);
  chmodSync(path, 0o755);
  return path;
};

/** Writes one item per number, each of which leaves a stream record. */
export const putItems = async ({ endpoint }: Engine, numbers: readonly number[]): Promise<void> => {
  const client = new DynamoDBClient({ endpoint, ...OF_CLIENTS });
  await openTable(client, TABLE);
  for (const number of numbers)
    await client.send(new PutItemCommand({ TableName: TABLE, Item: { pk: { S: `item ${number}` }, sk: { S: '-' } } }));
  client.destroy();
};

/** Reads the stream. @returns the keys of its records, in order, and the position of the last */
export const readStream = async ({ endpoint }: Engine, after?: StreamPosition) => {
  const database = new DynamoDBClient({ endpoint, ...OF_CLIENTS });
  const client = new DynamoDBStreamsClient({ endpoint, ...OF_CLIENTS });
  const streamArn = await openTable(database, TABLE);
  await client.send(new DescribeStreamCommand({ StreamArn: streamArn }));
  const reader = createStreamReader(client, streamArn, after);
  const keys: string[] = [];
  let position = after;
  for (;;) {
    const { shardId, records } = await reader.read();
    if (records.length === 0) break;
    keys.push(...records.map(({ dynamodb }) => dynamodb?.Keys?.pk?.S ?? ''));
    position = { streamArn, shardId, sequenceNumber: records.at(-1)?.dynamodb?.SequenceNumber };
  }
  database.destroy();
  client.destroy();
  if (position === undefined) throw new Error('the stream is empty');
  return { keys, position };
};

export const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** Creates a file as the first release leaves it: without the index. @returns the position of its last stream record */
export const createUnindexed = async (file: string, items: number): Promise<StreamPosition> => {
  const engine = await startProcess(enginePath(undefined), file);
  await putItems(engine, range(1, items));
  const { position } = await readStream(engine);
  await engine.stop();
  return position;
};

/** Runs SQL on a file that no engine uses. @returns the rows of the last statement */
export const runSql = (file: string, sql: string): Record<string, unknown>[] => {
  setRollbackJournal(file);
  const database = new (requireSqlite().Database)(file);
  try {
    return z.array(z.record(z.string(), z.unknown())).parse(database.all(sql));
  } finally {
    database.close();
  }
};

/** Numbers of the stream records in a file that no engine uses. */
export const streamNumbers = (file: string): number[] =>
  runSql(file, 'SELECT CAST(sequence_number AS INTEGER) AS number FROM _stream_records ORDER BY 1').map((row) =>
    Number(row.number),
  );

/** Adds copies of the newest stream record. @returns the position of the last */
export const addRecords = (file: string, count: number, { sequenceNumber, ...stream }: StreamPosition) => {
  const last = Number(sequenceNumber);
  runSql(
    file,
    `WITH RECURSIVE added(number) AS (SELECT ${last + 1} UNION ALL SELECT number + 1 FROM added WHERE number < ${last + count})
    INSERT INTO _stream_records
      (table_name, event_name, keys_json, new_image, old_image, sequence_number, shard_id, created_at, user_identity)
    SELECT table_name, event_name, keys_json, new_image, old_image, CAST(number AS TEXT), shard_id, created_at, user_identity
    FROM added, _stream_records WHERE sequence_number = '${last}'`,
  );
  return { ...stream, sequenceNumber: String(last + count) };
};
