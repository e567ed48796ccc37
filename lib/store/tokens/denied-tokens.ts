/**
 * Tokens that are refused from a time on, whatever their secret says: the item `DENIED` of a directory, with one
 * attribute for each token. A denial is one conditional write, so revocation never needs a new version of a secret; the
 * secrets are cleaned up later, and the directory is noted under `#denied` until they are.
 */
import * as z from 'zod/mini';
import { ITEM_FORMAT } from '../items/items.ts';
import { type Item, openTable, type Table } from '../table/calls.ts';
import type { TableOptions } from '../table/client.ts';
import {
  DENIED_PK,
  denialWorkKey,
  deniedKey,
  directoryKey,
  directoryOf,
  type Key,
  tokenNameKey,
} from '../table/keys.ts';
import { transact, updateItem } from '../table/transact.ts';
import type { Condition, Write } from '../table/write.ts';

const Denial = z.object({
  /** Which secret holds the token. */
  shard: z.number(),
  /** ISO 8601: the token is refused from then on. */
  from: z.string(),
  /** The id of the token that replaces this one by rotation. */
  replacedBy: z.optional(z.string()),
  /** The token is being created: it is refused until its text can be answered. */
  pending: z.optional(z.boolean()),
  /** ISO 8601: when the token was taken out of its secret. */
  removedAt: z.optional(z.string()),
});
export type Denial = Readonly<z.infer<typeof Denial>>;
/** By token id. */
export type Denials = ReadonlyMap<string, Denial>;

/** Entries of one directory; more denials are refused until the secrets are cleaned up. */
const MAX_ENTRIES = 200;
const NO_DEADLINE = { deadline: Number.POSITIVE_INFINITY };
const PREFIX = 'd_';
const nameOf = (tokenId: string) => `${PREFIX}${tokenId}`;

export const parseDenials = (item: Item | undefined): Denials =>
  new Map(
    Object.entries(item ?? {}).flatMap(([name, value]): [string, Denial][] =>
      name.startsWith(PREFIX) ? [[name.slice(PREFIX.length), Denial.parse(value)]] : [],
    ),
  );

/** A new entry beside at most 199 others. */
const isNewEntry = (tokenId: string): Condition => ({
  expression: `attribute_not_exists(#${nameOf(tokenId)}) AND (attribute_not_exists(#n) OR #n < :most)`,
  values: { ':most': MAX_ENTRIES },
});
const isEntry = (tokenId: string): Condition => ({ expression: `attribute_exists(#${nameOf(tokenId)})` });

/** The token whose creation is finished, and the one that it replaces. */
export type Activation = {
  readonly tokenId: string;
  readonly name: string;
  readonly replaces?: { readonly tokenId: string; readonly denial: Denial };
};
/** What the clean-up has to do: denied tokens of a directory, or all tokens of one that was deleted. */
export type DenialWork = { readonly directory: string; readonly deletedIncarnation: string | undefined };

const workWrite = (directory: string, createdAt?: string): Write => ({
  key: denialWorkKey(directory, createdAt),
  put: { s: ITEM_FORMAT },
});

type Place = { readonly directory: string; readonly tokenId: string };

/** Adds an entry and notes the work in one transaction. */
const addEntry = (
  table: Table,
  { directory, tokenId }: Place,
  { deadline, ...denial }: Denial & { deadline: number },
) => {
  const entry: Write = {
    key: deniedKey(directory),
    update: { set: { s: ITEM_FORMAT, [nameOf(tokenId)]: denial }, add: { n: 1 } },
    condition: isNewEntry(tokenId),
  };
  return transact(table, [entry, workWrite(directory)], { deadline });
};
const setEntry = (
  table: Table,
  { directory, tokenId }: Place,
  { deadline, ...denial }: Denial & { deadline: number },
) => {
  const update = { set: { [nameOf(tokenId)]: denial } };
  return updateItem(table, { key: deniedKey(directory), update, condition: isEntry(tokenId) }, { deadline });
};
const removeEntry = (table: Table, { directory, tokenId }: Place) => {
  const update = { remove: [nameOf(tokenId)], add: { n: -1 } };
  return updateItem(table, { key: deniedKey(directory), update, condition: isEntry(tokenId) }, NO_DEADLINE);
};

/** The entry of the new token goes, and one for the token that it replaces comes. */
const activationWrite = (directory: string, { tokenId, replaces }: Activation): Write => {
  const own = isEntry(tokenId);
  if (replaces === undefined)
    return {
      key: deniedKey(directory),
      update: { remove: [nameOf(tokenId)], add: { n: -1 } },
      condition: own,
    };
  const old = nameOf(replaces.tokenId);
  return {
    key: deniedKey(directory),
    update: { remove: [nameOf(tokenId)], set: { [old]: replaces.denial } },
    condition: { expression: `${own.expression} AND attribute_not_exists(#${old})` },
  };
};

