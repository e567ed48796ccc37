/**
 * Takes tokens out of the secrets that are refused anyway: denied ones, those of deleted directories, and expired ones.
 * One version of a secret for all of them, at most every ten minutes, as Secrets Manager advises.
 */
import type { Shards } from './shard-secret.ts';
import type { StoredToken, Tokens } from './stored-token.ts';
import type { Denial, ShardList } from './token-store.ts';

type Denials = ReadonlyMap<string, Denial>;
type Work = { readonly directory: string; readonly deletedIncarnation: string | undefined };
/** Kept in the table. */
export type CleanableDenials = {
  read(directory: string): Promise<Denials>;
  work(): Promise<readonly Work[]>;
  markRemoved(directory: string, removed: Denials, at: string): Promise<void>;
  forget(directory: string, tokenIds: readonly string[]): Promise<void>;
  finish(work: Work): Promise<void>;
};
export type CleanUpOptions = {
  readonly shards: Shards;
  readonly shardList: Pick<ShardList, 'count' | 'versions'>;
  readonly denied: CleanableDenials;
  /** `createdAt` by id, of the directories that exist. */
  readonly readCreationTimes: (directories: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
};
export type TokenCleanUpReport = { readonly removed: number; readonly left: number };

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** An entry is forgotten once every cache of the secret has been read again without the token. */
const FORGET_MS = 2 * MINUTE_MS;
/** A creation that is still pending after this time has died. */
const PENDING_MS = 2 * MINUTE_MS;
/** With more versions within 24 hours, a shard is cleaned up once an hour only. */
const BUSY_VERSIONS = 30;
const MAX_VERSIONS = 95;

const isDue = ({ from, pending, removedAt }: Denial, now: number): boolean =>
  removedAt === undefined && Date.parse(from) + (pending === true ? PENDING_MS : 0) <= now;
const isForgotten = ({ removedAt }: Denial, now: number): boolean =>
  removedAt !== undefined && now - Date.parse(removedAt) >= FORGET_MS;

type Plan = {
  readonly denials: ReadonlyMap<string, Denials>;
  readonly deleted: readonly Required<Work>[];
  /** Looks at every token of every shard. */
  readonly whole: boolean;
};

export const createTokenCleanUp = (options: CleanUpOptions) => {
  const { shards, shardList, denied, readCreationTimes, now = Date.now } = options;

  const readPlan = async (work: readonly Work[], whole: boolean): Promise<Plan> => {
    const denials = new Map<string, Denials>();
    for (const { directory, deletedIncarnation } of work)
      if (deletedIncarnation === undefined) denials.set(directory, await denied.read(directory));
    const deleted = work.filter(({ deletedIncarnation }) => deletedIncarnation !== undefined);
    return { denials, deleted, whole };
  };

  /** Of a deleted directory, or of an earlier one of the same id. A later one, after a restore, keeps its tokens. */
  const isOrphaned = (token: StoredToken, { deleted }: Plan, created: ReadonlyMap<string, string>): boolean => {
    const current = created.get(token.directory);
    if (current !== undefined && Date.parse(token.createdAt) < Date.parse(current)) return true;
    return deleted.some(({ directory, deletedIncarnation }) => {
      if (directory !== token.directory) return false;
      // Tokens of the first release have no incarnation: they belong to the directory that exists, if one does.
      return (token.incarnation ?? current ?? deletedIncarnation) === deletedIncarnation;
    });
  };
  const isExpired = ({ expiresAt }: StoredToken): boolean =>
    expiresAt !== undefined && Date.parse(expiresAt) + DAY_MS <= now();

  const dueIn = (shard: number, { denials }: Plan): ReadonlyMap<string, Denial> =>
    new Map(
      [...denials.values()].flatMap((entries) =>
        [...entries].filter(([, denial]) => denial.shard === shard && isDue(denial, now())),
      ),
    );

  /** Whether the shard is worth a version now. */
  const isWorthwhile = (shard: number, plan: Plan, versions: ReadonlyMap<number, number>): boolean => {
    if (plan.whole || plan.deleted.length > 0) return true;
    const due = [...dueIn(shard, plan).values()];
    if (due.length === 0) return false;
    const isBusy = (versions.get(shard) ?? 0) >= BUSY_VERSIONS;
    return !isBusy || due.some(({ from }) => Date.parse(from) + HOUR_MS <= now());
  };

  /** @returns how many tokens were removed, or undefined if the shard takes no further version today */
  const cleanUpShard = async (shard: number, plan: Plan, deadline: number): Promise<number | undefined> => {
    const due = dueIn(shard, plan);
    const tokens: Tokens = (await shards.read(shard)) ?? new Map();
    const all = plan.whole ? [...tokens.values()] : plan.deleted;
    const created = await readCreationTimes([...new Set(all.map(({ directory }) => directory))]);
    let removed = 0;
    const outcome = await shards.edit(
      shard,
      (before) => {
        const rest = [...before].filter(
          ([id, token]) => !(due.has(id) || isExpired(token) || isOrphaned(token, plan, created)),
        );
        removed = before.size - rest.length;
        return removed === 0 ? undefined : new Map(rest);
      },
      { deadline, maxVersions: MAX_VERSIONS },
    );
    if (outcome !== 'done') return undefined;
    const at = new Date(now()).toISOString();
    for (const [directory, entries] of plan.denials)
      await denied.markRemoved(directory, new Map([...entries].filter(([id]) => due.has(id))), at);
    return removed;
  };

  const finish = async (work: Work, isClean: boolean): Promise<boolean> => {
    if (work.deletedIncarnation !== undefined) {
      if (isClean) await denied.finish(work);
      return isClean;
    }
    const entries = await denied.read(work.directory);
    await denied.forget(
      work.directory,
      [...entries].flatMap(([id, denial]) => (isForgotten(denial, now()) ? [id] : [])),
    );
    if ((await denied.read(work.directory)).size > 0) return false;
    await denied.finish(work);
    return true;
  };

  /**
   * One run.
   * @param options deadline in milliseconds since 1970; `whole` to look at every token, which a run a day does
   */
  return async ({
    deadline,
    whole,
  }: {
    readonly deadline: number;
    readonly whole: boolean;
  }): Promise<TokenCleanUpReport> => {
    const work = await denied.work();
    if (work.length === 0 && !whole) return { removed: 0, left: 0 };
    const plan = await readPlan(work, whole);
    const versions = await shardList.versions();
    const count = (await shardList.count()) ?? 0;
    let removed = 0;
    let isClean = true;
    for (let shard = 1; shard <= count; shard += 1) {
      if (now() >= deadline) isClean = false;
      else if (isWorthwhile(shard, plan, versions)) {
        const outcome = await cleanUpShard(shard, plan, deadline);
        if (outcome === undefined) isClean = false;
        removed += outcome ?? 0;
      }
    }
    let left = 0;
    for (const one of work) if (!(await finish(one, isClean))) left += 1;
    return { removed, left };
  };
};
