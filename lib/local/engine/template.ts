/** An empty, indexed data file. New data files start as a copy of it, because copying takes under a millisecond. */
import { constants, copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { indexFile } from './data-file.ts';
import { ENGINE_VERSION, type Sqlite } from './stream-index.ts';

const CACHE = new URL('../../../node_modules/.cache/rollcall/', import.meta.url).pathname;
const TEMPLATE = join(CACHE, `engine-${ENGINE_VERSION}.db`);

/** Renames within the cache, so that no other run reads half a template. */
const keep = (file: string) => {
  try {
    mkdirSync(CACHE, { recursive: true });
    const own = `${TEMPLATE}.${process.pid}`;
    copyFileSync(file, own);
    renameSync(own, TEMPLATE);
  } catch {
    // The cache is not writable: each run creates its own.
  }
};

/**
 * Creates an empty data file with the index.
 * @param file must not exist
 * @throws if the engine or its schema does not allow it; there is no file then
 */
export async function createDataFile(file: string, path: string, sqlite: Sqlite): Promise<void> {
  if (existsSync(TEMPLATE)) return copyFileSync(TEMPLATE, file, constants.COPYFILE_EXCL);
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-engine-'));
  try {
    const empty = join(folder, 'empty.db');
    await indexFile({ file: empty, path, sqlite, published: undefined, report: () => {} });
    keep(empty);
    copyFileSync(empty, file, constants.COPYFILE_EXCL);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
