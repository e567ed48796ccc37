/** The header of a SQLite database file: https://www.sqlite.org/fileformat.html#the_database_header */
import { closeSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';

const HEADER_BYTES = 100;
/** Two bytes, the versions of the format for writing and reading: 1 is a rollback journal, 2 a write-ahead log. */
const JOURNAL_MODE_AT = 18;
const USER_VERSION_AT = 60;
const APPLICATION_ID_AT = 68;

export type FileHeader = {
  /** Who wrote the file; 0 unless set. */
  readonly applicationId: number;
  /** A number of the application's own; 0 unless set. */
  readonly userVersion: number;
};

/** Reads the header without opening the database. A file shorter than a header reads as zeros. */
export const readHeader = (file: string): FileHeader => {
  const header = Buffer.alloc(HEADER_BYTES);
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, header, 0, HEADER_BYTES, 0);
  } finally {
    closeSync(descriptor);
  }
  return { applicationId: header.readUInt32BE(APPLICATION_ID_AT), userVersion: header.readUInt32BE(USER_VERSION_AT) };
};

/**
 * Marks the file as one with a rollback journal, because the SQLite of Node 20's helper cannot open a write-ahead log.
 * Call it only on a copy of a file whose write-ahead log is empty: a log that is not empty would be lost.
 */
export const setRollbackJournal = (file: string): void => {
  const descriptor = openSync(file, 'r+');
  try {
    writeSync(descriptor, Uint8Array.of(1, 1), 0, 2, JOURNAL_MODE_AT);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};
