/** What the core needs of a storage. Adapters live outside; `test/store/contract.ts` holds for each of them. */
import type { BoundFilter } from './filter/bound-filter.ts';
import type { JsonObject } from './json/json.ts';
import type { SortKey } from './lists/sort.ts';
import type { Target } from './schema/attribute-path.ts';
import type { ResourceType } from './schema/schema.ts';

/** Who caused a change: stored with it, and told to subscribers. */
export type Actor = {
  readonly kind: 'provisioning-client' | 'admin' | 'system';
  readonly tokenId?: string;
  readonly tokenName?: string;
  readonly requestId?: string;
};
/** Why a change happened: subscribers act on mail-sending things for `change` only. */
export type Reason = 'change' | 'import';

/** Where and by whom. The directory is an argument of every call: nothing crosses directories. */
export type Scope = {
  readonly directory: string;
  readonly type: ResourceType;
};
export type WriteScope = Scope & {
  readonly actor: Actor;
  readonly reason: Reason;
  /** Paths of attributes that no two resources of the directory may share, for example `userName`. */
  readonly unique: readonly string[];
  /** Milliseconds since 1970 after which no further step may begin: then `notFinished()`. */
  readonly deadline: number;
};

/** A resource as it is kept. */
export type StoredResource = {
  readonly id: string;
  /**
   * Assigned values under their canonical names, extensions under their URN; without id, meta, schemas, and without
   * the memberships (`members`, `groups`).
   */
  readonly attributes: JsonObject;
  /** Counts the changes of `attributes`, from 1 without gaps. */
  readonly version: number;
  /** Counts the requests that changed members. The ETag is the sum of both. */
  readonly memberVersion: number;
  /** ISO 8601 in UTC with milliseconds. */
  readonly created: string;
  readonly lastModified: string;
  /** What the store remembers of its own indexes; nothing for the core to read. */
  readonly indexed: readonly string[];
};

/** A member of a group: a resource of the same directory. */
export type Member = {
  readonly id: string;
  /** The member's resource type. What the store answers always has it; a client may leave it out. */
  readonly type?: string | undefined;
  /** As the client sent it. */
  readonly display?: string | undefined;
};
/** A group that a resource is a direct member of, with its name of now. */
export type GroupReference = { readonly id: string; readonly display: string | undefined };

/** A resource with the memberships that were asked for. */
export type Loaded = {
  readonly resource: StoredResource;
  readonly members?: readonly Member[];
  readonly groups?: readonly GroupReference[];
};
/** Which memberships to read as well: both cost calls. */
export type Include = {
  readonly members: boolean;
  readonly groups: boolean;
};

/** How the members of a group change: nothing else of the group needs to be read for it. */
export type MemberChanges = {
  /** The members become exactly `add`, whatever they were. */
  readonly replace: boolean;
  /** No id is in both `add` and `remove`, and none is there twice. */
  readonly add: readonly Member[];
  readonly remove: readonly string[];
};

export type Change = {
  /** All attributes as they shall be; undefined: unchanged. */
  readonly attributes?: JsonObject | undefined;
  readonly members?: MemberChanges | undefined;
  /** If-Match: neither attributes nor members may have moved since `before` was read. */
  readonly exact: boolean;
};

/** Ties are in the order of ids; descending is the exact reverse of ascending. */
export type Order = {
  readonly target: Target;
  readonly descending: boolean;
  /** Given the memberships that the target names. */
  readonly keyOf: (loaded: Loaded) => SortKey;
};

export type Query = {
  readonly filter: BoundFilter | undefined;
  /** 1-based. Without meaning in a walk. */
  readonly startIndex: number;
  /** 0 asks for the total only; in a walk it is at least 1. */
  readonly count: number;
  /** undefined: by id, ascending. */
  readonly order?: Order | undefined;
  /** Page after page by position, in place of startIndex. `after`: where the last page ended; undefined: the first page. */
  readonly cursor?: { readonly after: string | undefined } | undefined;
  readonly include: Include;
  /** The filter, evaluated. Given the memberships that the filter names. */
  readonly matches: (loaded: Loaded) => boolean;
  readonly deadline: number;
};
export type Page = {
  /** undefined: a walk with a filter that no index serves does not know. */
  readonly totalResults: number | undefined;
  /** In a stable order. */
  readonly resources: readonly Loaded[];
  /** Of a walk. */
  readonly cursors?: {
    /** The position after each of the resources. */
    readonly positions: readonly string[];
    /** The position after the page; undefined: it is the last one. */
    readonly next: string | undefined;
  };
};

/**
 * Every method throws `unavailable()` when the storage fails, so that an outage is never taken for "not found".
 * Reads see every write that was answered before them.
 */
export type Store = {
  /**
   * Makes a resource at version 1 with its memberships.
   * @param resource id: new, random; members: for types that have them; joins: ids of groups that it is a member of from
   * the beginning; restored: the id was given to us, so it may have been used before: the version then goes on where its
   * deletion left it
   * @returns with `joins` the groups that it joined, by the name that each has by then; one that went meanwhile is passed
   * over
   * @throws uniqueness (409) when a unique value, or the given id, is taken; its detail says when the holder is inactive
   * @throws invalidValue (400) naming up to five members that do not exist
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
  /** Up to `limit` members, in the order of their ids. */
  readMembers(scope: Scope, id: string, limit: number): Promise<readonly Member[]>;
  /**
   * Conditional on `before` (its attributes; with `exact` its members too).
   * @returns the resource after the change, `before` itself when nothing changed, `'stale'` when `before` is no longer so
   * @throws uniqueness, invalidValue as `create`; notFinished (429) when the deadline passes between two steps
   */
  update(scope: WriteScope, before: StoredResource, change: Change): Promise<StoredResource | 'stale'>;
  /**
   * @param options exact: If-Match, so its members may not have moved either
   * @returns `'stale'` when the resource changed or went since `before` was read
   */
  delete(scope: WriteScope, before: StoredResource, options?: Pick<Change, 'exact'>): Promise<'deleted' | 'stale'>;
  /**
   * A walk is never too much: it shows whoever is there from its beginning to its end once, whatever comes and goes,
   * unless the value that it is sorted by changes. Its pages may be shorter than `count`, and empty with a filter.
   * @throws tooMany (400) when a filter or an order that no index serves would read more than the cap: in a walk, an order
   * @throws invalidCursor (400) when `after` is no position
   */
  query(scope: Scope, query: Query): Promise<Page>;
};
