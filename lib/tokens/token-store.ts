/**
 * The tokens of directories: created, listed, rotated and revoked.
 *
 * A token lives in a secret; the table says which are refused (`denied`), who may use a name, and how many shards there
 * are. A new token is denied before it is written and activated in the step before its text is answered, so a creation
 * that dies leaves a token that never works. Revocation and the end of a rotation only write a denial.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { inParallel } from '../common/parallel.ts';
import { SecretsBusy, type Shards } from './shard-secret.ts';
import type { StoredToken, TokenScope, Tokens } from './stored-token.ts';
import { createToken, createTokenId, hashToken } from './token-format.ts';
import { SecretsUnavailable } from './versioned-secret.ts';

/** A token's entry among the denied ones of its directory. Times are ISO 8601 in UTC. */
export type Denial = {
  readonly shard: number;
  /** The token is refused from then on. */
  readonly from: string;
  readonly replacedBy?: string | undefined;
  readonly pending?: boolean | undefined;
  readonly removedAt?: string | undefined;
};
type Denials = ReadonlyMap<string, Denial>;

/** Kept in the table. */
export type DeniedTokens = {
  read(directory: string): Promise<Denials>;
  deny(
    directory: string,
    tokenId: string,
    entry: { readonly denial: Denial; readonly deadline: number },
  ): Promise<'denied' | 'full'>;
  activate(
    directory: string,
    activation: {
      readonly tokenId: string;
      readonly name: string;
      readonly replaces?: { readonly tokenId: string; readonly denial: Denial };
    },
    deadline: number,
  ): Promise<'active' | 'lost'>;
  denyAll(directory: string, createdAt: string, deadline: number): Promise<void>;
};
/** Kept in the table, because nothing is ever moved from one shard to another. */
export type ShardList = {
  /** @returns how many shards there are, numbered from 1, or undefined when the table does not know */
  count(): Promise<number | undefined>;
  grow(count: number): Promise<void>;
  /** Notes that the shard may hold tokens of the directory, before the first of them is written. */
  add(directory: string, shard: number): Promise<void>;
  /** @returns versions that each shard was given within 24 hours, as last counted */
  versions(): Promise<ReadonlyMap<number, number>>;
};
type Claim = { readonly directory: string; readonly name: string; readonly tokenId: string };
/** Kept in the table. */
export type TokenNames = {
  claim(
    claim: Claim & { readonly incarnation: string },
    options: { readonly dead?: string | undefined; readonly deadline: number },
  ): Promise<string | undefined>;
  release(claim: Claim, deadline: number): Promise<void>;
};

export type Token = {
  readonly id: string;
  readonly name: string;
  readonly directory: string;
  readonly scopes: readonly TokenScope[];
  /** ISO 8601 in UTC. */
  readonly createdAt: string;
  readonly expiresAt?: string;
  /** The id of the token that replaces this one after a rotation. */
  readonly replacedBy?: string;
};
/** `token` is the text to paste: it is stored nowhere and cannot be shown again. */
export type NewToken = Token & { readonly token: string };
export type NewTokenSettings = Pick<Token, 'name' | 'scopes' | 'expiresAt'>;
/** A directory and its incarnation: after a deletion, another directory may have the id. */
export type TokenOwner = { readonly id: string; readonly createdAt: string };

/**
 * Every method throws SecretsUnavailable, SecretsBusy (repeat the request) and what the ports throw. `deadline` is in
 * milliseconds since 1970.
 */
export type TokenStore = {
  /** @returns `'taken'` if the directory has a token of that name, or one is being created */
  create(directory: TokenOwner, settings: NewTokenSettings, deadline: number): Promise<NewToken | 'taken'>;
  /** The tokens that are not refused, without hashes; oldest first. */
  list(directory: TokenOwner): Promise<readonly Token[]>;
  /** @param key a token's id, or the name that only one token has */
  revoke(directory: TokenOwner, key: string, deadline: number): Promise<'revoked' | 'unknown' | 'ambiguous'>;
  /**
   * Creates a token that replaces another one, which is refused from `until` on, or earlier when it expires earlier.
   * @returns both; `'taken'` as `create`; `'unknown'`, `'replaced'` if the other token was revoked or rotated first
   */
  rotate(
    directory: TokenOwner,
    rotation: { readonly id: string; readonly until: string; readonly successor: NewTokenSettings },
    deadline: number,
  ): Promise<{ readonly made: NewToken; readonly replaced: Token } | 'taken' | 'unknown' | 'replaced'>;
  /** Notes that every token of a directory that is being deleted must go. */
  revokeAll(directory: TokenOwner, deadline: number): Promise<void>;
  /** The tokens of all directories as their secrets hold them, a shard after another. */
  all(): AsyncIterable<readonly Token[]>;
};

