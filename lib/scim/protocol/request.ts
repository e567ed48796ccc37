/** A request and an answer as the core sees them: each host is a small adapter. */
import type { Tolerate } from '../dialect.ts';
import type { DirectorySettings } from '../directory/directory.ts';
import type { ScimError } from '../error.ts';
import type { JsonObject } from '../json/json.ts';
import type { Locate } from '../resource/representation.ts';
import type { ResourceType } from '../schema/schema.ts';
import type { Actor, GroupReference, Reason, Store } from '../store-port.ts';

export type ScimRequest = {
  /** In capitals. */
  readonly method: string;
  /** What follows the SCIM root, decoded, without empty segments: `['Users', '2819c223-...']`. */
  readonly path: readonly string[];
  /** Decoded; of a repeated parameter the last counts. */
  readonly query: ReadonlyMap<string, string>;
  /** @param name in lower case */
  readonly header: (name: string) => string | undefined;
  readonly body: string | undefined;
  /** The SCIM root as the client addressed it, without a slash at the end. */
  readonly baseUrl: string;
};

export type ScimResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** undefined: no body. */
  readonly body: JsonObject | undefined;
  /** Why the request was refused; its `cause` is for the log alone. */
  readonly error?: ScimError;
};

/** Who asks, and of which directory. */
export type Caller = {
  readonly directory: DirectorySettings;
  readonly actor: Actor;
  readonly reason: Reason;
  /** Milliseconds since 1970 by which the work must end. */
  readonly deadline: number;
  /** Why the directory's writes are refused at present, in words; undefined: they are not. */
  readonly paused?: string | undefined;
  /** Asked before a write that takes a resource's access; throws to refuse the write. */
  readonly guard?: ((type: ResourceType) => Promise<void>) | undefined;
  /**
   * The id that a POST gives its resource, in place of a random one. Only for a host that restores what was here before:
   * nothing that a client says may become one.
   */
  readonly givenId?: string | undefined;
};

/** What becomes of the directory's setting that every new user joins a group. */
export type DefaultGroups = {
  /** @returns the ids of the groups that a new resource joins: one, or none where the directory has no default group */
  readonly idsFor: (exchange: ResourceExchange) => Promise<readonly string[]>;
  /**
   * Sees to it that a new resource is in the group of that name as it is now.
   * @param created what `Store.create` answered
   */
  readonly settle: (
    exchange: ResourceExchange,
    created: Awaited<ReturnType<Store['create']>>,
  ) => Promise<readonly GroupReference[]>;
};

/** What the steps of a request share. */
export type Exchange = {
  readonly request: ScimRequest;
  readonly caller: Caller;
  readonly store: Store;
  readonly types: readonly ResourceType[];
  readonly tolerate: Tolerate;
  readonly locate: Locate;
  readonly defaultGroups: DefaultGroups;
};
/** An exchange with one resource type's endpoint. */
export type ResourceExchange = Exchange & { readonly type: ResourceType };
