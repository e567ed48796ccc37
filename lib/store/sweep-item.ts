/**
 * Word of what a request leaves to be swept if it dies: written in the transaction that makes it necessary, so that
 * nothing is forgotten. All directories share one partition, because deletions of groups are rare.
 */

import * as z from 'zod/mini';
import type { WriteScope } from '../scim/index.ts';
import { ActorItem, ITEM_FORMAT } from './items.ts';
import { sweepKey } from './keys.ts';
import { stampOf } from './stored-resource.ts';
import type { Write } from './write.ts';

export const SweepItem = z.object({
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
  by: ActorItem,
  reason: z.enum(['change', 'import']),
});
export type SweepItem = z.infer<typeof SweepItem>;

const MINUTE_MS = 60_000;
/** Longer than any request lives: API Gateway ends it after 29 seconds, Lambda the function after 28. */
const REST_MS = MINUTE_MS;
/** A sweep comes every minute, and one of a very large group takes some. */
const PATIENCE_MS = 20 * MINUTE_MS;

/** @returns whether no request can be at work any more on what it names, or come back to it */
export const isRested = ({ at }: SweepItem, now: number): boolean => now - Date.parse(at) >= REST_MS;
/** @returns whether it should have been swept long ago */
export const isOverdue = ({ at }: SweepItem, now: number): boolean => now - Date.parse(at) >= REST_MS + PATIENCE_MS;

type Left = Pick<SweepItem, 'kind' | 'type' | 'id' | 'groupType' | 'at'> & {
  readonly scope: Pick<WriteScope, 'directory' | 'actor' | 'reason'>;
};

const keyOf = ({ kind, type, id }: Pick<SweepItem, 'kind' | 'type' | 'id'>, directory: string) =>
  sweepKey(directory, type, { id, kind });

export const sweepWrite = ({ scope, at, ...left }: Left): Write => ({
  key: keyOf(left, scope.directory),
  put: { ...stampOf(scope, at), s: ITEM_FORMAT, directory: scope.directory, ...left },
});
export const sweptWrite = (left: Pick<SweepItem, 'kind' | 'type' | 'id' | 'directory'>): Write => ({
  key: keyOf(left, left.directory),
  delete: true,
});
