/** Directories in the table: an item each, and a list of their ids. */
import { randomUUID } from 'node:crypto';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { Directory, fromSchemaText, toSchemaText } from './directory-item.ts';
import type { DirectorySettings } from './directory-settings.ts';
import { ITEM_FORMAT } from './items.ts';
import { DIRECTORIES_PK, directoryKey, directoryListKey, type Key } from './keys.ts';
import { Contended, withRetries } from './retry.ts';
import { type Item, openTable, type TableOptions } from './table-calls.ts';

/** Every method throws `unavailable()` when the table does not answer. */
export type Directories = {
  /** @returns `'taken'` when there is a directory of that id */
  create(settings: DirectorySettings): Promise<Directory | 'taken'>;
  /** @returns the directory as the last write left it */
  read(id: string): Promise<Directory | undefined>;
  /** In the order of their ids. */
  list(): Promise<readonly Directory[]>;
};

/** The attribute `schemas` is a text, see `toSchemaText`. */
const toDirectory = ({ pk, sk, s, schemas, ...settings }: Item): Directory =>
  Directory.parse({ ...settings, ...fromSchemaText(schemas) });

/** @returns false when one of the items is there already */
const isMade = (error: unknown): boolean => {
  if (!(error instanceof TransactionCanceledException)) throw error;
  const codes = error.CancellationReasons?.map(({ Code }) => Code) ?? [];
  if (codes.includes('ConditionalCheckFailed')) return false;
  if (codes.includes('TransactionConflict')) throw new Contended('a parallel write of the same directory');
  throw error;
};

export function createDirectories(options: TableOptions): Directories {
  const table = openTable(options);

  const putNew = (key: Key, content: object) => ({
    Put: {
      TableName: table.tableName,
      Item: { ...key, s: ITEM_FORMAT, ...content },
      ConditionExpression: 'attribute_not_exists(pk)',
    },
  });

  return {
    async create(settings) {
      const directory = Directory.parse({ ...settings, createdAt: new Date(table.clock()).toISOString() });
      // As a Map, because the SDK takes an object with a key `constructor` for an instance of some class.
      const labels = new Map(Object.entries(directory.labels));
      const { schemaExtensions, resourceTypes, requiredAttributes, valueRules, ...rest } = directory;
      const schemas = toSchemaText(directory);
      const items = [
        putNew(directoryKey(directory.id), { ...rest, labels, schemas }),
        putNew(directoryListKey(directory.id), {}),
      ];
      // One token for all tries: a repetition of what was done is not "taken".
      const command = new TransactWriteCommand({ TransactItems: items, ClientRequestToken: randomUUID() });
      const write = () => table.documents.send(command).then(() => true, isMade);
      return (await withRetries(write, { clock: table.clock })) ? directory : 'taken';
    },
    async read(id) {
      const item = await table.get(directoryKey(id));
      return item && toDirectory(item);
    },
    async list() {
      const ids = (await table.query({ pk: DIRECTORIES_PK })).map(({ sk }) => String(sk));
      const found = await table.getAll(ids.map(directoryKey));
      return ids.flatMap((id) => {
        const item = found.get(directoryKey(id));
        return item === undefined ? [] : [toDirectory(item)];
      });
    },
  };
}

export type CacheOptions = {
  readonly seconds: number;
  /** Values in memory. @default 1000 */
  readonly max?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
};

/**
 * Remembers what `read` found, for handlers that need the same directory at every request. Those who ask at once share
 * one reading; "not there" and failures are not remembered.
 */
export function cached<Value>(
  read: (id: string) => Promise<Value | undefined>,
  { seconds, max = 1000, now = Date.now }: CacheOptions,
): (id: string) => Promise<Value | undefined> {
  type Entry = { readonly until: number; readonly value: Promise<Value | undefined> };
  const entries = new Map<string, Entry>();

  const load = (id: string): Promise<Value | undefined> => {
    const forget = () => {
      if (entries.get(id) === entry) entries.delete(id);
    };
    const value = read(id).then(
      (found) => {
        if (found === undefined) forget();
        return found;
      },
      (error: unknown) => {
        forget();
        throw error;
      },
    );
    const entry: Entry = { until: now() + seconds * 1000, value };
    entries.delete(id);
    entries.set(id, entry);
    const [oldest] = entries.keys();
    if (entries.size > max && oldest !== undefined) entries.delete(oldest);
    return value;
  };

  return (id) => {
    const entry = entries.get(id);
    return entry !== undefined && now() < entry.until ? entry.value : load(id);
  };
}
