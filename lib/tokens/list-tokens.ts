/** Reads tokens out of their secrets, as the table lets them be seen. */
import { inParallel } from '../common/parallel.ts';
import type { ShardReader } from './shard-secret.ts';
import type { StoredToken, TokenScope, Tokens } from './stored-token.ts';
import type { Denial, Denials, DeniedTokens, ShardList, TokenOwner } from './token-ports.ts';

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
  /** ISO 8601 in UTC: it is refused from then on, because it was revoked. */
  readonly revokedAt?: string;
};
export type FoundToken = { readonly shard: number; readonly token: Token };

/** By the clock: as texts, a time beyond the year 9999 (`+010000-...`) would come before all others. */
export const earlier = (time: string | undefined, other: string): string =>
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
    ...(denial === undefined || successor !== undefined ? {} : { revokedAt: denial.from }),
  };
};

/** A token of an earlier directory of the same id, or of a later one after a restore, opens nothing. */
const isOfIncarnation = (token: StoredToken, { createdAt }: Pick<TokenOwner, 'createdAt'>): boolean =>
  token.incarnation === undefined
    ? Date.parse(token.createdAt) >= Date.parse(createdAt)
    : token.incarnation === createdAt;

const isDead = (denial: Denial | undefined, now: number): boolean =>
  denial !== undefined && (denial.pending === true || Date.parse(denial.from) <= now);

const compare = (a: Token, b: Token) =>
  a.createdAt < b.createdAt || (a.createdAt === b.createdAt && a.id < b.id) ? -1 : 1;

/** How many shards exist: asked where the table does not know, because secrets remain after a destroy. */
const probeShards = async (shards: ShardReader): Promise<number> => {
  let count = 0;
  while ((await shards.read(count + 1)) !== undefined) count += 1;
  return count;
};

/** How many shards exist, noted in the table if it did not know. */
export const countShards = async (shards: ShardReader, shardList: ShardList): Promise<number> => {
  const known = await shardList.count();
  if (known !== undefined) return known;
  const count = await probeShards(shards);
  if (count > 0) await shardList.grow(count);
  return count;
};

type Sources = { readonly shards: ShardReader; readonly shardList: ShardList; readonly denied: DeniedTokens };

/**
 * The tokens of a directory that are not refused, as the authorizer and the functions see them; oldest first.
 * @param ended includes refused ones that are not cleaned up yet, but none whose creation has not finished
 */
export const findTokens = async (
  directory: TokenOwner,
  { shards, shardList, denied }: Sources,
  { now, ended = false }: { readonly now: number; readonly ended?: boolean },
): Promise<readonly FoundToken[]> => {
  const denials = await denied.read(directory.id);
  const numbers = Array.from({ length: await countShards(shards, shardList) }, (_, index) => index + 1);
  const perShard = await inParallel(numbers, async (shard) => {
    const tokens: Tokens = (await shards.read(shard)) ?? new Map();
    return [...tokens].flatMap(([id, stored]): FoundToken[] => {
      const denial = denials.get(id);
      const isSeen = stored.directory === directory.id && isOfIncarnation(stored, directory);
      const isWanted = ended ? denial?.pending !== true : !isDead(denial, now);
      return isSeen && isWanted ? [{ shard, token: toToken(id, stored, denial) }] : [];
    });
  });
  return perShard.flat().sort((a, b) => compare(a.token, b.token));
};

type AllSources = {
  readonly shards: ShardReader;
  readonly shardList: Pick<ShardList, 'count'>;
  readonly denied: {
    work(): Promise<readonly { readonly directory: string }[]>;
    read(directory: string): Promise<Denials>;
    readCreationTimes(directories: readonly string[]): Promise<ReadonlyMap<string, string>>;
  };
};

/** The tokens of all directories that are not refused, one shard after another. */
export async function* readAllTokens({ shards, shardList, denied }: AllSources, now: number): AsyncGenerator<Token[]> {
  const directories = new Set((await denied.work()).map(({ directory }) => directory));
  const denials = new Map<string, Denial>();
  for (const directory of directories) for (const [id, denial] of await denied.read(directory)) denials.set(id, denial);
  const count = (await shardList.count()) ?? (await probeShards(shards));
  for (let shard = 1; shard <= count; shard += 1) {
    const tokens = [...((await shards.read(shard)) ?? new Map<string, StoredToken>())];
    const created = await denied.readCreationTimes([...new Set(tokens.map(([, { directory }]) => directory))]);
    yield tokens.flatMap(([id, stored]) => {
      const createdAt = created.get(stored.directory);
      const isSeen = createdAt !== undefined && isOfIncarnation(stored, { createdAt });
      return isSeen && !isDead(denials.get(id), now) ? [toToken(id, stored, denials.get(id))] : [];
    });
  }
}
