/**
 * Parses the images of stream records (DynamoDB Streams, NEW_AND_OLD_IMAGES) of items whose changes become events, and
 * reads the current state of further resources that an event refers to.
 */
import * as z from 'zod/mini';
import type { Actor, JsonObject, Reason } from '../../scim/index.ts';
import { parseDirectoryItem } from '../items/directory-item.ts';
import { fromBytes, isLive, MemberOfItem, parseAttributes, ResourceItem } from '../items/items.ts';
import { openTable } from '../table/calls.ts';
import type { TableOptions } from '../table/client.ts';
import { directoryOf, resourceKey } from '../table/keys.ts';
import { fromMarshalled } from '../table/marshalled.ts';
import { DIRECTORY, EXPIRING_PREFIX, MEMBEROF, RESOURCE } from '../table/names.ts';
import { TokenExpiryItem } from '../tokens/token-expiry.ts';

export type ResourceImage = {
  readonly kind: 'resource';
  readonly directory: string;
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly memberVersion: number;
  readonly created: string;
  readonly lastModified: string;
  /** undefined in a tombstone. */
  readonly attributes: JsonObject | undefined;
  readonly gone: boolean;
  /** Not visible yet. */
  readonly pending: boolean;
  readonly actor: Actor;
  readonly reason: Reason;
};

export type MembershipImage = {
  readonly kind: 'memberOf';
  readonly directory: string;
  readonly type: string;
  readonly id: string;
  /** Ids of groups. A tombstone keeps the groups that the resource was in. */
  readonly groups: ReadonlySet<string>;
  readonly revision: number;
  readonly gone: boolean;
  readonly actor: Actor;
  readonly reason: Reason;
  readonly at: string;
};

type DirectoryImage = {
  readonly kind: 'directory';
  readonly directory: string;
  readonly settings: JsonObject;
  readonly status: 'active' | 'paused' | 'deleting';
  readonly pausedBy: 'admin' | 'guard' | undefined;
  readonly createdAt: string;
  readonly connectedAt: string | undefined;
  readonly revision: number;
  readonly actor: Actor;
  readonly at: string;
};

type TokenExpiryImage = {
  readonly kind: 'token';
  readonly directory: string;
  readonly token: { readonly id: string; readonly name: string; readonly expiresAt: string };
  readonly days: number;
  readonly revision: number;
  readonly actor: Actor;
  readonly at: string;
};

type AnyImage = ResourceImage | MembershipImage | DirectoryImage | TokenExpiryImage;

/** A Lambda event carries binary values as base64 text. */
const Base64 = z.pipe(
  z.string(),
  z.transform((text: string) => Uint8Array.from(Buffer.from(text, 'base64'))),
);
const Binary = z.union([z.instanceof(Uint8Array), Base64]);
const Value: z.ZodMiniType = z.lazy(() =>
  z.union([
    z.strictObject({ B: Binary }),
    z.strictObject({ BS: z.array(Binary) }),
    z.strictObject({ M: z.record(z.string(), Value) }),
    z.strictObject({ L: z.array(Value) }),
    z.looseObject({}),
  ]),
);
const Image = z.record(z.string(), Value);
const AnyItem = z.record(z.string(), z.unknown());
const ImageKey = z.object({ pk: z.string(), sk: z.string() });

const toResource = (directory: string, image: unknown): ResourceImage => {
  const item = ResourceItem.parse(image);
  return {
    kind: 'resource',
    directory,
    type: item.type,
    id: item.id,
    version: item.v,
    memberVersion: item.m,
    created: item.created,
    lastModified: item.at,
    attributes: item.r === undefined ? undefined : parseAttributes(item.r),
    gone: item.gone === true,
    pending: item.pending === true,
    actor: item.by,
    reason: item.reason,
  };
};

