/**
 * Finds unfinished creates of large groups. The members written so far are stored under the id of a `pending` group
 * that no client has seen. A repeated request finds the group by the content hash in its cleanup marker and resumes it,
 * so that repetition always terminates.
 */
import { createHash } from 'node:crypto';
import { CleanupMarker, isRequestActive, releaseMarkerWrite } from '../items/cleanup-marker.ts';
import { ResourceItem } from '../items/items.ts';
import type { GroupChange } from '../members/membership-writes.ts';
import type { Table } from '../table/calls.ts';
import { cleanupMarkerRange, resourceKey } from '../table/keys.ts';
import { updateItem } from '../table/transact.ts';

/** @param r the attributes as stored */
export const contentHash = (r: string): string => createHash('sha256').update(r).digest('base64url').slice(0, 32);

/**
 * `at`: when the last request on the group started. Resuming is conditional on it, so that only one request resumes.
 */
export type Unfinished = { readonly id: string; readonly at: string };

/** @returns a pending group with these attributes that no request is working on */
export const findUnfinished = async (
  table: Table,
  { scope: { directory, type } }: GroupChange,
  r: string,
): Promise<Unfinished | undefined> => {
  const hash = contentHash(r);
  const markers = (await table.query(cleanupMarkerRange(directory, type.name))).map((item) =>
    CleanupMarker.parse(item),
  );
  const candidates = markers.filter(
    (item) => item.kind === 'pending' && item.draft === hash && !isRequestActive(item, table.clock()),
  );
  const items = await table.getAll(candidates.map(({ id }) => resourceKey(directory, type.name, id)));
  return candidates.find(({ id, at }) => {
    const { data } = ResourceItem.safeParse(items.get(resourceKey(directory, type.name, id)));
    return data?.pending === true && data.gone === undefined && data.at === at;
  });
};

/** Releases the pending group at the end of a request: for an hour, a repeated request can resume it at once. */
export const releaseForRetry = async (table: Table, { scope, groupType, groupId, at }: GroupChange): Promise<void> => {
  const marker = { directory: scope.directory, type: groupType, id: groupId, at };
  await updateItem(table, releaseMarkerWrite(marker), { deadline: Infinity });
};
