/** The embedded DynamoDB engine of a local run, on a data file that keeps its writes fast. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataFile } from './engine/data-file.ts';
import { type Engine, enginePath, engineVersion, startProcess } from './engine/process.ts';
import { ENGINE_VERSION, loadSqlite, type Sqlite } from './engine/stream-index.ts';
import { createDataFile } from './engine/template.ts';
import type { StreamPosition } from './stream-reader.ts';

export type { Engine } from './engine/process.ts';

export type EngineProps = {
  /** The data file, created unless it exists. @default a temporary file that is lost when the engine stops */
  readonly file?: string | undefined;
  /** Path of an engine binary. @default the platform package's */
  readonly binary?: string | undefined;
  /** The last published stream record; those before it may be deleted. */
  readonly published?: StreamPosition | undefined;
  /** Receives progress and limitations, in sentences. @default standard error */
  readonly report?: (sentence: string) => void;
  /** Undefined if the package is not installed. */
  readonly sqlite?: Sqlite | undefined;
};
type Indexing = { readonly path: string; readonly sqlite: Sqlite };

const SLOW = 'so each write takes longer the more have been made';

/** What indexing needs, or the reason why it is not possible. */
const openIndexing = async (path: string, sqlite: Sqlite | undefined): Promise<Indexing | string> => {
  if (sqlite === undefined) return 'node-sqlite3-wasm is not installed (run npm ci)';
  const version = await engineVersion(path);
  if (version !== ENGINE_VERSION) return `the engine is ${version ?? 'of an unknown version'}, not ${ENGINE_VERSION}`;
  return { path, sqlite };
};

/** @returns why the file is not indexed; undefined if it is */
const prepareFile = async (file: string, indexing: Indexing | string, props: EngineProps) => {
  if (typeof indexing === 'string') return indexing;
  const { path, sqlite } = indexing;
  const { published, report = console.error } = props;
  try {
    if (existsSync(file)) await openDataFile({ file, path, sqlite, published, report });
    else await createDataFile(file, path, sqlite);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

/** Starts on a temporary file and unlinks it at once: the engine keeps it open, and nothing outlives the engine. */
const startTemporary = async (indexing: Indexing, props: EngineProps) => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-engine-'));
  try {
    const file = join(folder, 'rollcall.db');
    const reason = await prepareFile(file, indexing, props);
    return { engine: await startProcess(indexing.path, reason === undefined ? file : undefined), reason };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const startOn = async (path: string, indexing: Indexing | string, props: EngineProps) => {
  const { file } = props;
  if (file !== undefined) {
    const reason = await prepareFile(file, indexing, props);
    return { engine: await startProcess(path, file), reason };
  }
  if (typeof indexing === 'string') return { engine: await startProcess(path), reason: indexing };
  return startTemporary(indexing, props);
};

/**
 * Starts the engine on a free port. If the data cannot be indexed, it runs without the index and reports why.
 * @throws LocalRunError if there is no engine for this machine, or it does not start
 */
export async function startEngine(props: EngineProps = {}): Promise<Engine> {
  const { binary = process.env.ROLLCALL_ENGINE, report = console.error } = props;
  const path = enginePath(binary);
  const indexing = await openIndexing(path, 'sqlite' in props ? props.sqlite : loadSqlite());
  const { engine, reason } = await startOn(path, indexing, props);
  if (reason !== undefined) report(`The data is not indexed, ${SLOW}: ${reason}.`);
  return engine;
}