export type TokenStoreOptions = {
  readonly shards: Shards;
  readonly shardList: ShardList;
  readonly denied: DeniedTokens;
  readonly names: TokenNames;
  /** Shards to begin with. @default 4 */
  readonly initialShards?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Waits for milliseconds. */
  readonly wait?: (milliseconds: number) => Promise<unknown>;
};

const INITIAL_SHARDS = 4;
/** A shard with as many versions within 24 hours takes no new token: the rest is for the clean-up. */
const CROWDED_VERSIONS = 60;
/** The authorizer remembers for a second that a shard does not exist. */
const NEW_SHARD_MS = 1500;

type Found = { readonly shard: number; readonly token: Token };

const isDead = (denial: Denial | undefined, now: number): boolean =>
  denial !== undefined && (denial.pending === true || Date.parse(denial.from) <= now);

/** By the clock: as texts, a time beyond the year 9999 (`+010000-...`) would come before all others. */
const earlier = (time: string | undefined, other: string): string =>
  time !== undefined && Date.parse(time) < Date.parse(other) ? time : other;

const toToken = (id: string, stored: StoredToken, denial?: Denial): Token => {
  const { sha256: _, incarnation: __, expiresAt, replacedBy, ...rest } = stored;
  const end = denial === undefined ? expiresAt : earlier(expiresAt, denial.from);
  const successor = denial?.replacedBy ?? replacedBy;
  return {
    id,
    ...rest,
    ...(end === undefined ? {} : { expiresAt: end }),
    ...(successor === undefined ? {} : { replacedBy: successor }),
  };
};

/** A token of an earlier directory of the same id, or of a later one after a restore, opens nothing. */
export const isOfIncarnation = (
  token: Pick<StoredToken, 'createdAt' | 'incarnation'>,
  { createdAt }: Pick<TokenOwner, 'createdAt'>,
): boolean =>
  token.incarnation === undefined
    ? Date.parse(token.createdAt) >= Date.parse(createdAt)
    : token.incarnation === createdAt;

const compare = (a: Token, b: Token) =>
  a.createdAt < b.createdAt || (a.createdAt === b.createdAt && a.id < b.id) ? -1 : 1;

