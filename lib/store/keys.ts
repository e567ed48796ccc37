/**
 * The only file that knows how a key is built. One table, no secondary index; every key begins with the directory.
 *
 * | item                | pk                            | sk                         |
 * |---------------------|-------------------------------|----------------------------|
 * | resource            | `acme#User#<id>`              | `RESOURCE`                 |
 * | groups of a resource| `acme#User#<id>`              | `MEMBEROF`                 |
 * | member of a group   | `acme#Group#<group id>`       | `~<member id>`             |
 * | unique claim        | `acme#User.userName#<hash>`   | `CLAIM`                    |
 * | look-up             | `acme#User.emails.value#<hash>`| `<id>`                    |
 * | list entry          | `acme#User`                   | `<id>`                     |
 * | count               | `acme#User.count`             | first two digits of `<id>` |
 * | directory           | `acme`                        | `DIRECTORY`                |
 * | list of directories | `#directories`                | `acme`                     |
 * | shards of its tokens| `acme`                        | `TOKENS`                   |
 * | guard's window      | `acme`                        | `GUARD`                    |
 * | last use of a token | `acme#tokens`                 | `USED#<token id>`          |
 * | its coming expiry   | `acme#tokens`                 | `EXPIRING#<token id>`      |
 * | newest shard        | `#shards`                     | `CURRENT`                  |
 *
 * `MEMBEROF` < `RESOURCE` < `~`: one Query reads a user with the ids of its groups, or a group with its members.
 * A slug has no `#`, and an attribute path no `#`, so no two of these rows can meet. `<hash>` is 32 base64url
 * characters (192 bits) of SHA-256 over the folded value: no length limit, nothing to escape, no personal data.
 */
import { createHash } from 'node:crypto';
import { DIRECTORY, EXPIRING_PREFIX, MEMBEROF, RESOURCE } from './table.ts';

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

/** @param folded the value as it compares: folded, or exact where the attribute is caseExact */
export const indexPk = (directory: string, type: string, { path, folded }: { path: string; folded: string }) =>
  `${directory}#${type}.${path}#${hash(folded)}`;
const CLAIM = 'CLAIM';
export const claimKey = (pk: string): Key => ({ pk, sk: CLAIM });
export const lookupKey = (pk: string, id: string): Key => ({ pk, sk: id });

export const listPk = (directory: string, type: string) => `${directory}#${type}`;
export const listKey = (directory: string, type: string, id: string): Key => ({ pk: listPk(directory, type), sk: id });
export const countPk = (directory: string, type: string) => `${directory}#${type}.count`;
/** Ids are random, so their first two digits spread a directory's counts over 256 items. */
export const countKey = (directory: string, type: string, id: string): Key => ({
  pk: countPk(directory, type),
  sk: id.slice(0, 2),
});

export const directoryKey = (directory: string): Key => ({ pk: directory, sk: DIRECTORY });
export const DIRECTORIES_PK = '#directories';
export const directoryListKey = (directory: string): Key => ({ pk: DIRECTORIES_PK, sk: directory });
export const directoryShardsKey = (directory: string): Key => ({ pk: directory, sk: 'TOKENS' });
export const CURRENT_SHARD_KEY: Key = { pk: '#shards', sk: 'CURRENT' };

export const guardKey = (directory: string): Key => ({ pk: directory, sk: 'GUARD' });
export const tokensPk = (directory: string) => `${directory}#tokens`;
export const USED_PREFIX = 'USED#';
export const tokenUseKey = (directory: string, tokenId: string): Key => ({
  pk: tokensPk(directory),
  sk: `${USED_PREFIX}${tokenId}`,
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
