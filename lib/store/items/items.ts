/**
 * The item formats. Items are parsed wherever they are read: from the table and from the stream. Uses zod/mini, like
 * everything that the resource functions load: full zod adds 80 kB to each bundle.
 */
import * as z from 'zod/mini';
import { isObject, type JsonObject } from '../../scim/index.ts';

/** Rises when the format of an item changes. Older formats remain readable; only the newest is written. */
export const ITEM_FORMAT = 1;

export const ActorItem = z.object({
  kind: z.enum(['provisioning-client', 'admin', 'system']),
  tokenId: z.exactOptional(z.string()),
  tokenName: z.exactOptional(z.string()),
  requestId: z.exactOptional(z.string()),
});

/** Actor, reason and time of the last change. A deletion has them too, because it modifies the item. */
const Written = z.object({
  /** ITEM_FORMAT at the last write. */
  s: z.number(),
  by: ActorItem,
  reason: z.enum(['change', 'import']),
  /** ISO 8601: the last write. */
  at: z.string(),
});

/**
 * A resource, or its tombstone: a deletion sets `gone`, `ttl` and `names` and removes `r`, `claims` and `lookups`.
 */
export const ResourceItem = z.extend(Written, {
  id: z.string(),
  type: z.string(),
  /** Version: counts changes of attributes, from 1. */
  v: z.number(),
  /** Member version: counts requests that changed members. */
  m: z._default(z.number(), 0),
  created: z.string(),
  /** The attributes as one JSON string: less to unmarshal, and free of DynamoDB's rules for keys and numbers. */
  r: z.optional(z.string()),
  /**
   * Keys of the claims and look-ups that the resource owns, as strings. Stored, so that a change of folding orphans
   * none.
   */
  claims: z.optional(z.array(z.string())),
  lookups: z.optional(z.array(z.string())),
  /**
   * Counts further writes that invalidate updates computed before them, besides those that raise `v`: changes of
   * `lookups` alone, which are steps of a change too large for one transaction (lookup-steps.ts), and changes of
   * members under If-Match (update.ts).
   */
  i: z.exactOptional(z.number()),
  gone: z.optional(z.literal(true)),
  /**
   * `namesOf` the last attributes as one JSON string, in a tombstone and in a pending group: events about memberships show
   * them. No e-mail addresses or other attributes are kept after a deletion.
   */
  names: z.optional(z.string()),
  /** The memberships are still being written. The resource is not visible yet. */
  pending: z.optional(z.literal(true)),
  ttl: z.optional(z.number()),
});
export type ResourceItem = z.infer<typeof ResourceItem>;

/**
 * The groups of a resource. Exists exactly as long as the resource, so a new membership is conditional on it; a
 * deletion turns it into a tombstone.
 */
export const MemberOfItem = z.extend(Written, {
  id: z.string(),
  type: z.string(),
  /** Ids of groups, 16 bytes each. */
  g: z.optional(z.set(z.instanceof(Uint8Array))),
  /** Counts changes of `g`, from 0. */
  rev: z.number(),
  gone: z.optional(z.literal(true)),
  ttl: z.optional(z.number()),
});
export type MemberOfItem = z.infer<typeof MemberOfItem>;

export const MemberItem = z.object({ sk: z.string(), type: z.string(), display: z.optional(z.string()) });
/** A claim or a look-up: the id of the resource that has the value. */
export const ClaimItem = z.object({ id: z.string() });
export const CountItem = z.object({ sk: z.string(), n: z.number() });

/** Parses `r`. @throws Error if the item is damaged */
export const parseAttributes = (text: string): JsonObject => {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw new Error('stored attributes are not an object');
  return value;
};

/** How long a tombstone keeps the names and counters of a resource: longer than the stream keeps its records. */
export const TOMBSTONE_SECONDS = 30 * 24 * 60 * 60;

/** DynamoDB deletes expired items up to days late, so liveness is decided by the clock. */
export const isLive = (item: { gone?: true | undefined; ttl?: number | undefined }, now: number): boolean =>
  item.gone === undefined && (item.ttl === undefined || item.ttl * 1000 > now);

/** Converts a UUID to 16 bytes; `fromBytes` is the inverse. */
export const toBytes = (id: string): Uint8Array => Buffer.from(id.replaceAll('-', ''), 'hex');
export const fromBytes = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
