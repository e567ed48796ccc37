/**
 * What the items hold. Parsed wherever they are read: from the table, and from the stream. With zod/mini, as all that
 * the functions of resources load: the other zod is 80 kB of each bundle.
 */
import * as z from 'zod/mini';
import { isObject, type JsonObject } from '../../scim/index.ts';

/** Rises when the format of an item changes: old ones are read, new ones written. */
export const ITEM_FORMAT = 1;

export const ActorItem = z.object({
  kind: z.enum(['provisioning-client', 'admin', 'system']),
  tokenId: z.exactOptional(z.string()),
  tokenName: z.exactOptional(z.string()),
  requestId: z.exactOptional(z.string()),
});

/** Every change is written with who caused it, why and when: deletions too, because each of them is a MODIFY. */
const Written = z.object({
  /** ITEM_FORMAT */
  s: z.number(),
  by: ActorItem,
  reason: z.enum(['change', 'import']),
  /** ISO 8601, of the last write */
  at: z.string(),
});

/** The resource itself, or its tombstone: a deletion sets `gone` and `ttl` and removes `r`, `claims` and `lookups`. */
export const ResourceItem = z.extend(Written, {
  id: z.string(),
  type: z.string(),
  /** Changes of attributes, from 1. */
  v: z.number(),
  /** Requests that changed members. */
  m: z._default(z.number(), 0),
  created: z.string(),
  /** The attributes as one JSON string: less to unmarshal, and no rule of DynamoDB about keys or numbers reaches a client. */
  r: z.optional(z.string()),
  /** Keys of the claims and look-ups that the resource owns, each as one text: stored, so a change of folding strands nothing. */
  claims: z.optional(z.array(z.string())),
  lookups: z.optional(z.array(z.string())),
  /**
   * Changes that what was computed before must not pass over: of `lookups` alone, which are steps of a change that one
   * transaction does not hold; of members, by who insisted on a version.
   */
  i: z.exactOptional(z.number()),
  gone: z.optional(z.literal(true)),
  /** Its memberships are being written; it does not exist yet for anybody. */
  pending: z.optional(z.literal(true)),
  ttl: z.optional(z.number()),
});
export type ResourceItem = z.infer<typeof ResourceItem>;

/** Exists as long as the resource does, so it is what a new membership is conditional on; afterwards its tombstone. */
export const MemberOfItem = z.extend(Written, {
  id: z.string(),
  type: z.string(),
  /** Ids of groups, 16 bytes each. */
  g: z.optional(z.set(z.instanceof(Uint8Array))),
  /** Changes of `g`, from 0. */
  rev: z.number(),
  gone: z.optional(z.literal(true)),
  ttl: z.optional(z.number()),
});
export type MemberOfItem = z.infer<typeof MemberOfItem>;

export const MemberItem = z.object({ sk: z.string(), type: z.string(), display: z.optional(z.string()) });
/** A claim or a look-up: whose value it is. */
export const ClaimItem = z.object({ id: z.string() });
export const CountItem = z.object({ sk: z.string(), n: z.number() });

/** The attributes out of `r`, which we wrote: anything else is damage. */
export const parseAttributes = (text: string): JsonObject => {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw new Error('a stored resource is not an object');
  return value;
};

/** TTL deletes days late, so an expired item is told from a live one by the clock. */
export const isLive = (item: { gone?: true | undefined; ttl?: number | undefined }, now: number): boolean =>
  item.gone === undefined && (item.ttl === undefined || item.ttl * 1000 > now);

/** A UUID as 16 bytes, and back. */
export const toBytes = (id: string): Uint8Array => Buffer.from(id.replaceAll('-', ''), 'hex');
export const fromBytes = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
