/**
 * Converts a CSV file of users (RFC 4180, with a header row) to JSON lines, which the import reads. Each user stands on
 * the line where its record begins in the CSV file, so that refusals name that line.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import * as z from 'zod/mini';
import { type DirectorySettings, type ResourceType, resourceTypesOf, userType } from '../scim/index.ts';
import { type Column, ColumnFault, type Draft, readColumns, setCell } from './csv-columns.ts';
import { NotImportable } from './scan-file.ts';

export type CsvFile = {
  readonly input: string;
  /** Created, readable by its owner only. */
  readonly output: string;
  /** Column names to SCIM paths. */
  readonly map: ReadonlyMap<string, string>;
  /** The directory that the users are for, with its schemas; undefined: a new one. */
  readonly settings: DirectorySettings | undefined;
};

/** `lines`: the number of the record's last line. */
const CsvRecord = z.object({ record: z.array(z.string()), info: z.object({ lines: z.int() }) });
const MAX_RECORD_BYTES = 4 * 1024 * 1024;

const EXPECTED = 'expected a header row of SCIM paths such as userName,name.givenName,emails.value';

const firstLineOf = ({ record, info }: z.infer<typeof CsvRecord>): number =>
  info.lines - record.join('').split(/\r\n|\n|\r/).length + 1;

const typeFor = (settings: DirectorySettings | undefined): ResourceType =>
  (settings && resourceTypesOf(settings).find(({ name }) => name === userType.name)) ?? userType;

/** An empty cell is an attribute without a value. */
const toUser = (cells: readonly string[], columns: readonly (Column | undefined)[], type: ResourceType): object => {
  const draft: Draft = {};
  for (const [i, column] of columns.entries()) {
    const text = cells[i] ?? '';
    if (column !== undefined && text !== '') setCell(draft, column, text);
  }
  const urns = type.extensions.map(({ schema }) => schema.id).filter((urn) => Object.hasOwn(draft, urn));
  return { schemas: [type.schema.id, ...urns], ...draft };
};

/** @throws ColumnFault, NotImportable */
async function* toLines(records: AsyncIterable<unknown>, { map, settings }: CsvFile): AsyncGenerator<string> {
  const type = typeFor(settings);
  let columns: readonly (Column | undefined)[] | undefined;
  let line = 1;
  let users = 0;
  for await (const found of records) {
    const read = CsvRecord.parse(found);
    if (columns === undefined) {
      columns = readColumns(read.record, type, map);
      if (!columns.some((column) => column?.target.attribute.name === 'userName'))
        throw new ColumnFault('there is no column userName: rename one, or pass --map <column>=userName.');
      continue;
    }
    const first = firstLineOf(read);
    users += 1;
    yield `${'\n'.repeat(first - line)}${JSON.stringify(toUser(read.record, columns, type))}\n`;
    line = first + 1;
  }
  if (columns === undefined) throw new NotImportable(`it is empty: ${EXPECTED}`);
  if (users === 0) throw new NotImportable('it has a header row and no users');
}

/** @throws NotImportable for a file that is not CSV or has a column that names no attribute; errors of the file system */
export async function convertCsv(file: CsvFile): Promise<void> {
  try {
    await pipeline(
      createReadStream(file.input),
      parse({
        bom: true,
        info: true,
        skip_empty_lines: true,
        // By default the first delimiter counts for the whole file, and any other becomes part of a cell.
        record_delimiter: ['\r\n', '\n', '\r'],
        max_record_size: MAX_RECORD_BYTES,
      }),
      (records: AsyncIterable<unknown>) => toLines(records, file),
      createWriteStream(file.output, { mode: 0o600, flags: 'wx' }),
    );
  } catch (error) {
    const text = error instanceof Error ? error.message.replace(/\.$/, '') : '';
    if (error instanceof ColumnFault) throw new NotImportable(`${text}; ${EXPECTED}`);
    if (error instanceof CsvError) throw new NotImportable(`it is not valid CSV: ${text}`);
    throw error;
  }
}
