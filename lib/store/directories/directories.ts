/** Stores directories: one item each, and a list of their ids. */
import { isDeepStrictEqual } from 'node:util';
import type { Actor } from '../../scim/index.ts';
import { Directory, parseDirectoryItem, toDirectoryContent } from '../items/directory-item.ts';
import { ITEM_FORMAT } from '../items/items.ts';
import { type Item, openTable, type Table } from '../table/calls.ts';
import type { TableOptions } from '../table/client.ts';
import { DIRECTORIES_PK, directoryKey, directoryListKey, guardKey } from '../table/keys.ts';
import { Contended, withRetries } from '../table/retry.ts';
import { transact, updateItem } from '../table/transact.ts';
import type { Write } from '../table/write.ts';
import type { DirectorySettings } from './directory-settings.ts';

/** Every method throws `unavailable()` when the table does not answer. */
export type Directories = {
  /** @returns `'taken'` if a directory with that id exists or is still being deleted */
  create(settings: DirectorySettings, by?: Actor): Promise<Directory | 'taken'>;
  /** Strongly consistent. */
  read(id: string): Promise<Directory | undefined>;
  /**
   * Lists directories in the order of their ids, 100 at a time.
   * @param after the last id of the previous page
   * @returns `next`: `after` for the next page, if there may be one
   */
  list(after?: string): Promise<{ readonly directories: readonly Directory[]; readonly next?: string }>;
  /**
   * Applies `edit` to the directory. Calls it again if the directory has changed meanwhile. It may throw to refuse.
   * Writes nothing if it changes nothing.
   * @returns the directory after the change; undefined if it does not exist
   */
  change(id: string, by: Actor, edit: (before: Directory) => Directory): Promise<Directory | undefined>;
  /** Records the first successful request of a client. */
  connect(id: string, by: Actor): Promise<void>;
};

const toDirectory = (item: Item): Directory => parseDirectoryItem(item).directory;

const PAGE = 100;
const NO_DEADLINE = { deadline: Infinity };
/** How long a request that is done waits for a throttled table to record the connection. */
const CONNECT_MS = 1000;
const NEW = { expression: 'attribute_not_exists(#pk)' };

/** One attempt. @throws Contended if the directory has changed meanwhile */
const changeOnce = async (
  table: Table,
  { id, by }: { id: string; by: Actor },
  edit: (before: Directory) => Directory,
): Promise<Directory | undefined> => {
  const item = await table.get(directoryKey(id));
  if (item === undefined) return undefined;
  const before = toDirectory(item);
  const after = Directory.parse(edit(before));
  if (isDeepStrictEqual(after, before)) return before;
  const rev = typeof item.rev === 'number' ? item.rev : 0;
  const at = new Date(table.clock()).toISOString();
  const own: Write = {
    key: directoryKey(id),
    put: { ...toDirectoryContent(after), s: ITEM_FORMAT, rev: rev + 1, by, at },
    condition: {
      expression: rev === 0 ? 'attribute_exists(#pk) AND attribute_not_exists(#rev)' : '#rev = :rev',
      ...(rev === 0 ? {} : { values: { ':rev': rev } }),
    },
  };
  // Resuming a directory starts a new guard window.
  const resumed = before.status === 'paused' && after.status === 'active';
  const writes: Write[] = resumed ? [own, { key: guardKey(id), delete: true }] : [own];
  if ((await transact(table, writes, NO_DEADLINE)) !== undefined) throw new Contended(`directory ${id} has changed`);
  return after;
};

export function createDirectories(options: TableOptions): Directories {
  const table = openTable(options);

  return {
    async create(settings, by = { kind: 'admin' }) {
      const now = table.clock();
      const at = new Date(now).toISOString();
      const directory = Directory.parse({ ...settings, createdAt: at });
      const writes: Write[] = [
        {
          key: directoryKey(directory.id),
          put: { s: ITEM_FORMAT, ...toDirectoryContent(directory), rev: now, by, at },
          condition: NEW,
        },
        { key: directoryListKey(directory.id), put: { s: ITEM_FORMAT }, condition: NEW },
      ];
      return (await transact(table, writes, NO_DEADLINE)) === undefined ? directory : 'taken';
    },
    async read(id) {
      const item = await table.get(directoryKey(id));
      return item && toDirectory(item);
    },
    async list(after) {
      // The next possible sort key: nothing sorts between the two.
      const from = after === undefined ? {} : { from: `${after}\u0000` };
      const ids = (await table.query({ pk: DIRECTORIES_PK, limit: PAGE, ...from })).map(({ sk }) => String(sk));
      const found = await table.getAll(ids.map(directoryKey));
      const directories = ids.flatMap((id) => {
        const item = found.get(directoryKey(id));
        return item === undefined ? [] : [toDirectory(item)];
      });
      const next = ids.length < PAGE ? undefined : ids.at(-1);
      return { directories, ...(next === undefined ? {} : { next }) };
    },
    change: (id, by, edit) => withRetries(() => changeOnce(table, { id, by }, edit), table),
    async connect(id, by) {
      const at = new Date(table.clock()).toISOString();
      const condition = {
        expression: 'attribute_exists(#pk) AND attribute_not_exists(#connectedAt) AND #status <> :deleting',
        values: { ':deleting': 'deleting' },
      };
      const update = { set: { connectedAt: at, by, at }, add: { rev: 1 } };
      // The next request records it otherwise.
      await updateItem(table, { key: directoryKey(id), update, condition }, { deadline: table.clock() + CONNECT_MS });
    },
  };
}
