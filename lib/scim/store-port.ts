/** The storage interface of the core. Adapters live outside; each must pass `test/store/contract.ts`. */
import type { BoundFilter } from './filter/bound-filter.ts';
import type { JsonObject } from './json/json.ts';
import type { SortKey } from './lists/sort.ts';
import type { Target } from './schema/attribute-path.ts';
import type { ResourceType } from './schema/schema.ts';

/** The originator of a change, stored with it and published to subscribers. */
export type Actor = {
  readonly kind: 'provisioning-client' | 'admin' | 'system';
  readonly tokenId?: string;
  readonly tokenName?: string;
  readonly requestId?: string;
};
/** The reason for a change; subscribers send mail and the like for `change` only. */
export type Reason = 'change' | 'import';

/** Directory and resource type. The directory is an argument of every call, so that nothing crosses directories. */
export type Scope = {
  readonly directory: string;
  readonly type: ResourceType;
};
export type WriteScope = Scope & {
  readonly actor: Actor;
  readonly reason: Reason;
  /** Paths of attributes whose values must be unique in the directory, for example `userName`. */
  readonly unique: readonly string[];
  /** Milliseconds since 1970 after which no further step begins and the write throws `notFinished()`. */
  readonly deadline: number;
};

/** A resource as stored. */
export type StoredResource = {
  readonly id: string;
  /**
   * Assigned values under canonical names, extensions under their URN. Excludes id, meta, schemas and the memberships
   * (`members`, `groups`).
   */
  readonly attributes: JsonObject;
  /** Number of changes to `attributes`: starts at 1, without gaps. */
  readonly version: number;
  /** Number of requests that changed members. The ETag is the sum of both counters. */
  readonly memberVersion: number;
  /** ISO 8601 in UTC with milliseconds. */
  readonly created: string;
  readonly lastModified: string;
  /** Bookkeeping of the store's indexes, opaque to the core. */
  readonly indexed: readonly string[];
};

/** A member of a group: a resource of the same directory. */
export type Member = {
  readonly id: string;
  /** The member's resource type. The store always returns it; a client may omit it. */
  readonly type?: string | undefined;
  /** As the client sent it. */
  readonly display?: string | undefined;
};
/** A group that a resource is a direct member of, with its current name. */
export type GroupReference = { readonly id: string; readonly display: string | undefined };

/** A resource with the requested memberships. */
export type Loaded = {
  readonly resource: StoredResource;
  readonly members?: readonly Member[];
  readonly groups?: readonly GroupReference[];
};
/** Memberships to read along with a resource; each costs extra calls. */
export type Include = {
  readonly members: boolean;
  readonly groups: boolean;
};

/** A change to the members of a group, computed without reading them. */
export type MemberChanges = {
  /** True: `add` replaces all existing members. */
  readonly replace: boolean;
  /** No id occurs in both `add` and `remove`, or more than once. */
  readonly add: readonly Member[];
  readonly remove: readonly string[];
};

export type Change = {
  /** All attributes after the change; undefined: unchanged. */
  readonly attributes?: JsonObject | undefined;
  readonly members?: MemberChanges | undefined;
  /** If-Match: fails if attributes or members have changed since `before` was read. */
  readonly exact: boolean;
};

/** A sort order. Ties sort by id; descending is the exact reverse of ascending. */
export type Order = {
  readonly target: Target;
  readonly descending: boolean;
  /** @param loaded includes the memberships that the target names */
  readonly keyOf: (loaded: Loaded) => SortKey;
};

export type Query = {
  readonly filter: BoundFilter | undefined;
  /** 1-based; ignored with `cursor`. */
  readonly startIndex: number;
  /** 0: the total only. At least 1 with `cursor`. */
  readonly count: number;
  /** undefined: by id, ascending. */
  readonly order?: Order | undefined;
  /** Cursor paging instead of startIndex. `after`: where the previous page ended; undefined: the first page. */
  readonly cursor?: { readonly after: string | undefined } | undefined;
  readonly include: Include;
  /** Evaluates the filter. @param loaded includes the memberships that the filter names */
  readonly matches: (loaded: Loaded) => boolean;
  readonly deadline: number;
};
export type Page = {
  /** undefined: unknown, in cursor paging with a filter that no index serves. */
  readonly totalResults: number | undefined;
  /** In a stable order. */
  readonly resources: readonly Loaded[];
  /** With cursor paging only. */
  readonly cursors?: {
    /** The position after each resource. */
    readonly positions: readonly string[];
    /** The position after the page; undefined: this is the last page. */
    readonly next: string | undefined;
  };
};

/**
 * The storage adapter. Every method throws `unavailable()` when the storage fails, so an outage never looks like
 * "not found". A read sees every write that completed before it.
 */
export type Store = {
  /**
   * Creates a resource at version 1 with its memberships.
   * @param resource id: a new random one, unless restored; members: for types that have them; joins: ids of groups that
   * it is a member of from the start; restored: the caller supplied the id, which may have been used before, so the
   * version continues where the deletion left it
   * @returns with `joins`, the groups joined, by their current names; a group deleted in the meantime is skipped
   * @throws uniqueness (409) if a unique value, or the given id, is taken; the detail says if the holder is inactive
   * @throws invalidValue (400) naming at most five members that do not exist
   */
  create(
    scope: WriteScope,
    resource: {
      readonly id: string;
      readonly attributes: JsonObject;
      readonly members: readonly Member[];
      readonly joins?: readonly string[];
      readonly restored?: boolean | undefined;
    },
  ): Promise<StoredResource & { readonly groups?: readonly GroupReference[] }>;
  read(scope: Scope, id: string, include: Include): Promise<Loaded | undefined>;
  /** At most `limit` members, ordered by id. */
  readMembers(scope: Scope, id: string, limit: number): Promise<readonly Member[]>;
  /**
   * Updates a resource if its attributes (with `exact`, also its members) are unchanged since `before`.
   * @returns the resource after the change, `before` itself if nothing changed, `'stale'` if `before` is out of date
   * @throws uniqueness, invalidValue as `create`; notFinished (429) if the deadline passes between two steps
   */
  update(scope: WriteScope, before: StoredResource, change: Change): Promise<StoredResource | 'stale'>;
  /**
   * @param options exact: If-Match, so a change to its members makes it stale too
   * @returns `'stale'` if the resource was changed or deleted since `before` was read
   */
  delete(scope: WriteScope, before: StoredResource, options?: Pick<Change, 'exact'>): Promise<'deleted' | 'stale'>;
  /**
   * Cursor paging with a filter is never refused as too large. Every resource present throughout is returned exactly
   * once, regardless of concurrent creates and deletes, unless the value it is sorted by changes. Its pages may be
   * shorter than `count`, and even empty with a filter.
   * @throws tooMany (400) if a filter or order without an index would read more than the limit; in cursor paging, only
   * for an order
   * @throws invalidCursor (400) if `after` is not a position
   */
  query(scope: Scope, query: Query): Promise<Page>;
};
