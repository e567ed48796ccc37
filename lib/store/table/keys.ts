/**
 * The only file that knows how a key is built. One table, no secondary index; every key begins with the directory.
 *
 * | item                | pk                            | sk                         |
 * |---------------------|-------------------------------|----------------------------|
 * | resource            | `acme#User#<id>`              | `RESOURCE`                 |
 * | groups of a resource| `acme#User#<id>`              | `MEMBEROF`                 |
 * | member of a group   | `acme#Group#<group id>`       | `~<member id>`             |
 * | unique claim        | `acme#<type>.<path>#<hash>`    | `CLAIM`                    |
 * | look-up             | `acme#User.emails.value#<hash>`| `<id>`                    |
 * | sorted claim        | `acme#User.sort.userName`     | `=<folded value>` U+0001   |
 * | sorted look-up      | `acme#User.sort.displayName`  | `=<folded value>` U+0001 `<id>` |
 * | the same, no value  | `acme#User.sort.displayName`  | `><id>`                    |
 * | place by creation   | `acme#User.sort.meta.created` | `=<ISO 8601>` U+0001 `<id>` |
 * | list entry          | `acme#User`                   | `<id>`                     |
 * | count               | `acme#User.count`             | first two digits of `<id>` |
 * | directory           | `acme`                        | `DIRECTORY`                |
 * | list of directories | `#directories`                | `acme`                     |
 * | shards of its tokens| `acme`                        | `TOKENS`                   |
 * | guard's window      | `acme`                        | `GUARD`                    |
 * | last use of a token | `acme#tokens`                 | `USED#<token id>`          |
 * | its coming expiry   | `acme#tokens`                 | `EXPIRING#<token id>`      |
 * | name of a token     | `acme#tokens`                 | `NAME#<name>`              |
 * | denied tokens       | `acme`                        | `DENIED`                   |
 * | their clean-up      | `#denied`                     | `acme`, `acme#<created at>`|
 * | number of shards    | `#shards`                     | `CURRENT`                  |
 * | lease of a shard    | `#shards`                     | `SHARD#<shard>`            |
 * | left to be swept    | `#sweep`                      | `acme#Group#<id>#<kind>`   |
 *
 * `MEMBEROF` < `RESOURCE` < `~`: one Query reads a user with the ids of its groups, or a group with its members.
 * A slug has no `#`, and an attribute path no `#`, so no two of these rows can meet. `<hash>` is 32 base64url
 * characters (192 bits) of SHA-256 over the folded value: no length limit, nothing to escape, no personal data. Sorted
 * attributes give that up for their order: their values are short and have no control characters (`limits.indexedBytes`,
 * `checkStorable`), so U+0001 ends each before any longer one. DynamoDB sorts by UTF-8, which is by code point.
 */
import { createHash } from 'node:crypto';
import { DIRECTORY, EXPIRING_PREFIX, MEMBEROF, RESOURCE } from './names.ts';

export type Key = { readonly pk: string; readonly sk: string };

const hash = (value: string) => createHash('sha256').update(value).digest('base64url').slice(0, 32);

export const resourcePk = (directory: string, type: string, id: string) => `${directory}#${type}#${id}`;
export const resourceKey = (directory: string, type: string, id: string): Key => ({
  pk: resourcePk(directory, type, id),
  sk: RESOURCE,
});
export const memberOfKey = (directory: string, type: string, id: string): Key => ({
  pk: resourcePk(directory, type, id),
  sk: MEMBEROF,
});

export const MEMBER_PREFIX = '~';
export const memberKey = (groupPk: string, memberId: string): Key => ({
  pk: groupPk,
  sk: `${MEMBER_PREFIX}${memberId}`,
});

/** A value by which a resource is found: the path of its attribute, and the value as it compares. */
export type IndexedValue = { readonly path: string; readonly folded: string };
const hashedPk = (directory: string, type: string, { path, folded }: IndexedValue) =>
  `${directory}#${type}.${path}#${hash(folded)}`;
export const sortPk = (directory: string, type: string, path: string) => `${directory}#${type}.sort.${path}`;
const END = '\u0001';

/** Whether a path is sorted says which of two kinds of key its values have. */
export type IndexScope = {
  readonly directory: string;
  readonly type: { readonly name: string; readonly sorted: readonly string[] };
};

/** @returns the key of the one resource that may have the value */
export const claimKey = ({ directory, type }: IndexScope, value: IndexedValue): Key =>
  type.sorted.includes(value.path)
    ? { pk: sortPk(directory, type.name, value.path), sk: `=${value.folded}${END}` }
    : { pk: hashedPk(directory, type.name, value), sk: 'CLAIM' };

export const lookupKey = (scope: IndexScope, value: IndexedValue, id: string): Key => {
  const { pk, sk } = claimKey(scope, value);
  return { pk, sk: scope.type.sorted.includes(value.path) ? `${sk}${id}` : id };
};