const toMembership = (directory: string, image: unknown): MembershipImage => {
  const item = MemberOfItem.parse(image);
  return {
    kind: 'memberOf',
    directory,
    type: item.type,
    id: item.id,
    groups: new Set([...(item.g ?? [])].map(fromBytes)),
    revision: item.rev,
    gone: item.gone === true,
    actor: item.by,
    reason: item.reason,
    at: item.at,
  };
};

const toDirectory = (directory: string, item: unknown): DirectoryImage => {
  const { directory: image, rev, by, at } = parseDirectoryItem(AnyItem.parse(item));
  const { id, status, pausedBy, createdAt, connectedAt, deletedAt, ...settings } = image;
  return {
    kind: 'directory',
    directory,
    // As plain JSON: no DynamoDB types and no undefined values.
    settings: parseAttributes(JSON.stringify(settings)),
    status,
    pausedBy,
    createdAt,
    connectedAt,
    revision: rev,
    actor: by,
    at,
  };
};

const toTokenExpiry = (directory: string, image: unknown): TokenExpiryImage => {
  const { token, days, rev, by, at } = TokenExpiryItem.parse(image);
  return { kind: 'token', directory, token, days, revision: rev, actor: by, at };
};

/**
 * @param item unmarshalled
 * @returns undefined for an item whose changes do not become events
 * @throws ZodError if the item is malformed
 */
export const toImage = (item: unknown): AnyImage | undefined => {
  const { pk, sk } = ImageKey.parse(item);
  const directory = directoryOf(pk);
  if (sk === RESOURCE) return toResource(directory, item);
  if (sk === MEMBEROF) return toMembership(directory, item);
  if (sk === DIRECTORY) return toDirectory(directory, item);
  return sk.startsWith(EXPIRING_PREFIX) ? toTokenExpiry(directory, item) : undefined;
};

/**
 * @param image `NewImage` or `OldImage` of a record, as Lambda passes it
 * @returns undefined for an item whose changes do not become events
 * @throws ZodError if the item is malformed
 */
export const readImage = (image: unknown): AnyImage | undefined => toImage(fromMarshalled(Image.parse(image)));

export type ResourceReference = { readonly type: string; readonly id: string };
export type Snapshot = ResourceReference & {
  readonly attributes: JsonObject;
  readonly version: number;
  readonly memberVersion: number;
  readonly created: string;
  readonly lastModified: string;
  /** Whether clients see the resource: it is neither deleted nor still being created. */
  readonly isVisible: boolean;
};

/** The state of an item: of a tombstone its names, until it expires. */
const toSnapshot = (image: unknown, now: number): Snapshot | undefined => {
  const item = ResourceItem.parse(image);
  const text = item.gone ? item.names : item.r;
  if (text === undefined || (item.ttl !== undefined && item.ttl * 1000 <= now)) return undefined;
  return {
    type: item.type,
    id: item.id,
    attributes: parseAttributes(text),
    version: item.v,
    memberVersion: item.m,
    created: item.created,
    lastModified: item.at,
    isVisible: item.pending !== true && isLive(item, now),
  };
};

/** Reads the current state of resources, for events that refer to more than the changed one. */
export const createSnapshots = (options: TableOptions) => {
  const table = openTable(options);
  return {
    /**
     * One BatchGetItem per 100 resources.
     * @returns by `<type>/<id>`. Deleted resources have their names alone, for 30 days; those without names are left out
     * @throws unavailable()
     */
    async readNow(directory: string, refs: readonly ResourceReference[]): Promise<ReadonlyMap<string, Snapshot>> {
      const items = await table.getAll(refs.map(({ type, id }) => resourceKey(directory, type, id)));
      const found = new Map<string, Snapshot>();
      for (const { type, id } of refs) {
        const item = items.get(resourceKey(directory, type, id));
        const snapshot = item === undefined ? undefined : toSnapshot(item, table.clock());
        if (snapshot !== undefined) found.set(`${type}/${id}`, snapshot);
      }
      return found;
    },
  };
};