/** @throws unavailable() from every method when the table does not answer by the deadline */
export const createDeniedTokens = (options: TableOptions) => {
  const table = openTable(options);
  return {
    read: async (directory: string): Promise<Denials> => parseDenials(await table.get(deniedKey(directory))),

    /**
     * Refuses a token from `denial.from` on. Repeating it changes nothing, and an earlier time wins.
     * @returns `'full'` if the directory has 200 entries that were not cleaned up yet; nothing is denied then
     */
    async deny(
      directory: string,
      tokenId: string,
      { denial, deadline }: { readonly denial: Denial; readonly deadline: number },
    ): Promise<'denied' | 'full'> {
      const place = { directory, tokenId };
      const refusals = await addEntry(table, place, { ...denial, deadline });
      if (refusals === undefined) return 'denied';
      const before = parseDenials(refusals[0]?.item).get(tokenId);
      if (before === undefined) return 'full';
      const isSooner = before.pending === true || Date.parse(denial.from) < Date.parse(before.from);
      if (isSooner) await setEntry(table, place, { ...before, pending: undefined, ...denial, deadline });
      return 'denied';
    },

    /**
     * Ends the creation of a token: its entry goes, its name is bound to it, and the token that it replaces is denied
     * from the end of the overlap on, all in one transaction.
     * @returns `'lost'` if the creation took too long, or the other token was revoked or replaced first
     */
    async activate(directory: string, activation: Activation, deadline: number): Promise<'active' | 'lost'> {
      const { tokenId, name } = activation;
      const nameKey = tokenNameKey(directory, name);
      const bound: Write = {
        key: nameKey,
        update: { remove: ['until'] },
        condition: { expression: '#tokenId = :tokenId', values: { ':tokenId': tokenId } },
      };
      const refusals = await transact(table, [activationWrite(directory, activation), bound], { deadline });
      if (refusals === undefined) return 'active';
      // Our own write, whose response was lost: the entry is gone and the name is bound.
      const isDone = refusals[0] !== undefined && !parseDenials(refusals[0].item).has(tokenId);
      return isDone && (await isBound(table, nameKey, tokenId)) ? 'active' : 'lost';
    },

    /** Notes that every token of a directory that is being deleted must go. */
    async denyAll(directory: string, createdAt: string, deadline: number): Promise<void> {
      await transact(table, [workWrite(directory, createdAt)], { deadline });
    },
  };
};

/** The same entries as the clean-up of the secrets sees them. Every method throws unavailable(). */
export const createDenialWork = (options: TableOptions) => {
  const table = openTable(options);
  return {
    read: createDeniedTokens(options).read,

    /** What there is to do, in the order of directories. */
    async work(): Promise<readonly DenialWork[]> {
      const items = await table.query({ pk: DENIED_PK });
      return items.map(({ sk }) => {
        const text = String(sk);
        const directory = directoryOf(text);
        return { directory, deletedIncarnation: text === directory ? undefined : text.slice(directory.length + 1) };
      });
    },

    /** Notes that tokens have left their secret. @param at ISO 8601 */
    async markRemoved(directory: string, removed: Denials, at: string): Promise<void> {
      for (const [tokenId, denial] of removed)
        await setEntry(table, { directory, tokenId }, { ...denial, removedAt: at, ...NO_DEADLINE });
    },

    async forget(directory: string, tokenIds: readonly string[]): Promise<void> {
      for (const tokenId of tokenIds) await removeEntry(table, { directory, tokenId });
    },

    /** Ends work that is done, unless an entry was added meanwhile. */
    async finish({ directory, deletedIncarnation }: DenialWork): Promise<void> {
      const done: Write = { key: denialWorkKey(directory, deletedIncarnation), delete: true };
      const isEmpty: Write = {
        key: deniedKey(directory),
        delete: true,
        condition: { expression: 'attribute_not_exists(#n) OR #n <= :none', values: { ':none': 0 } },
      };
      await transact(table, deletedIncarnation === undefined ? [done, isEmpty] : [done], NO_DEADLINE);
    },

    /** @returns `createdAt` by id of the directories that exist */
    async readCreationTimes(directories: readonly string[]): Promise<ReadonlyMap<string, string>> {
      const items = await table.getAll(directories.map(directoryKey));
      return new Map(
        directories.flatMap((id): [string, string][] => {
          const createdAt = items.get(directoryKey(id))?.createdAt;
          return typeof createdAt === 'string' ? [[id, createdAt]] : [];
        }),
      );
    },
  };
};

const isBound = async (table: Table, key: Key, tokenId: string): Promise<boolean> => {
  const claim = await table.get(key);
  return claim?.tokenId === tokenId && claim.until === undefined;
};