/** @returns where the claim and the look-ups of a value are, as a part of one partition */
export const valueRange = (scope: IndexScope, value: IndexedValue) => {
  const { pk, sk } = claimKey(scope, value);
  return scope.type.sorted.includes(value.path) ? { pk, from: sk, to: `${sk}~` } : { pk };
};

/** The place of a resource without value in an order: behind all others. */
export const unsortedKey = (directory: string, type: string, place: { path: string; id: string }): Key => ({
  pk: sortPk(directory, type, place.path),
  sk: `>${place.id}`,
});
const CREATED = 'meta.created';
/** @param created ISO 8601 in UTC with milliseconds, which sorts as the time does */
export const createdKey = (directory: string, type: string, { id, created }: { id: string; created: string }): Key => ({
  pk: sortPk(directory, type, CREATED),
  sk: `=${created}${END}${id}`,
});
const SORT_KEY_BYTES = 1024;
/** What a client sends back as a position has the form of a sort key, or it never becomes one. */
export const isSortSk = (text: string): boolean => /^[=>]/.test(text) && Buffer.byteLength(text) <= SORT_KEY_BYTES;

/** A key in one string; no part of one has a line feed. */
export const toKeyText = ({ pk, sk }: Key): string => `${pk}\n${sk}`;
export const fromKeyText = (text: string): Key => {
  const [pk = '', sk = ''] = text.split('\n', 2);
  return { pk, sk };
};

/** Whether a key is a place in an order: its partition has no hash. @param key as one string */
export const isPlace = (key: string): boolean => fromKeyText(key).pk.split('#').length === 2;

export const listPk = (directory: string, type: string) => `${directory}#${type}`;
export const listKey = (directory: string, type: string, id: string): Key => ({ pk: listPk(directory, type), sk: id });
export const countPk = (directory: string, type: string) => `${directory}#${type}.count`;
/** Ids are random, so their first two digits spread a directory's counts over 256 items. */
export const countKey = (directory: string, type: string, id: string): Key => ({
  pk: countPk(directory, type),
  sk: id.slice(0, 2),
});

export const CLEANUP_PK = '#sweep';
export const cleanupMarkerKey = (directory: string, type: string, { id, kind }: { id: string; kind: string }): Key => ({
  pk: CLEANUP_PK,
  sk: `${directory}#${type}#${id}#${kind}`,
});

/** What is left to be swept of the resources of a type. */
export const cleanupMarkerRange = (directory: string, type: string) => ({
  pk: CLEANUP_PK,
  from: `${directory}#${type}#`,
  to: `${directory}#${type}#~`,
});

export const directoryKey = (directory: string): Key => ({ pk: directory, sk: DIRECTORY });
export const DIRECTORIES_PK = '#directories';
export const directoryListKey = (directory: string): Key => ({ pk: DIRECTORIES_PK, sk: directory });
export const directoryShardsKey = (directory: string): Key => ({ pk: directory, sk: 'TOKENS' });
const SHARDS_PK = '#shards';
export const CURRENT_SHARD_KEY: Key = { pk: SHARDS_PK, sk: 'CURRENT' };
const SHARD_PREFIX = 'SHARD#';
export const shardKey = (shard: number): Key => ({ pk: SHARDS_PK, sk: `${SHARD_PREFIX}${shard}` });
/** The leases of all shards. */
export const shardRange = { pk: SHARDS_PK, from: SHARD_PREFIX, to: `${SHARD_PREFIX}~` };
/** @returns the number of the shard that a key of `shardRange` belongs to */
export const shardOf = (sk: string): number => Number(sk.slice(SHARD_PREFIX.length));

export const deniedKey = (directory: string): Key => ({ pk: directory, sk: 'DENIED' });
export const DENIED_PK = '#denied';
/** @param createdAt only for a deleted directory, all of whose tokens go: its creation */
export const denialWorkKey = (directory: string, createdAt?: string): Key => ({
  pk: DENIED_PK,
  sk: createdAt === undefined ? directory : `${directory}#${createdAt}`,
});

export const guardKey = (directory: string): Key => ({ pk: directory, sk: 'GUARD' });
export const tokensPk = (directory: string) => `${directory}#tokens`;
export const USED_PREFIX = 'USED#';
export const tokenUseKey = (directory: string, tokenId: string): Key => ({
  pk: tokensPk(directory),
  sk: `${USED_PREFIX}${tokenId}`,
});
export const tokenNameKey = (directory: string, name: string): Key => ({
  pk: tokensPk(directory),
  sk: `NAME#${name}`,
});
export const tokenExpiryKey = (directory: string, tokenId: string): Key => ({
  pk: tokensPk(directory),
  sk: `${EXPIRING_PREFIX}${tokenId}`,
});

/** The directory that an item belongs to. */
export const directoryOf = (pk: string): string => pk.split('#', 1)[0] ?? '';

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Ids are lower-case UUIDs that we made: whatever else a client asks for does not exist, and never becomes a key. */
export const isId = (text: unknown): text is string => typeof text === 'string' && ID.test(text);
