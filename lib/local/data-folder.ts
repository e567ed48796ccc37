/** The data folder of a local run, which outlives the run. Only one run at a time uses it. */
import {
  accessSync,
  appendFileSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as z from 'zod';
import { LocalRunError } from './local-run-error.ts';
import { lockFolder } from './lock.ts';

export type DataFolder = {
  /** As given; a relative path is relative to the working directory of the run. */
  readonly path: string;
  /** The engine's data file; undefined if the data is in memory. */
  readonly database: string | undefined;
  pathOf(name: string): string;
  /** @returns undefined if there is no such file. @throws LocalRunError if the file does not match the schema */
  read<T>(name: string, schema: z.ZodType<T>): T | undefined;
  /** Replaces the file atomically, readable only by its owner. */
  write(name: string, value: unknown): void;
  /** Adds one line of JSON. */
  append(name: string, value: unknown): void;
  /** Creates an empty file unless it exists. */
  touch(name: string): void;
  remove(name: string): void;
  /** Releases the lock and removes a temporary folder. */
  close(): void;
};

const OWNER_ONLY = 0o600;

const openFolder = (path: string | undefined): string => {
  try {
    if (path === undefined) return mkdtempSync(join(tmpdir(), 'rollcall-'));
    mkdirSync(path, { recursive: true, mode: 0o700 });
    accessSync(path, constants.W_OK);
    return path;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error;
    throw new LocalRunError(
      `The data folder ${path ?? tmpdir()} is not writable (${code}): choose another with --data.`,
      {
        cause: error,
      },
    );
  }
};

/**
 * Opens and locks the folder.
 * @param given its path; undefined creates a temporary folder
 * @throws LocalRunError if the folder is not writable or another run uses it
 */
export async function openDataFolder(given: string | undefined): Promise<DataFolder> {
  const path = openFolder(given);
  const release = await lockFolder(path);
  const pathOf = (name: string) => join(path, name);
  return {
    path,
    database: given === undefined ? undefined : pathOf('rollcall.db'),
    pathOf,
    read(name, schema) {
      if (!existsSync(pathOf(name))) return undefined;
      try {
        return schema.parse(JSON.parse(readFileSync(pathOf(name), 'utf8')));
      } catch (error) {
        throw new LocalRunError(`${pathOf(name)} is damaged: delete the folder ${path} to start over.`, {
          cause: error,
        });
      }
    },
    write(name, value) {
      writeFileSync(pathOf(`${name}.new`), JSON.stringify(value), { mode: OWNER_ONLY });
      renameSync(pathOf(`${name}.new`), pathOf(name));
    },
    append: (name, value) => appendFileSync(pathOf(name), `${JSON.stringify(value)}\n`, { mode: OWNER_ONLY }),
    touch: (name) => appendFileSync(pathOf(name), '', { mode: OWNER_ONLY }),
    remove: (name) => rmSync(pathOf(name), { force: true }),
    close() {
      release();
      if (given === undefined) rmSync(path, { recursive: true, force: true });
    },
  };
}
