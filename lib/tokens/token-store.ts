/** Creates, lists, rotates and revokes the tokens of directories. */
import type { Shards } from './shard-secret.ts';
import type { StoredToken, TokenScope, Tokens } from './stored-token.ts';
import { createToken, createTokenId, hashToken } from './token-format.ts';

/** The shards in use, and those of each directory. Kept outside the secrets; tokens never move between shards. */
type ShardList = {
  /** @returns the shard for new tokens, 1 or greater */
  current(): Promise<number>;
  /** Advances the current shard to `full + 1`, unless a concurrent call did. @returns the current shard afterwards */
  next(full: number): Promise<number>;
  /** @returns the shards that may hold tokens of the directory */
  ofDirectory(directory: string): Promise<readonly number[]>;
  /** Records that the shard may hold tokens of the directory. Call it before the first one is written. */
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
  /** Id of the token that replaces this one after a rotation. */
  readonly replacedBy?: string;
};
/** `token` is the text to paste. It is not stored and cannot be shown again. */
export type NewToken = Token & { readonly token: string };
export type NewTokenSettings = Pick<Token, 'name' | 'scopes' | 'expiresAt'>;

export type TokenStore = {
  /** @returns `'taken'` if the directory has a token of that name */
  create(directory: string, settings: NewTokenSettings): Promise<NewToken | 'taken'>;
  /** Lists tokens without their hashes, oldest first. */
  list(directory: string): Promise<readonly Token[]>;
  /** @param key a token's id, or its name if no other token has the same */
  revoke(directory: string, key: string): Promise<'revoked' | 'unknown' | 'ambiguous'>;
  /**
   * Marks a token as replaced by another one. It expires at `until`, or earlier if its own expiry is earlier.
   * @returns the updated token; `'replaced'` if a different token has already replaced it
   */
  replace(directory: string, id: string, by: Replacement): Promise<Token | 'unknown' | 'replaced'>;
  /** Revokes every token of the directory. */
  revokeAll(directory: string): Promise<void>;
  /** Tokens of all directories, one shard at a time. */
  all(): AsyncIterable<readonly Token[]>;
};

type Replacement = {
  /** Id of the new token. */
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

/** Every method throws SecretsUnavailable and the errors of `shardList`. */
export function createTokenStore({ shards, shardList, now = Date.now }: TokenStoreOptions): TokenStore {
  const find = (directory: string) => findTokens(directory, { shards, shardList });

  /** @returns the token's text, or the reason why it was not created in this shard */
  const createIn = async (shard: number, id: string, entry: Omit<StoredToken, 'sha256'>) => {
    const token = createToken(shard, id);
    const stored: StoredToken = { ...entry, sha256: hashToken(token) };
    let taken = false;
    const outcome = await shards.edit(shard, (tokens) => {
      // An earlier attempt succeeded but its response was lost.
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
        const created = await createIn(shard, id, entry);
        if (created === 'taken') return created;
        if (created !== 'full') return { id, ...entry, ...created };
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

/** Compares times, not strings: as a string, a year after 9999 (`+010000-...`) would sort before all others. */
const isBefore = (time: string | undefined, other: string): time is string =>
  time !== undefined && Date.parse(time) < Date.parse(other);

/** Leaves a token that has been replaced unchanged: the first rotation wins. */
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

const without = (tokens: Tokens, isRevoked: (token: Token) => boolean): Tokens | undefined => {
  const rest = new Map([...tokens].filter(([id, token]) => !isRevoked(toToken(id, token))));
  return rest.size === tokens.size ? undefined : rest;
};
