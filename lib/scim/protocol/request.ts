/** Requests and responses of the core, independent of the host; each host is a small adapter. */
import type { Tolerate } from '../dialect.ts';
import type { DirectorySettings } from '../directory/directory.ts';
import type { ScimError } from '../error.ts';
import type { JsonObject } from '../json/json.ts';
import type { CursorKey } from '../lists/cursor.ts';
import type { Locate } from '../resource/representation.ts';
import type { ResourceType } from '../schema/schema.ts';
import type { Actor, GroupReference, Reason, Store } from '../store-port.ts';

export type ScimRequest = {
  /** In upper case. */
  readonly method: string;
  /** Decoded path segments after the SCIM root, without empty ones: `['Users', '2819c223-...']`. */
  readonly path: readonly string[];
  /** Decoded; the last value of a repeated parameter counts. */
  readonly query: ReadonlyMap<string, string>;
  /** @param name in lower case */
  readonly header: (name: string) => string | undefined;
  /** Bytes, unless the host has decoded them. */
  readonly body: string | Uint8Array | undefined;
  /** The SCIM root as addressed by the client, without a trailing slash. */
  readonly baseUrl: string;
};

export type ScimResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** undefined: no body. */
  readonly body: JsonObject | undefined;
  /** The error behind a refusal; its `cause` is for the log only. */
  readonly error?: ScimError;
};

/** The authenticated caller and its directory. */
export type Caller = {
  readonly directory: DirectorySettings;
  readonly actor: Actor;
  readonly reason: Reason;
  /** Milliseconds since 1970 by which the work must end. */
  readonly deadline: number;
  /** Error detail if the directory currently refuses writes; undefined: it accepts them. */
  readonly paused?: string | undefined;
  /** Called before a write that ends a resource's access; throws to refuse the write. */
  readonly guard?: ((type: ResourceType) => Promise<void>) | undefined;
  /** The key that seals the cursors of the directory. @default a key of the process */
  readonly cursorKey?: (() => Promise<CursorKey>) | undefined;
  /**
   * The id that a POST assigns instead of a random one. Only for a host that restores earlier resources; never taken
   * from client input.
   */
  readonly givenId?: string | undefined;
};

/** Adds new resources to the directory's default group. */
export type DefaultGroups = {
  /** @returns the ids of the groups that a new resource joins: one, or none without a default group */
  readonly idsFor: (exchange: ResourceExchange) => Promise<readonly string[]>;
  /**
   * Ensures that a new resource is a member of the group that currently has the configured name.
   * @param created the result of `Store.create`
   * @returns the groups of the resource
   */
  readonly ensureMembership: (
    exchange: ResourceExchange,
    created: Awaited<ReturnType<Store['create']>>,
  ) => Promise<readonly GroupReference[]>;
};

/** Context shared by the steps of a request. */
export type Exchange = {
  readonly request: ScimRequest;
  readonly caller: Caller;
  readonly store: Store;
  readonly types: readonly ResourceType[];
  readonly tolerate: Tolerate;
  readonly locate: Locate;
  readonly defaultGroups: DefaultGroups;
};
/** An exchange with the endpoint of one resource type. */
export type ResourceExchange = Exchange & { readonly type: ResourceType };
