/**
 * Takes tokens out of the secrets that are refused anyway: denied ones, those of deleted directories, and expired ones.
 * One version of a secret for all of them, at most every ten minutes, as Secrets Manager advises.
 */
import type { Edit, Shards } from './shard-secret.ts';
import type { StoredToken, Tokens } from './stored-token.ts';
import type { Denial, Denials, ShardList } from './token-ports.ts';

type Work = { readonly directory: string; readonly deletedIncarnation: string | undefined };
/** Kept in the table. */
type CleanableDenials = {
  read(directory: string): Promise<Denials>;
  work(): Promise<readonly Work[]>;
  markRemoved(directory: string, removed: Denials, at: string): Promise<void>;
  forget(directory: string, tokenIds: readonly string[]): Promise<void>;
  finish(work: Work): Promise<void>;
  /** @returns `createdAt` by id of the directories that exist */
  readCreationTimes(directories: readonly string[]): Promise<ReadonlyMap<string, string>>;
};
export type CleanUpOptions = {
  readonly shards: Shards;
  readonly shardList: Pick<ShardList, 'count' | 'versions'>;
  readonly denied: CleanableDenials;
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
  readonly deleted: readonly Work[];
  /** Looks at every token of every shard. */
  readonly whole: boolean;
};
type CreationTimes = ReadonlyMap<string, string>;

/** Of a deleted directory, or of an earlier one of the same id. A later one, after a restore, keeps its tokens. */
const isOrphaned = (token: StoredToken, { deleted }: Plan, created: CreationTimes): boolean => {
  const current = created.get(token.directory);
  if (current !== undefined && Date.parse(token.createdAt) < Date.parse(current)) return true;
  return deleted.some(({ directory, deletedIncarnation }) => {
    if (directory !== token.directory) return false;
    // Tokens of the first release have no incarnation: they belong to the directory that exists, if one does.
    return (token.incarnation ?? current ?? deletedIncarnation) === deletedIncarnation;
  });
};
/** Kept for a day, so that lists show why a token stopped working. */
const isExpired = ({ expiresAt }: StoredToken, now: number): boolean =>
  expiresAt !== undefined && Date.parse(expiresAt) + DAY_MS <= now;

const dueIn = (shard: number, { denials }: Plan, now: number): Denials =>
  new Map(
    [...denials.values()].flatMap((entries) =>
      [...entries].filter(([, denial]) => denial.shard === shard && isDue(denial, now)),
    ),
  );

/** Whether a shard is worth a version now. @param versions that it was given within 24 hours */
const isWorthwhile = (due: Denials, plan: Plan, { versions, now }: { versions: number; now: number }): boolean => {
  if (plan.whole || plan.deleted.length > 0) return true;
  const isUrgent = [...due.values()].some(({ from }) => Date.parse(from) + HOUR_MS <= now);
  return due.size > 0 && (versions < BUSY_VERSIONS || isUrgent);
};

const readPlan = async (denied: CleanableDenials, work: readonly Work[], whole: boolean): Promise<Plan> => {
  const denials = new Map<string, Denials>();
  for (const { directory, deletedIncarnation } of work)
    if (deletedIncarnation === undefined) denials.set(directory, await denied.read(directory));
  return { denials, deleted: work.filter(({ deletedIncarnation }) => deletedIncarnation !== undefined), whole };
};

/** @returns how many tokens were removed, or undefined if the shard takes no further version today */
const cleanUpShard = async (
  { shards, denied, now = Date.now }: CleanUpOptions,
  plan: Plan,
  { shard, due, deadline }: { readonly shard: number; readonly due: Denials; readonly deadline: number },
): Promise<number | undefined> => {
  const tokens: Tokens = (await shards.read(shard)) ?? new Map();
  const named = plan.whole ? [...tokens.values()] : plan.deleted;
  const created = await denied.readCreationTimes([...new Set(named.map(({ directory }) => directory))]);
  let removed = 0;
  const edit: Edit = (before) => {
    const rest = [...before].filter(
      ([id, token]) => !(due.has(id) || isExpired(token, now()) || isOrphaned(token, plan, created)),
    );
    removed = before.size - rest.length;
    return removed === 0 ? undefined : new Map(rest);
  };
  if ((await shards.edit(shard, edit, { deadline, maxVersions: MAX_VERSIONS })) !== 'done') return undefined;
  const at = new Date(now()).toISOString();
  for (const [directory, entries] of plan.denials)
    await denied.markRemoved(directory, new Map([...entries].filter(([id]) => due.has(id))), at);
  return removed;
};

/** Forgets entries whose tokens are gone. @returns whether nothing of the work is left */
const finishWork = async ({ denied, now = Date.now }: CleanUpOptions, work: Work, isClean: boolean) => {
  if (work.deletedIncarnation === undefined) {
    const entries = [...(await denied.read(work.directory))];
    const forgotten = entries.filter(([, denial]) => isForgotten(denial, now())).map(([id]) => id);
    await denied.forget(work.directory, forgotten);
    if (forgotten.length < entries.length) return false;
  } else if (!isClean) return false;
  await denied.finish(work);
  return true;
};

type Run = {
  /** Milliseconds since 1970: no shard begins after it. */
  readonly deadline: number;
  /** Looks at every token, as one run a day does. */
  readonly whole: boolean;
};

/** @returns how many tokens left each shard that was worth it, undefined for one that is left for a later run */
const cleanUpShards = async (options: CleanUpOptions, plan: Plan, deadline: number) => {
  const { shardList, now = Date.now } = options;
  const versions = await shardList.versions();
  const count = (await shardList.count()) ?? 0;
  const outcomes: (number | undefined)[] = [];
  for (let shard = 1; shard <= count; shard += 1) {
    const due = dueIn(shard, plan, now());
    if (!isWorthwhile(due, plan, { versions: versions.get(shard) ?? 0, now: now() })) continue;
    outcomes.push(now() < deadline ? await cleanUpShard(options, plan, { shard, due, deadline }) : undefined);
  }
  return outcomes;
};

export const createTokenCleanUp =
  (options: CleanUpOptions) =>
  async ({ deadline, whole }: Run): Promise<TokenCleanUpReport> => {
    const { denied } = options;
    const work = await denied.work();
    if (work.length === 0 && !whole) return { removed: 0, left: 0 };
    const outcomes = await cleanUpShards(options, await readPlan(denied, work, whole), deadline);
    const isClean = !outcomes.includes(undefined);
    let left = 0;
    for (const one of work) if (!(await finishWork(options, one, isClean))) left += 1;
    return { removed: outcomes.reduce<number>((sum, removed) => sum + (removed ?? 0), 0), left };
  };
