/**
 * Creates, lists, rotates and revokes the tokens of directories.
 *
 * A token lives in a secret; the table says which tokens are refused, which names are taken and how many shards there
 * are. A new token is denied before it is written and activated in the step before its text is answered, so a creation
 * that dies leaves a token that never works. Revocation and the end of a rotation only write a denial.
 */
import { earlier, findTokens, type Token } from './list-tokens.ts';
import { createTokenPlacer, type PlaceOptions } from './place-token.ts';
import { SecretsBusy } from './shard-secret.ts';
import { createTokenId } from './token-format.ts';
import type { Activation, Denial, DeniedTokens, NameClaim, TokenNames, TokenOwner } from './token-ports.ts';
import { SecretsUnavailable } from './versioned-secret.ts';

/** `token` is the text to paste: it is stored nowhere and cannot be shown again. */
export type NewToken = Token & { readonly token: string };
export type NewTokenSettings = Pick<Token, 'name' | 'scopes' | 'expiresAt'>;
type Rotation = {
  /** The token that is replaced. */
  readonly id: string;
  /** ISO 8601 in UTC: it is refused from then on. */
  readonly until: string;
  readonly successor: NewTokenSettings;
};
type Rotated = { readonly created: NewToken; readonly replaced: Token };

/**
 * Every method throws SecretsUnavailable, SecretsBusy (repeat the request) and what the ports throw. `deadline` is in
 * milliseconds since 1970.
 */
export type TokenStore = {
  /** @returns `'taken'` if the directory has a token of that name, or one is being created */
  create(directory: TokenOwner, settings: NewTokenSettings, deadline: number): Promise<NewToken | 'taken'>;
  /** The tokens that are not refused, without hashes; oldest first. @param ended refused ones too, until clean-up */
  list(directory: TokenOwner, ended?: boolean): Promise<readonly Token[]>;
  /** @param key a token's id, or the name that only one token has */
  revoke(directory: TokenOwner, key: string, deadline: number): Promise<'revoked' | 'unknown' | 'ambiguous'>;
  /**
   * Creates a token that replaces another one, which is refused from `until` on, or earlier if it expires earlier.
   * @returns both; `'taken'` as `create`; `'unknown'` or `'replaced'` if the other token was revoked or rotated first
   */
  rotate(
    directory: TokenOwner,
    rotation: Rotation,
    deadline: number,
  ): Promise<Rotated | 'taken' | 'unknown' | 'replaced'>;
  /** Notes that every token of a directory that is being deleted must go. */
  revokeAll(directory: TokenOwner, deadline: number): Promise<void>;
};

export type TokenStoreOptions = PlaceOptions & {
  readonly denied: DeniedTokens;
  readonly names: TokenNames;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
};

type Creation = {
  readonly directory: TokenOwner;
  readonly settings: NewTokenSettings;
  readonly deadline: number;
  /** @param successor the id of the new token. @returns the token that it replaces, and from when on */
  readonly replaces?: (successor: string) => NonNullable<Activation['replaces']>;
};

