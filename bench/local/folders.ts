/** Data folders that are filled once and copied, one per contestant. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { setRollbackJournal } from '../../lib/local/engine/file-header.ts';
import { loadSqlite } from '../../lib/local/engine/stream-index.ts';
import { StreamPosition } from '../../lib/local/stream-reader.ts';

const INDEX = '_rollcall_stream_numbers';
const Newest = z.object({ number: z.number(), count: z.number() });

const openFile = (folder: string) => {
  const sqlite = loadSqlite();
  if (sqlite === undefined) throw new Error('node-sqlite3-wasm is not installed: run npm ci');
  const file = join(folder, 'rollcall.db');
  setRollbackJournal(file);
  return new sqlite.Database(file);
};

/** Copies the folder of a stopped run. @returns the copy */
export const copyFolder = (folder: string, copy: string): string => {
  cpSync(folder, copy, { recursive: true });
  return copy;
};

/** Makes the folder one of the first release: without the index, with all stream records. */
export const dropIndex = (folder: string): void => {
  const database = openFile(folder);
  database.exec(`DROP INDEX ${INDEX}; PRAGMA application_id = 0; PRAGMA user_version = 0`);
  database.close();
};

/**
 * Adds published stream records, as copies of the existing ones, until the folder has `count`, and marks them so that
 * they are not deleted at the next start.
 */
export const addRecords = (folder: string, count: number): void => {
  const database = openFile(folder);
  const { number, count: own } = Newest.parse(
    database.get('SELECT MAX(CAST(sequence_number AS INTEGER)) AS number, COUNT(*) AS count FROM _stream_records'),
  );
  const last = number + Math.max(0, count - own);
  database.exec('BEGIN');
  for (let offset = own; number - own + offset < last; offset += own)
    database.run(
      `INSERT INTO _stream_records
        (table_name, event_name, keys_json, new_image, old_image, sequence_number, shard_id, created_at, user_identity)
      SELECT table_name, event_name, keys_json, new_image, old_image,
        CAST(CAST(sequence_number AS INTEGER) + ?1 AS TEXT), shard_id, created_at, user_identity
      FROM _stream_records
      WHERE CAST(sequence_number AS INTEGER) <= ?2 AND CAST(sequence_number AS INTEGER) + ?1 <= ?3`,
      [offset, number, last],
    );
  database.exec(`COMMIT; PRAGMA user_version = ${last}`);
  database.close();
  const file = join(folder, 'stream-position.json');
  const position = StreamPosition.parse(JSON.parse(readFileSync(file, 'utf8')));
  writeFileSync(file, JSON.stringify({ ...position, sequenceNumber: String(last) }));
};
