/** The tokens of directories: made, listed and revoked. */
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
};

export type TokenStoreOptions = {
  readonly shards: Shards;
  readonly shardList: ShardList;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
};

type Found = { readonly shard: number; readonly token: Token };

const toToken = (id: string, { sha256: _, expiresAt, ...rest }: StoredToken): Token => ({
  id,
  ...rest,
  ...(expiresAt === undefined ? {} : { expiresAt }),
});

const isNamed = (tokens: Tokens, directory: string, name: string) =>
  [...tokens.values()].some((token) => token.directory === directory && token.name === name);

/** @throws SecretsUnavailable, and what `shardList` throws */
export function createTokenStore({ shards, shardList, now = Date.now }: TokenStoreOptions): TokenStore {
  const find = async (directory: string): Promise<readonly Found[]> => {
    const numbers = await shardList.ofDirectory(directory);
    const perShard = await Promise.all(
      numbers.map(async (shard) =>
        Array.from((await shards.read(shard)) ?? [])
          .filter(([, token]) => token.directory === directory)
          .map(([id, token]) => ({ shard, token: toToken(id, token) })),
      ),
    );
    return perShard.flat().sort((a, b) => compare(a.token, b.token));
  };

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
      await shards.edit(first.shard, (tokens) => without(tokens, first.token.id));
      return 'revoked';
    },
  };
}

const compare = (a: Token, b: Token) =>
  a.createdAt < b.createdAt || (a.createdAt === b.createdAt && a.id < b.id) ? -1 : 1;

const without = (tokens: Tokens, id: string): Tokens | undefined => {
  const rest = new Map(tokens);
  return rest.delete(id) ? rest : undefined;
};
