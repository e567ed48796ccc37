/**
 * Key schema: the only file that builds keys. One table, no secondary index; a directory's keys begin with its id.
 *
 * | item                | pk                            | sk                         |
 * |---------------------|-------------------------------|----------------------------|
 * | resource            | `acme#User#<id>`              | `RESOURCE`                 |
 * | groups of a resource| `acme#User#<id>`              | `MEMBEROF`                 |
 * | member of a group   | `acme#Group#<group id>`       | `~<member id>`             |
 * | unique claim        | `acme#<type>.<path>#<hash>`    | `CLAIM`                    |
 * | look-up             | `acme#User.emails.value#<hash>`| `<id>`                    |
 * | sorted claim        | `acme#User.sort.userName`     | `=<folded value>` U+0001   |
 * | sort entry          | `acme#User.sort.displayName`  | `=<folded value>` U+0001 `<id>` |
 * | sort entry, no value| `acme#User.sort.displayName`  | `><id>`                    |
 * | creation order entry| `acme#User.sort.meta.created` | `=<ISO 8601>` U+0001 `<id>` |
 * | list entry          | `acme#User`                   | `<id>`                     |
 * | count               | `acme#User.count`             | first two digits of `<id>` |
 * | directory           | `acme`                        | `DIRECTORY`                |
 * | directory list entry| `#directories`                | `acme`                     |
 * | directory's token shards | `acme`                   | `TOKENS`                   |
 * | guard window        | `acme`                        | `GUARD`                    |
 * | last use of a token | `acme#tokens`                 | `USED#<token id>`          |
 * | token expiry notice | `acme#tokens`                 | `EXPIRING#<token id>`      |
 * | name of a token     | `acme#tokens`                 | `NAME#<name>`              |
 * | denied tokens       | `acme`                        | `DENIED`                   |
 * | cleanup of secrets  | `#denied`                     | `acme`, `acme#<created at>`|
 * | number of shards    | `#shards`                     | `CURRENT`                  |
 * | lease of a shard    | `#shards`                     | `SHARD#<shard>`            |
 * | cleanup marker      | `#sweep`                      | `acme#Group#<id>#<kind>`   |
 * | lease of the sweep  | `#lease`                      | `SWEEP`                    |
 *
 * `MEMBEROF` < `RESOURCE` < `~`: one Query reads a user with the ids of its groups, or a group with its members.
 * Neither a slug nor an attribute path contains `#`, so keys of different rows never collide. `<hash>` is 32 base64url
 * characters (192 bits) of SHA-256 over the folded value: no length limit, nothing to escape, no personal data. Sorted
 * attributes keep the value itself in the key, for its order. Their values are short and contain no control characters
 * (`limits.indexedBytes`, `checkStorable`), so the terminator U+0001 sorts a value before its own extensions. DynamoDB
 * sorts by UTF-8 bytes, which is code point order.
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

/** An indexed value: the attribute path and the folded value, as filters compare it. */
export type IndexedValue = { readonly path: string; readonly folded: string };
const hashedPk = (directory: string, type: string, { path, folded }: IndexedValue) =>
  `${directory}#${type}.${path}#${hash(folded)}`;
export const sortPk = (directory: string, type: string, path: string) => `${directory}#${type}.sort.${path}`;
const END = '\u0001';

/** Values of sorted paths have a key that orders them; all others have a hashed key. */
export type IndexScope = {
  readonly directory: string;
  readonly type: { readonly name: string; readonly sorted: readonly string[] };
};

/** @returns the key of the claim that makes the value unique */
export const claimKey = ({ directory, type }: IndexScope, value: IndexedValue): Key =>
  type.sorted.includes(value.path)
    ? { pk: sortPk(directory, type.name, value.path), sk: `=${value.folded}${END}` }
    : { pk: hashedPk(directory, type.name, value), sk: 'CLAIM' };

export const lookupKey = (scope: IndexScope, value: IndexedValue, id: string): Key => {
  const { pk, sk } = claimKey(scope, value);
  return { pk, sk: scope.type.sorted.includes(value.path) ? `${sk}${id}` : id };
};

/** @returns the range of one partition that holds the claim and the look-ups of a value */
export const valueRange = (scope: IndexScope, value: IndexedValue) => {
  const { pk, sk } = claimKey(scope, value);
  return scope.type.sorted.includes(value.path) ? { pk, from: sk, to: `${sk}~` } : { pk };
};

/** The sort entry of a resource without a value: after all others. */
export const unsortedKey = (directory: string, type: string, entry: { path: string; id: string }): Key => ({
  pk: sortPk(directory, type, entry.path),
  sk: `>${entry.id}`,
});
const CREATED = 'meta.created';
/** @param created ISO 8601 in UTC with milliseconds, which sorts chronologically */
export const createdKey = (directory: string, type: string, { id, created }: { id: string; created: string }): Key => ({
  pk: sortPk(directory, type, CREATED),
  sk: `=${created}${END}${id}`,
});
const SORT_KEY_BYTES = 1024;
/** A cursor position from a client is used as a sort key only if it has the form of one. */
export const isSortSk = (text: string): boolean => /^[=>]/.test(text) && Buffer.byteLength(text) <= SORT_KEY_BYTES;

/** A key as one string. Keys never contain a line feed. */
export const toKeyText = ({ pk, sk }: Key): string => `${pk}\n${sk}`;
export const fromKeyText = (text: string): Key => {
  const [pk = '', sk = ''] = text.split('\n', 2);
  return { pk, sk };
};

/** @returns whether the key is a sort entry: its partition key has no hash. @param key as one string */
export const isSortEntryKey = (key: string): boolean => fromKeyText(key).pk.split('#').length === 2;

export const listPk = (directory: string, type: string) => `${directory}#${type}`;
export const listKey = (directory: string, type: string, id: string): Key => ({ pk: listPk(directory, type), sk: id });
export const countPk = (directory: string, type: string) => `${directory}#${type}.count`;
/** Ids are random, so their first two digits spread the count of a directory over 256 items. */
export const countKey = (directory: string, type: string, id: string): Key => ({
  pk: countPk(directory, type),
  sk: id.slice(0, 2),
});

export const CLEANUP_PK = '#sweep';
export const cleanupMarkerKey = (directory: string, type: string, { id, kind }: { id: string; kind: string }): Key => ({
  pk: CLEANUP_PK,
  sk: `${directory}#${type}#${id}#${kind}`,
});

/** Apart from the markers, which the sweep of an older release parses. */
export const SWEEP_LEASE_KEY: Key = { pk: '#lease', sk: 'SWEEP' };

/** The cleanup markers of a resource type. */
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
export const NAME_PREFIX = 'NAME#';
export const tokenNameKey = (directory: string, name: string): Key => ({
  pk: tokensPk(directory),
  sk: `${NAME_PREFIX}${name}`,
});
export const tokenExpiryKey = (directory: string, tokenId: string): Key => ({
  pk: tokensPk(directory),
  sk: `${EXPIRING_PREFIX}${tokenId}`,
});

/** The id of the directory that an item belongs to. */
export const directoryOf = (pk: string): string => pk.split('#', 1)[0] ?? '';

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Ids are lower-case UUIDs. A client's text in any other form names no resource and never becomes a key. */
export const isId = (text: unknown): text is string => typeof text === 'string' && ID.test(text);
