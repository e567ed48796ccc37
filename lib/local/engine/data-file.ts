/**
 * Gives a data file the index on stream records, and deletes the published ones, before the engine uses it. All changes
 * are made on a copy, which replaces the file in one step, so an interruption at any point leaves a complete file.
 */
import { closeSync, copyFileSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StreamPosition } from '../stream-reader.ts';
import { readHeader, setRollbackJournal } from './file-header.ts';
import { startProcess } from './process.ts';
import { APPLICATION_ID, indexStream, type Sqlite } from './stream-index.ts';

export type DataFile = {
  readonly file: string;
  /** The engine's binary. */
  readonly path: string;
  readonly sqlite: Sqlite;
  /** The last published stream record. */
  readonly published: StreamPosition | undefined;
  /** Receives progress, in sentences. */
  readonly report: (sentence: string) => void;
};

/** Published records that make it worth deleting them at a start. */
const DELETE_FROM = 10_000;
/** A file from this size on takes seconds to index. */
const LARGE_BYTES = 32 * 1024 * 1024;
const CLOSE_ATTEMPTS = 6;
const CLOSE_WAIT_MS = 500;

const needsWork = (file: string, published: StreamPosition | undefined): boolean => {
  const { applicationId, userVersion: deletedUpTo } = readHeader(file);
  if (applicationId !== APPLICATION_ID) return true;
  return Number(published?.sequenceNumber ?? 0) - deletedUpTo >= DELETE_FROM;
};

/** SQLite removes the shared memory and the log when the last process closes the file and the log is empty. */
const isClosed = (file: string): boolean =>
  !existsSync(`${file}-shm`) && (!existsSync(`${file}-wal`) || statSync(`${file}-wal`).size === 0);

/** Starts the engine, which recovers the log of a killed one, and stops it. */
const startAndStop = async (file: string, path: string) => {
  const engine = await startProcess(path, file);
  await fetch(engine.endpoint); // it is not ready for a signal before it answers, and would die without closing the file
  await engine.stop();
};

/** @throws if the file stays in use */
const settle = async (file: string, path: string) => {
  for (let attempt = 1; attempt <= CLOSE_ATTEMPTS; attempt++) {
    await startAndStop(file, path);
    if (isClosed(file)) return;
    await sleep(CLOSE_WAIT_MS); // the engine of a killed run may still be closing the file
  }
  throw new Error('another process uses it');
};

const syncPath = (path: string) => {
  const descriptor = openSync(path, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
};

const removeCopy = (copy: string) => {
  for (const suffix of ['', '-journal', '.lock']) rmSync(`${copy}${suffix}`, { recursive: true, force: true });
};

const replaceWithIndexed = ({ file, sqlite, published }: DataFile) => {
  const copy = `${file}.indexing`;
  removeCopy(copy); // of an interrupted run: its journal must not be applied to the new copy
  try {
    copyFileSync(file, copy);
    setRollbackJournal(copy);
    indexStream(sqlite, copy, published);
    syncPath(copy);
    rmSync(`${file}-wal`, { force: true });
    renameSync(copy, file);
    syncPath(dirname(file));
  } finally {
    removeCopy(copy);
  }
};

/**
 * Indexes the file; the engine creates it unless it exists.
 * @throws if it cannot be indexed; the file is then as before
 */
export async function indexFile(data: DataFile): Promise<void> {
  const { file, path, report } = data;
  await settle(file, path);
  const bytes = statSync(file).size;
  const isLarge = bytes >= LARGE_BYTES;
  const began = performance.now();
  if (isLarge)
    report(`Indexing ${file} (${Math.round(bytes / 1024 / 1024)} MB) and deleting published stream records.`);
  replaceWithIndexed(data);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  if (isLarge) report(`Indexed ${file} in ${seconds} seconds.`);
}

/** Indexes an existing file unless it is indexed and has few published records. @throws as `indexFile` */
export async function openDataFile(data: DataFile): Promise<void> {
  if (needsWork(data.file, data.published)) await indexFile(data);
}
