/** What decides whether a token opens a directory: the directory itself and its denied tokens, read in one call. */
import type { CursorKey } from '../../scim/index.ts';
import { type Directory, parseDirectoryItem } from '../items/directory-item.ts';
import { openTable } from '../table/calls.ts';
import type { TableOptions } from '../table/client.ts';
import { deniedKey, directoryKey } from '../table/keys.ts';
import { type Denials, parseDenials } from './denied-tokens.ts';

export type DirectoryAccess = {
  readonly directory: Directory;
  readonly denials: Denials;
  /** undefined: the directory has none yet. */
  readonly cursorKey?: CursorKey | undefined;
};
/** @returns undefined if the directory does not exist. @throws unavailable() if either part cannot be read */
export type ReadDirectoryAccess = (id: string) => Promise<DirectoryAccess | undefined>;

export const createDirectoryAccess = (options: TableOptions): ReadDirectoryAccess => {
  const table = openTable(options);
  return async (id) => {
    const [directory, denied] = [directoryKey(id), deniedKey(id)];
    const items = await table.getAll([directory, denied]);
    const item = items.get(directory);
    if (item === undefined) return undefined;
    const { directory: found, cursorKey } = parseDirectoryItem(item);
    return { directory: found, cursorKey, denials: parseDenials(items.get(denied)) };
  };
};
