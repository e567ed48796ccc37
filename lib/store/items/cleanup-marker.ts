/**
 * Word of what a request leaves to be swept if it dies: written in the transaction that makes it necessary, so that
 * nothing is forgotten. All directories share one partition, because deletions of groups are rare.
 */

import * as z from 'zod/mini';
import type { WriteScope } from '../../scim/index.ts';
import { cleanupMarkerKey } from '../table/keys.ts';
import type { Write } from '../table/write.ts';
import { ActorItem, ITEM_FORMAT } from './items.ts';
import { stampOf } from './resource-item.ts';

export const CleanupMarker = z.object({
  /**
   * `group`: a deleted group, whose members still name it. `pending`: a group whose memberships are being written; when
   * its request died, they must go. `member`: a deleted member, whose edges are too many for its deletion's transaction.
   */
  kind: z.enum(['group', 'pending', 'member']),
  directory: z.string(),
  type: z.string(),
  id: z.string(),
  /** The resource type whose members these memberships are. */
  groupType: z.string(),
  /** ISO 8601: when the request wrote it. */
  at: z.string(),
  /** Of a deleted member: the id of the last group that it was taken out of, in the order of ids. */
  after: z.optional(z.string()),
  /** Of a pending group: a hash of its attributes, by which the same request, repeated, finds it. */
  draft: z.optional(z.string()),
  /** Its request ran out of time and said so. */
  givenUp: z.optional(z.literal(true)),
  by: ActorItem,
  reason: z.enum(['change', 'import']),
});
export type CleanupMarker = z.infer<typeof CleanupMarker>;

const MINUTE_MS = 60_000;
/** Longer than any request lives: API Gateway ends it after 29 seconds, Lambda the function after 28. */
const REST_MS = MINUTE_MS;
/** For the client that was told to repeat its request, and takes its time. */
const GIVEN_UP_REST_MS = 60 * MINUTE_MS;
/** A sweep comes every minute, and one of a very large group takes some. */
const PATIENCE_MS = 20 * MINUTE_MS;

/** @returns whether a request may be at work on what it names; the word is of the last one */
export const isAtWork = ({ at, givenUp }: CleanupMarker, now: number): boolean =>
  givenUp !== true && now - Date.parse(at) < REST_MS;
/** @returns whether no request is at work on what it names, or will come back to it */
export const isRested = ({ at, givenUp }: CleanupMarker, now: number): boolean =>
  now - Date.parse(at) >= (givenUp ? GIVEN_UP_REST_MS : REST_MS);
/** @returns whether it should have been swept long ago */
export const isOverdue = (item: CleanupMarker, now: number): boolean => isRested(item, now - PATIENCE_MS);

type Left = Pick<CleanupMarker, 'kind' | 'type' | 'id' | 'groupType' | 'at' | 'draft'> & {
  readonly scope: Pick<WriteScope, 'directory' | 'actor' | 'reason'>;
};

const keyOf = ({ kind, type, id }: Pick<CleanupMarker, 'kind' | 'type' | 'id'>, directory: string) =>
  cleanupMarkerKey(directory, type, { id, kind });

export const markerWrite = ({ scope, at, ...left }: Left): Write => ({
  key: keyOf(left, scope.directory),
  put: { ...stampOf(scope, at), s: ITEM_FORMAT, directory: scope.directory, ...left },
});
/** @param left of this very request: what another one took up since is its own */
export const releaseMarkerWrite = (left: Pick<CleanupMarker, 'type' | 'id' | 'directory' | 'at'>) => ({
  key: keyOf({ ...left, kind: 'pending' }, left.directory),
  update: { set: { givenUp: true } },
  condition: { expression: '#at = :at', values: { ':at': left.at } },
});
/** What was done, so that whoever goes on does not begin anew. */
export const markerProgressWrite = (
  left: Pick<CleanupMarker, 'kind' | 'type' | 'id' | 'directory'>,
  after: string,
) => ({
  key: keyOf(left, left.directory),
  update: { set: { after } },
  condition: { expression: 'attribute_exists(#pk)' },
});
export const clearMarkerWrite = (left: Pick<CleanupMarker, 'kind' | 'type' | 'id' | 'directory'>): Write => ({
  key: keyOf(left, left.directory),
  delete: true,
});
