/**
 * A cleanup marker, written in the same transaction that makes the cleanup necessary, so a crash cannot lose it.
 * The request deletes its marker when it has finished the cleanup itself; otherwise the sweeper (clean-up.ts) does. All
 * directories share one partition, because deletions of groups are rare.
 */

import * as z from 'zod/mini';
import type { WriteScope } from '../../scim/index.ts';
import { cleanupMarkerKey } from '../table/keys.ts';
import type { Write } from '../table/write.ts';
import { ActorItem } from './items.ts';
import { stampOf } from './resource-item.ts';

export const CleanupMarker = z.object({
  /**
   * `group`: a deleted group, which is still in the MEMBEROF items of its members. `pending`: a group whose memberships
   * are being written; if the request dies, they are removed. `member`: a deleted member with too many groups for the
   * transaction of its deletion, which leaves edges under them.
   */
  kind: z.enum(['group', 'pending', 'member']),
  directory: z.string(),
  type: z.string(),
  id: z.string(),
  /** The resource type of the group side of these memberships. */
  groupType: z.string(),
  /** ISO 8601: when the last request wrote the marker. */
  at: z.string(),
  /** `member` only: progress. The id of the last group that the member was removed from, in the order of ids. */
  after: z.optional(z.string()),
  /** `pending` only: a hash of the attributes, by which a repeated request finds the group. */
  draft: z.optional(z.string()),
  /** `pending` only: the request ran out of time and answered 429, so the client is expected to repeat it. */
  givenUp: z.optional(z.literal(true)),
  by: ActorItem,
  reason: z.enum(['change', 'import']),
});
export type CleanupMarker = z.infer<typeof CleanupMarker>;

const MINUTE_MS = 60_000;
/** Upper bound: API Gateway ends a request after 29 seconds, Lambda the function after 28. */
const REQUEST_LIFETIME_MS = MINUTE_MS;
/** How long a group that a request gave up on waits for the client to repeat that request. */
const RETRY_WINDOW_MS = 60 * MINUTE_MS;
/** The sweeper runs every minute, and needs several runs for a very large group. */
const OVERDUE_AFTER_MS = 20 * MINUTE_MS;

/** @returns whether the last request that wrote the marker may still be working on the resource */
export const isRequestActive = ({ at, givenUp }: CleanupMarker, now: number): boolean =>
  givenUp !== true && now - Date.parse(at) < REQUEST_LIFETIME_MS;
/** @returns whether no request can still be working on the resource, or is expected to resume it */
export const isQuiet = ({ at, givenUp }: CleanupMarker, now: number): boolean =>
  now - Date.parse(at) >= (givenUp ? RETRY_WINDOW_MS : REQUEST_LIFETIME_MS);
/** @returns whether the sweeper should have finished long ago */
export const isOverdue = (item: CleanupMarker, now: number): boolean => isQuiet(item, now - OVERDUE_AFTER_MS);

type NewMarker = Pick<CleanupMarker, 'kind' | 'type' | 'id' | 'groupType' | 'at' | 'draft'> & {
  readonly scope: Pick<WriteScope, 'directory' | 'actor' | 'reason'>;
};

const keyOf = ({ kind, type, id }: Pick<CleanupMarker, 'kind' | 'type' | 'id'>, directory: string) =>
  cleanupMarkerKey(directory, type, { id, kind });

export const markerWrite = ({ scope, at, ...marker }: NewMarker): Write => ({
  key: keyOf(marker, scope.directory),
  put: { ...stampOf(scope, at), directory: scope.directory, ...marker },
});
/** Marks a pending group as free to resume, unless another request has resumed it since (`at` differs). */
export const releaseMarkerWrite = (marker: Pick<CleanupMarker, 'type' | 'id' | 'directory' | 'at'>) => ({
  key: keyOf({ ...marker, kind: 'pending' }, marker.directory),
  update: { set: { givenUp: true } },
  condition: { expression: '#at = :at', values: { ':at': marker.at } },
});
/** Records progress, so that the next run does not start over. */
export const markerProgressWrite = (
  marker: Pick<CleanupMarker, 'kind' | 'type' | 'id' | 'directory'>,
  after: string,
) => ({
  key: keyOf(marker, marker.directory),
  update: { set: { after } },
  condition: { expression: 'attribute_exists(#pk)' },
});
export const clearMarkerWrite = (marker: Pick<CleanupMarker, 'kind' | 'type' | 'id' | 'directory'>): Write => ({
  key: keyOf(marker, marker.directory),
  delete: true,
});
