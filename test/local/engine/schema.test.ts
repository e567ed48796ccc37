/**
 * Guards what lib/local/engine/stream-index.ts knows of the engine's private schema. If a test fails after an update of
 * @dynoxide:
 * 1. Compare `_stream_records` and the statements on it with those below, and measure whether the new version still
 *    needs the index (npm run bench:local). If it does not, delete lib/local/engine/ except process.ts.
 * 2. Otherwise change ENGINE_VERSION, SCHEMA_VERSION and STREAM_TABLE together, and run npm run check:kills.
 * Until then, local runs and tests work without the index and report it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { indexFile } from '../../../lib/local/engine/data-file.ts';
import { readHeader } from '../../../lib/local/engine/file-header.ts';
import { enginePath, engineVersion } from '../../../lib/local/engine/process.ts';
import { APPLICATION_ID, ENGINE_VERSION } from '../../../lib/local/engine/stream-index.ts';
import { createUnindexed, requireSqlite, runSql, temporaryFolder } from './data-files.ts';

const NEXT_NUMBER =
  'SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records WHERE table_name = ?1';
const Package = z.object({ optionalDependencies: z.record(z.string(), z.string()) });

test('the pinned engine is the known one', async () => {
  const { optionalDependencies } = Package.parse(JSON.parse(readFileSync('package.json', 'utf8')));
  const pinned = Object.entries(optionalDependencies).filter(([name]) => name.startsWith('@dynoxide/'));
  expect(pinned.map(([, version]) => version)).toEqual(pinned.map(() => ENGINE_VERSION));
  expect(await engineVersion(enginePath(undefined))).toBe(ENGINE_VERSION);
});

test('the engine still searches all stream records for the next number, and the index answers that', async () => {
  expect(readFileSync(enginePath(undefined)).includes(NEXT_NUMBER)).toBe(true);
  const file = join(temporaryFolder(), 'rollcall.db');
  await createUnindexed(file, 1);
  const sqlite = requireSqlite();
  await indexFile({ file, path: enginePath(undefined), sqlite, published: undefined, report: () => {} });
  const [step] = runSql(file, `EXPLAIN QUERY PLAN ${NEXT_NUMBER}`);
  expect(step?.detail).toMatch(/^SEARCH _stream_records USING COVERING INDEX _rollcall_stream_numbers/);
});

test('the engine leaves both fields of the header that mark an indexed file to applications', async () => {
  const file = join(temporaryFolder(), 'rollcall.db');
  await createUnindexed(file, 1);
  expect(readHeader(file)).toEqual({ applicationId: 0, userVersion: 0 });
  runSql(file, `PRAGMA application_id = ${APPLICATION_ID}`);
  runSql(file, 'PRAGMA user_version = 5');
  await createUnindexed(file, 2);
  expect(readHeader(file)).toEqual({ applicationId: APPLICATION_ID, userVersion: 5 });
});