export function createTokenStore(options: TokenStoreOptions): TokenStore {
  const { shards, shardList, denied, names, initialShards = INITIAL_SHARDS } = options;
  const { now = Date.now, wait = sleep } = options;

  /** Probes when the table does not know: after a destroy, the secrets remain. */
  const countShards = async (): Promise<number> => {
    const known = await shardList.count();
    if (known !== undefined) return known;
    let count = 0;
    while ((await shards.read(count + 1)) !== undefined) count += 1;
    if (count > 0) await shardList.grow(count);
    return count;
  };
  /** In order, so that numbers have no gaps whenever this ends. */
  const growTo = async (from: number, count: number): Promise<void> => {
    for (let shard = from + 1; shard <= count; shard += 1) await shards.create(shard);
    await shardList.grow(count);
    await wait(NEW_SHARD_MS);
  };

  const findAll = async (directory: TokenOwner): Promise<readonly Found[]> => {
    const denials = await denied.read(directory.id);
    const numbers = Array.from({ length: await countShards() }, (_, index) => index + 1);
    const perShard = await inParallel(numbers, async (shard) => {
      const tokens = (await shards.read(shard)) ?? new Map<string, StoredToken>();
      return [...tokens].flatMap(([id, stored]): Found[] =>
        stored.directory === directory.id && isOfIncarnation(stored, directory) && !isDead(denials.get(id), now())
          ? [{ shard, token: toToken(id, stored, denials.get(id)) }]
          : [],
      );
    });
    return perShard.flat().sort((a, b) => compare(a.token, b.token));
  };

  const busy = (why: string) => new SecretsBusy(new Error(why));
  const deny = async (directory: string, id: string, denial: Denial, deadline: number): Promise<void> => {
    if ((await denied.deny(directory, id, { denial, deadline })) === 'full')
      throw busy(`directory ${directory} has more denied tokens than one clean-up takes`);
  };

  /** @returns whether the name is this token's now */
  const claimName = async (directory: TokenOwner, claim: Claim, deadline: number): Promise<boolean> => {
    const isTaken = async () => (await findAll(directory)).some(({ token }) => token.name === claim.name);
    if (await isTaken()) return false;
    const incarnation = directory.createdAt;
    const holder = await names.claim({ ...claim, incarnation }, { deadline });
    if (holder === undefined) return true;
    // Bound to a token that is dead: then it is in no list, and the claim may pass on.
    const isHeld = (await denied.read(directory.id)).get(holder)?.pending === true || (await isTaken());
    if (isHeld) return false;
    return (await names.claim({ ...claim, incarnation }, { dead: holder, deadline })) === undefined;
  };

  /** Writes the token into the shard with the fewest versions that takes it. @returns its text and shard */
  const place = async (id: string, entry: Omit<StoredToken, 'sha256'>, deadline: number) => {
    const tried = new Set<number>();
    for (;;) {
      const shard = await nextShard(tried);
      tried.add(shard);
      await shardList.add(entry.directory, shard);
      await deny(entry.directory, id, { shard, from: entry.createdAt, pending: true }, deadline);
      const token = createToken(shard, id);
      const stored: StoredToken = { ...entry, sha256: hashToken(token) };
      const outcome = await shards.edit(
        shard,
        // Called again after an answer that was lost: the token is there already.
        (tokens) => (tokens.get(id)?.sha256 === stored.sha256 ? undefined : new Map(tokens).set(id, stored)),
        { deadline, maxVersions: CROWDED_VERSIONS },
      );
      if (outcome === 'done') return { shard, token };
    }
  };
  const nextShard = async (tried: ReadonlySet<number>): Promise<number> => {
    const count = await countShards();
    if (count < initialShards) {
      await growTo(count, initialShards);
      return nextShard(tried);
    }
    const versions = await shardList.versions();
    const open = Array.from({ length: count }, (_, index) => index + 1)
      .filter((shard) => !tried.has(shard) && (versions.get(shard) ?? 0) < CROWDED_VERSIONS)
      .sort((a, b) => (versions.get(a) ?? 0) - (versions.get(b) ?? 0));
    const [first] = open;
    if (first !== undefined) return first;
    await growTo(count, count + 1);
    return count + 1;
  };

  type Replaces = { readonly tokenId: string; readonly denial: Denial };
  const createActive = async (
    directory: TokenOwner,
    { name, scopes, expiresAt }: NewTokenSettings,
    { deadline, replaces }: { readonly deadline: number; readonly replaces?: (successor: string) => Replaces },
  ): Promise<NewToken | 'taken' | 'lost'> => {
    const id = createTokenId();
    const claim = { directory: directory.id, name, tokenId: id };
    if (!(await claimName(directory, claim, deadline))) return 'taken';
    try {
      const entry = {
        directory: directory.id,
        name,
        scopes: [...scopes],
        // Clocks differ: a token is never older than its directory.
        createdAt: new Date(Math.max(now(), Date.parse(directory.createdAt))).toISOString(),
        incarnation: directory.createdAt,
        ...(expiresAt === undefined ? {} : { expiresAt }),
      };
      const { token } = await place(id, entry, deadline);
      const activation = { tokenId: id, name, ...(replaces === undefined ? {} : { replaces: replaces(id) }) };
      const outcome = await denied.activate(directory.id, activation, deadline);
      if (outcome === 'active') {
        const { incarnation: _, ...shown } = entry;
        return { id, ...shown, token };
      }
    } catch (error) {
      await names.release(claim, deadline).catch(() => undefined);
      throw error;
    }
    await names.release(claim, deadline);
    return 'lost';
  };

  return {
    async create(directory, settings, deadline) {
      const made = await createActive(directory, settings, { deadline });
      if (made === 'lost') throw new SecretsUnavailable(new Error('the creation of a token took too long'));
      return made;
    },
    list: async (directory) => (await findAll(directory)).map(({ token }) => token),
    async revoke(directory, key, deadline) {
      const all = await findAll(directory);
      const byId = all.filter(({ token }) => token.id === key);
      const found = byId.length > 0 ? byId : all.filter(({ token }) => token.name === key);
      const [first] = found;
      if (first === undefined) return 'unknown';
      if (found.length > 1) return 'ambiguous';
      const { shard, token } = first;
      await deny(directory.id, token.id, { shard, from: new Date(now()).toISOString() }, deadline);
      await names.release({ directory: directory.id, name: token.name, tokenId: token.id }, deadline);
      return 'revoked';
    },
    async rotate(directory, { id, until, successor }, deadline) {
      const found = (await findAll(directory)).find(({ token }) => token.id === id);
      if (found === undefined) return 'unknown';
      if (found.token.replacedBy !== undefined) return 'replaced';
      const from = earlier(found.token.expiresAt, until);
      const made = await createActive(directory, successor, {
        deadline,
        replaces: (replacedBy) => ({ tokenId: id, denial: { shard: found.shard, from, replacedBy } }),
      });
      if (made === 'taken') return made;
      if (made !== 'lost') return { made, replaced: { ...found.token, expiresAt: from, replacedBy: made.id } };
      return (await denied.read(directory.id)).get(id)?.replacedBy === undefined ? 'unknown' : 'replaced';
    },
    revokeAll: ({ id, createdAt }, deadline) => denied.denyAll(id, createdAt, deadline),
    async *all() {
      const count = await countShards();
      for (let shard = 1; shard <= count; shard += 1) {
        const tokens: Tokens = (await shards.read(shard)) ?? new Map();
        yield Array.from(tokens, ([id, token]) => toToken(id, token));
      }
    },
  };
}
