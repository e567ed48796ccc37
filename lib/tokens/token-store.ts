/** The tokens of directories: made, listed, rotated and revoked. */
import type { Shards } from './shard-secret.ts';
import type { StoredToken, TokenScope, Tokens } from './stored-token.ts';
import { createToken, createTokenId, hashToken } from './token-format.ts';

/** Which shards there are: kept outside the secrets, because nothing is ever moved from one shard to another. */
type ShardList = {
  /** @returns the shard that new tokens go to, from 1 */
  current(): Promise<number>;
  /** Makes `full + 1` the current shard, unless a parallel call did. @returns the current shard afterwards */
  next(full: number): Promise<number>;
  /** @returns the shards that may hold tokens of the directory */
  ofDirectory(directory: string): Promise<readonly number[]>;
  /** Says that the shard may hold tokens of the directory; before the first of them is written. */
  add(directory: string, shard: number): Promise<void>;
};

export type Token = {
  readonly id: string;
  readonly name: string;
  readonly directory: string;
  readonly scopes: readonly TokenScope[];
  /** ISO 8601 in UTC. */
  readonly createdAt: string;
  readonly expiresAt?: string;
  /** The id of the token that a rotation made in its place. */
  readonly replacedBy?: string;
};
/** `token` is the text to paste: it is nowhere else, and cannot be shown again. */
export type NewToken = Token & { readonly token: string };
export type NewTokenSettings = Pick<Token, 'name' | 'scopes' | 'expiresAt'>;

export type TokenStore = {
  /** @returns `'taken'` when the directory has a token of that name */
  create(directory: string, settings: NewTokenSettings): Promise<NewToken | 'taken'>;
  /** Without hashes; oldest first. */
  list(directory: string): Promise<readonly Token[]>;
  /** @param key a token's id, or the name that only one token has */
  revoke(directory: string, key: string): Promise<'revoked' | 'unknown' | 'ambiguous'>;
  /**
   * Lets another token take the place of this one from `until` on. It dies earlier when it would have anyway.
   * @returns the token as it is then; `'replaced'` when another one has taken its place before
   */
  replace(directory: string, id: string, by: Replacement): Promise<Token | 'unknown' | 'replaced'>;
  /** Revokes every token of the directory. */
  revokeAll(directory: string): Promise<void>;
  /** The tokens of all directories, a shard after another. */
  all(): AsyncIterable<readonly Token[]>;
};

type Replacement = {
  /** The id of the new token. */
  readonly by: string;
  /** ISO 8601 in UTC. */
  readonly until: string;
};

export type TokenStoreOptions = {
  readonly shards: Shards;
  readonly shardList: ShardList;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
};

type Found = { readonly shard: number; readonly token: Token };

const toToken = (id: string, { sha256: _, expiresAt, replacedBy, ...rest }: StoredToken): Token => ({
  id,
  ...rest,
  ...(expiresAt === undefined ? {} : { expiresAt }),
  ...(replacedBy === undefined ? {} : { replacedBy }),
});
const toTokens = (tokens: Tokens | undefined) => Array.from(tokens ?? [], ([id, token]) => toToken(id, token));

const isNamed = (tokens: Tokens, directory: string, name: string) =>
  [...tokens.values()].some((token) => token.directory === directory && token.name === name);

/** Oldest first. */
const findTokens = async (
  directory: string,
  { shards, shardList }: Pick<TokenStoreOptions, 'shards' | 'shardList'>,
): Promise<readonly Found[]> => {
  const numbers = await shardList.ofDirectory(directory);
  const perShard = await Promise.all(
    numbers.map(async (shard) =>
      toTokens(await shards.read(shard))
        .filter((token) => token.directory === directory)
        .map((token) => ({ shard, token })),
    ),
  );
  return perShard.flat().sort((a, b) => compare(a.token, b.token));
};