/** @returns a function that creates a token and activates it. It returns `'lost'` if the activation was refused. */
const createCreation = ({ now = Date.now, ...options }: TokenStoreOptions) => {
  const { denied, names } = options;
  const place = createTokenPlacer(options);

  /** @returns whether the name is this token's now */
  const claimName = async (directory: TokenOwner, claim: NameClaim, deadline: number): Promise<boolean> => {
    const isTaken = async () =>
      (await findTokens(directory, options, { now: now() })).some(({ token }) => token.name === claim.name);
    if (await isTaken()) return false;
    const wanted = { ...claim, incarnation: directory.createdAt };
    const holder = await names.claim(wanted, { deadline });
    if (holder === undefined) return true;
    // A claim that is bound to a token in no list belongs to a dead one.
    if (!holder.isBound || (await isTaken())) return false;
    return (await names.claim(wanted, { dead: holder.tokenId, deadline })) === undefined;
  };

  const createClaimed = async (id: string, { directory, settings, deadline, replaces }: Creation) => {
    const { name, scopes, expiresAt } = settings;
    const shown = {
      directory: directory.id,
      name,
      scopes: [...scopes],
      // Clocks differ: a token is never older than its directory.
      createdAt: new Date(Math.max(now(), Date.parse(directory.createdAt))).toISOString(),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
    const prepare = (shard: number) =>
      deny(denied, { directory: directory.id, tokenId: id }, { shard, from: shown.createdAt, pending: true, deadline });
    const token = await place({ id, entry: { ...shown, incarnation: directory.createdAt }, prepare, deadline });
    const activation = { tokenId: id, name, ...(replaces === undefined ? {} : { replaces: replaces(id) }) };
    const outcome = await denied.activate(directory.id, activation, deadline);
    return outcome === 'active' ? { id, ...shown, token } : outcome;
  };

  return async (creation: Creation): Promise<NewToken | 'taken' | 'lost'> => {
    const { directory, settings, deadline } = creation;
    const claim = { directory: directory.id, name: settings.name, tokenId: createTokenId() };
    if (!(await claimName(directory, claim, deadline))) return 'taken';
    const release = () => names.release(claim, deadline).catch(() => undefined);
    try {
      const created = await createClaimed(claim.tokenId, creation);
      if (created === 'lost') await release();
      return created;
    } catch (error) {
      await release();
      throw error;
    }
  };
};

const deny = async (
  denied: DeniedTokens,
  { directory, tokenId }: { readonly directory: string; readonly tokenId: string },
  { deadline, ...denial }: Denial & { readonly deadline: number },
): Promise<void> => {
  if ((await denied.deny(directory, tokenId, { denial, deadline })) === 'full')
    throw new SecretsBusy(new Error(`directory ${directory} has more denied tokens than one clean-up takes`));
};

export function createTokenStore(options: TokenStoreOptions): TokenStore {
  const { denied, names, now = Date.now } = options;
  const create = createCreation(options);
  const find = (directory: TokenOwner) => findTokens(directory, options, { now: now() });

  return {
    async create(directory, settings, deadline) {
      const created = await create({ directory, settings, deadline });
      if (created === 'lost') throw new SecretsUnavailable(new Error('the creation of a token took too long'));
      return created;
    },
    list: async (directory, ended = false) =>
      (await findTokens(directory, options, { now: now(), ended })).map(({ token }) => token),
    async revoke(directory, key, deadline) {
      const all = await find(directory);
      const byId = all.filter(({ token }) => token.id === key);
      const found = byId.length > 0 ? byId : all.filter(({ token }) => token.name === key);
      const [first] = found;
      if (first === undefined) return 'unknown';
      if (found.length > 1) return 'ambiguous';
      const { shard, token } = first;
      const at = { directory: directory.id, tokenId: token.id };
      await deny(denied, at, { shard, from: new Date(now()).toISOString(), deadline });
      await names.release({ ...at, name: token.name }, deadline);
      return 'revoked';
    },
    async rotate(directory, { id, until, successor }, deadline) {
      const found = (await find(directory)).find(({ token }) => token.id === id);
      if (found === undefined) return 'unknown';
      if (found.token.replacedBy !== undefined) return 'replaced';
      const from = earlier(found.token.expiresAt, until);
      const replaces = (replacedBy: string) => ({ tokenId: id, denial: { shard: found.shard, from, replacedBy } });
      const created = await create({ directory, settings: successor, deadline, replaces });
      if (created === 'taken') return created;
      if (created !== 'lost') return { created, replaced: { ...found.token, expiresAt: from, replacedBy: created.id } };
      return (await denied.read(directory.id)).get(id)?.replacedBy === undefined ? 'unknown' : 'replaced';
    },
    revokeAll: ({ id, createdAt }, deadline) => denied.denyAll(id, createdAt, deadline),
  };
}
