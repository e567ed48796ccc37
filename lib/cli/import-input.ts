/** The file that an import reads: several times, so standard input and a CSV file become a temporary file first. */
import { createWriteStream, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { InvalidArgumentError } from 'commander';
import { type CsvFile, convertCsv } from '../transfer/csv-users.ts';
import { onTermination } from './interrupt.ts';

/** Lines of JSON. */
export type ReadableFile = { readonly path: string; readonly remove: () => Promise<void> };

/** How to read a CSV file. */
export type CsvReading = Pick<CsvFile, 'map' | 'settings'>;

/** Adds `column=path` to the columns of a CSV file. The path has no `=`; a column may. */
export const addColumn = (text: string, previous: ReadonlyMap<string, string> = new Map()) => {
  const [, column, path] = /^(.+)=([^=]*)$/s.exec(text) ?? [];
  if (column === undefined || path === undefined)
    throw new InvalidArgumentError('Expected <column>=<path>, for example "First name=name.givenName".');
  return new Map([...previous, [column, path.trim()]]);
};

const ALL = { recursive: true, force: true };

/** A folder for personal data, which must not be left behind, not even when a signal ends the process. */
const openFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'scim-import-'));
  const stopCleanUp = onTermination(() => rmSync(folder, ALL));
  const remove = async () => {
    stopCleanUp();
    await rm(folder, ALL);
  };
  return { folder, remove };
};

/** @param file a path; `-` is standard input. @param csv undefined: the file has JSON lines */
export const openInput = async (file: string, csv: CsvReading | undefined): Promise<ReadableFile> => {
  if (file !== '-' && csv === undefined) return { path: file, remove: async () => {} };
  const { folder, remove } = await openFolder();
  const received = join(folder, csv === undefined ? 'input.ndjson' : 'input.csv');
  const path = join(folder, 'input.ndjson');
  try {
    if (file === '-') await pipeline(process.stdin, createWriteStream(received, { mode: 0o600 }));
    if (csv !== undefined) await convertCsv({ ...csv, input: file === '-' ? received : file, output: path });
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, remove };
};
