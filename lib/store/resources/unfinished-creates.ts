/**
 * Creations of large groups that ran out of time: their members are there, under an id that nobody knows. The same
 * request, repeated, takes it up where it was left, so that repeating always ends. Known by the word to the sweeper.
 */
import { createHash } from 'node:crypto';
import { CleanupMarker, isRequestActive, releaseMarkerWrite } from '../items/cleanup-marker.ts';
import { ResourceItem } from '../items/items.ts';
import type { GroupChange } from '../members/membership-writes.ts';
import type { Table } from '../table/calls.ts';
import { cleanupMarkerRange, resourceKey } from '../table/keys.ts';
import { updateItem } from '../table/transact.ts';

/** @param r the attributes as they are written */
export const contentHash = (r: string): string => createHash('sha256').update(r).digest('base64url').slice(0, 32);

/** When the last request began that worked on it: whoever takes it up says this, so that only one does. */
export type Unfinished = { readonly id: string; readonly at: string };

/** @returns a group with these attributes that never came, and that no request is at work on */
export const findUnfinished = async (
  table: Table,
  { scope: { directory, type } }: GroupChange,
  r: string,
): Promise<Unfinished | undefined> => {
  const draft = contentHash(r);
  const left = (await table.query(cleanupMarkerRange(directory, type.name))).map((item) => CleanupMarker.parse(item));
  const drafts = left.filter(
    (item) => item.kind === 'pending' && item.draft === draft && !isRequestActive(item, table.clock()),
  );
  const items = await table.getAll(drafts.map(({ id }) => resourceKey(directory, type.name, id)));
  return drafts.find(({ id, at }) => {
    const { data } = ResourceItem.safeParse(items.get(resourceKey(directory, type.name, id)));
    return data?.pending === true && data.gone === undefined && data.at === at;
  });
};

/** The request says that it ends: from now on its repetition may go on, for an hour. */
export const releaseForRetry = async (table: Table, { scope, groupType, groupId, at }: GroupChange): Promise<void> => {
  const left = { directory: scope.directory, type: groupType, id: groupId, at };
  await updateItem(table, releaseMarkerWrite(left), { deadline: Infinity });
};