/** @throws SecretsUnavailable, and what `shardList` throws */
export function createTokenStore({ shards, shardList, now = Date.now }: TokenStoreOptions): TokenStore {
  const find = (directory: string) => findTokens(directory, { shards, shardList });

  /** @returns the token's text, or why it is not in this shard */
  const createIn = async (shard: number, id: string, entry: Omit<StoredToken, 'sha256'>) => {
    const token = createToken(shard, id);
    const stored: StoredToken = { ...entry, sha256: hashToken(token) };
    let taken = false;
    const outcome = await shards.edit(shard, (tokens) => {
      // Called again after an answer that was lost on its way: the token is there already.
      if (tokens.get(id)?.sha256 === stored.sha256) return undefined;
      taken = isNamed(tokens, entry.directory, entry.name);
      return taken ? undefined : new Map(tokens).set(id, stored);
    });
    if (taken) return 'taken';
    return outcome === 'full' ? 'full' : { token };
  };

  return {
    async create(directory, { name, scopes, expiresAt }) {
      if ((await find(directory)).some(({ token }) => token.name === name)) return 'taken';
      const entry = {
        directory,
        name,
        scopes: [...scopes],
        createdAt: new Date(now()).toISOString(),
        ...(expiresAt === undefined ? {} : { expiresAt }),
      };
      const id = createTokenId();
      for (let shard = await shardList.current(); ; shard = await shardList.next(shard)) {
        await shardList.add(directory, shard);
        const made = await createIn(shard, id, entry);
        if (made === 'taken') return made;
        if (made !== 'full') return { id, ...entry, ...made };
      }
    },
    list: async (directory) => (await find(directory)).map(({ token }) => token),
    async revoke(directory, key) {
      const all = await find(directory);
      const byId = all.filter(({ token }) => token.id === key);
      const found = byId.length > 0 ? byId : all.filter(({ token }) => token.name === key);
      const [first] = found;
      if (first === undefined) return 'unknown';
      if (found.length > 1) return 'ambiguous';
      await shards.edit(first.shard, (tokens) => without(tokens, ({ id }) => id === first.token.id));
      return 'revoked';
    },
    async replace(directory, id, { by, until }) {
      const found = (await find(directory)).find(({ token }) => token.id === id);
      if (found === undefined) return 'unknown';
      let outcome: Token | 'unknown' | 'replaced' = 'unknown';
      await shards.edit(found.shard, (tokens) => {
        const before = tokens.get(id);
        const after = before && replaced(before, { by, until });
        outcome = after === undefined ? 'unknown' : after.replacedBy === by ? toToken(id, after) : 'replaced';
        return after === undefined || after === before ? undefined : new Map(tokens).set(id, after);
      });
      return outcome;
    },
    async revokeAll(directory) {
      for (const shard of await shardList.ofDirectory(directory))
        await shards.edit(shard, (tokens) => without(tokens, (token) => token.directory === directory));
    },
    async *all() {
      const last = await shardList.current();
      for (let shard = 1; shard <= last; shard += 1) yield toTokens(await shards.read(shard));
    },
  };
}

/** By the clock: as texts, a time beyond the year 9999 (`+010000-...`) would come before all others. */
const isBefore = (time: string | undefined, other: string): time is string =>
  time !== undefined && Date.parse(time) < Date.parse(other);

/** The token itself when another one has its place: the first rotation counts. */
const replaced = (before: StoredToken, { by, until }: Replacement): StoredToken =>
  before.replacedBy === undefined
    ? {
        ...before,
        replacedBy: by,
        expiresAt: isBefore(before.expiresAt, until) ? before.expiresAt : until,
      }
    : before;

const compare = (a: Token, b: Token) =>
  a.createdAt < b.createdAt || (a.createdAt === b.createdAt && a.id < b.id) ? -1 : 1;

const without = (tokens: Tokens, isGone: (token: Token) => boolean): Tokens | undefined => {
  const rest = new Map([...tokens].filter(([id, token]) => !isGone(toToken(id, token))));
  return rest.size === tokens.size ? undefined : rest;
};
