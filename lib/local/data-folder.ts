/** Where a local run keeps what outlives it: one folder, used by one run at a time. */
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
  /** As it was given, so relative to where the run was started when that was. */
  readonly path: string;
  /** The engine's data file; undefined: in memory. */
  readonly database: string | undefined;
  pathOf(name: string): string;
  /** @throws LocalRunError when the file does not hold what it should */
  read<T>(name: string, schema: z.ZodType<T>): T | undefined;
  /** Whole or not at all, for nobody else to read. */
  write(name: string, value: unknown): void;
  /** Adds one line of JSON. */
  append(name: string, value: unknown): void;
  /** Makes it, empty, unless it is there. */
  touch(name: string): void;
  remove(name: string): void;
  /** Lets the next run in; removes a temporary folder. */
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
    const why = error instanceof Error && 'code' in error ? error.code : error;
    throw new LocalRunError(`The data folder ${path ?? tmpdir()} cannot be written (${why}).`, { cause: error });
  }
};

/**
 * @param given undefined makes a temporary one
 * @throws LocalRunError when it cannot be written or another run uses it
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
        throw new LocalRunError(`${pathOf(name)} is damaged: delete the folder ${path} to begin anew.`, {
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
