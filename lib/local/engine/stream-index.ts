/**
 * An index on the engine's stream records, and the deletion of published ones. Without the index, each write searches
 * all stream records ever written. Works on the engine's private schema, so everything here is tied to one version.
 */
import { createRequire } from 'node:module';
import * as z from 'zod';
import type { StreamPosition } from '../stream-reader.ts';

/** The version whose schema this module knows. `test/local/engine-schema.test.ts` says how to move to another. */
export const ENGINE_VERSION = '1.2.1';

/** Written into the file's header once it has the index: the letters RLLC. */
export const APPLICATION_ID = 0x52_4c_4c_43;

/** Real DynamoDB's sequence numbers are larger. */
const LARGEST_USER_VERSION = 2 ** 31 - 1;
const SCHEMA_VERSION = '9';
const STREAM_TABLE =
  'CREATE TABLE _stream_records ( id INTEGER PRIMARY KEY AUTOINCREMENT, table_name TEXT NOT NULL, ' +
  'event_name TEXT NOT NULL, keys_json TEXT NOT NULL, new_image TEXT, old_image TEXT, ' +
  'sequence_number TEXT NOT NULL, shard_id TEXT NOT NULL, created_at INTEGER NOT NULL, user_identity TEXT )';

const CREATE_INDEX = `CREATE INDEX IF NOT EXISTS _rollcall_stream_numbers
  ON _stream_records(table_name, CAST(sequence_number AS INTEGER))`;

// The last published record stays: the engine derives the next number from it, and the reader resumes after it.
const DELETE_PUBLISHED = `DELETE FROM _stream_records
  WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) < CAST(?3 AS INTEGER) AND shard_id = ?2
    AND EXISTS (SELECT 1 FROM _stream_records WHERE table_name = ?1 AND shard_id = ?2
      AND CAST(sequence_number AS INTEGER) = CAST(?3 AS INTEGER))`;

export type Sqlite = typeof import('node-sqlite3-wasm');
type Database = InstanceType<Sqlite['Database']>;

/** The SQLite of the package node-sqlite3-wasm; undefined if it is not installed. */
export const loadSqlite = (): Sqlite | undefined => {
  try {
    return createRequire(import.meta.url)('node-sqlite3-wasm');
  } catch {
    return undefined;
  }
};

const Schema = z.object({ version: z.string(), streamTable: z.string() });
const StreamTable = z.object({ table_name: z.string(), stream_label: z.string() });
const Pages = z.object({ free: z.number(), all: z.number() });

/** @throws if the engine's schema is not the known one */
const checkSchema = (database: Database) => {
  const { version, streamTable } = Schema.parse(
    database.get(`SELECT (SELECT value FROM _config WHERE key = 'schema_version') AS version,
      (SELECT sql FROM sqlite_master WHERE name = '_stream_records') AS streamTable`),
  );
  if (version !== SCHEMA_VERSION || streamTable.replaceAll(/\s+/g, ' ') !== STREAM_TABLE)
    throw new Error(`its schema (version ${version}) is not the known one`);
};

/** Deletes nothing if the position is one of another stream. */
const deletePublished = (database: Database, { streamArn, shardId, sequenceNumber }: StreamPosition) => {
  const tables = z
    .array(StreamTable)
    .parse(database.all('SELECT table_name, stream_label FROM _tables WHERE stream_label IS NOT NULL'));
  const table = tables.find(({ table_name, stream_label }) =>
    streamArn.endsWith(`:table/${table_name}/stream/${stream_label}`),
  );
  if (table === undefined || sequenceNumber === undefined) return;
  database.run(DELETE_PUBLISHED, [table.table_name, shardId, sequenceNumber]);
};

/** Rewrites the file without free pages if most of it is free. */
const shrink = (database: Database) => {
  const { free, all } = Pages.parse(
    database.get('SELECT freelist_count AS free, page_count AS "all" FROM pragma_freelist_count, pragma_page_count'),
  );
  if (free * 2 > all) database.exec('VACUUM');
};

/** @throws if the file is damaged */
const checkIntegrity = (database: Database) => {
  const result = database.get('PRAGMA quick_check(1)');
  if (result?.quick_check !== 'ok') throw new Error(`it is damaged (${String(result?.quick_check)})`);
};

/**
 * Creates the index, deletes the records that have been published, and notes both in the file's header.
 * @param file a file with a rollback journal that no other process uses
 * @param published the last published record; undefined deletes none
 * @throws if the schema is not the known one or the file is damaged
 */
export function indexStream({ Database }: Sqlite, file: string, published: StreamPosition | undefined): void {
  const database = new Database(file, { fileMustExist: true });
  try {
    checkSchema(database);
    database.exec(CREATE_INDEX);
    if (published !== undefined) deletePublished(database, published);
    shrink(database);
    checkIntegrity(database);
    const deletedUpTo = Math.min(Number(published?.sequenceNumber ?? 0), LARGEST_USER_VERSION);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${deletedUpTo}`);
  } finally {
    database.close();
  }
}
