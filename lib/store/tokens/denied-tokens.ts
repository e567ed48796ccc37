/**
 * Tokens that are refused from a time on, whatever their secret says: the item `DENIED` of a directory, with one
 * attribute for each token. A denial is one conditional write, so revocation never needs a new version of a secret; the
 * secrets are cleaned up later, and the directory is noted under `#denied` until they are.
 */
import * as z from 'zod/mini';
import { ITEM_FORMAT } from '../items/items.ts';
import { type Item, openTable, type Table } from '../table/calls.ts';
import type { TableOptions } from '../table/client.ts';
import { DENIED_PK, denialWorkKey, deniedKey, directoryOf, type Key, tokenNameKey } from '../table/keys.ts';
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

export type DenyOutcome = 'denied' | 'full';
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

/** @throws unavailable() from every method when the table does not answer by the deadline */
export const createDeniedTokens = (options: TableOptions) => {
  const table: Table = openTable(options);

  /** Adds an entry and notes the work in one transaction. */
  const add = async (directory: string, tokenId: string, denial: Denial, deadline: number) => {
    const entry = {
      key: deniedKey(directory),
      update: { set: { s: ITEM_FORMAT, [nameOf(tokenId)]: denial }, add: { n: 1 } },
      condition: isNewEntry(tokenId),
    } satisfies Write;
    return transact(table, [entry, workWrite(directory)], { deadline });
  };
  const set = (directory: string, tokenId: string, denial: Denial, deadline: number) =>
    updateItem(
      table,
      { key: deniedKey(directory), update: { set: { [nameOf(tokenId)]: denial } }, condition: isEntry(tokenId) },
      { deadline },
    );

  return {
    read: async (directory: string): Promise<Denials> => parseDenials(await table.get(deniedKey(directory))),

    /**
     * Refuses a token from `denial.from` on; repeating it has the same effect, and an earlier time wins.
     * @returns `'full'` if the directory has 200 entries that were not cleaned up yet; nothing is denied then
     */
    async deny(
      directory: string,
      tokenId: string,
      { denial, deadline }: { readonly denial: Denial; readonly deadline: number },
    ): Promise<DenyOutcome> {
      const refusals = await add(directory, tokenId, denial, deadline);
      if (refusals === undefined) return 'denied';
      const before = parseDenials(refusals[0]?.item).get(tokenId);
      if (before === undefined) return 'full';
      const sooner = before.pending === true || Date.parse(denial.from) < Date.parse(before.from);
      if (sooner || denial.pending === true)
        await set(directory, tokenId, { ...before, pending: undefined, ...denial }, deadline);
      return 'denied';
    },

    /**
     * Ends the creation of a token: its entry goes, its name is bound to it, and the token that it replaces is denied
     * from the end of the overlap on, all in one transaction.
     * @returns `'lost'` if the creation took too long, or the other token was revoked or replaced first
     */
    async activate(
      directory: string,
      { tokenId, name, replaces }: Activation,
      deadline: number,
    ): Promise<'active' | 'lost'> {
      const old = replaces === undefined ? undefined : nameOf(replaces.tokenId);
      const write: Write = {
        key: deniedKey(directory),
        update: {
          remove: [nameOf(tokenId)],
          ...(replaces === undefined || old === undefined ? { add: { n: -1 } } : { set: { [old]: replaces.denial } }),
        },
        condition: {
          expression:
            `attribute_exists(#${nameOf(tokenId)})` + (old === undefined ? '' : ` AND attribute_not_exists(#${old})`),
        },
      };
      const bound: Write = {
        key: tokenNameKey(directory, name),
        update: { remove: ['until'] },
        condition: { expression: '#tokenId = :tokenId', values: { ':tokenId': tokenId } },
      };
      const refusals = await transact(table, [write, bound], { deadline });
      if (refusals === undefined) return 'active';
      // Our own write, whose answer was lost: the entry is gone and the name is bound.
      const isDone = refusals[0] !== undefined && !parseDenials(refusals[0].item).has(tokenId);
      return isDone && (await isBound(table, tokenNameKey(directory, name), tokenId)) ? 'active' : 'lost';
    },

    /** Notes that every token of a directory that is being deleted must go. */
    async denyAll(directory: string, createdAt: string, deadline: number): Promise<void> {
      await transact(table, [workWrite(directory, createdAt)], { deadline });
    },

    /** What the clean-up has to do, in the order of directories. */
    async work(): Promise<readonly DenialWork[]> {
      const items = await table.query({ pk: DENIED_PK });
      return items.map(({ sk }) => {
        const text = String(sk);
        const directory = directoryOf(text);
        return {
          directory,
          deletedIncarnation: text === directory ? undefined : text.slice(directory.length + 1),
        };
      });
    },

    /** Notes that tokens have left their secret. */
    async markRemoved(directory: string, removed: Denials, at: string): Promise<void> {
      for (const [tokenId, denial] of removed)
        await set(directory, tokenId, { ...denial, removedAt: at }, Number.POSITIVE_INFINITY);
    },

    /** Forgets entries. */
    async forget(directory: string, tokenIds: readonly string[]): Promise<void> {
      for (const tokenId of tokenIds)
        await updateItem(
          table,
          {
            key: deniedKey(directory),
            update: { remove: [nameOf(tokenId)], add: { n: -1 } },
            condition: isEntry(tokenId),
          },
          { deadline: Number.POSITIVE_INFINITY },
        );
    },

    /** Ends work that is done, unless an entry was added meanwhile. */
    async finish({ directory, deletedIncarnation }: DenialWork): Promise<void> {
      const done: Write = { key: denialWorkKey(directory, deletedIncarnation), delete: true };
      const isEmpty: Write = {
        key: deniedKey(directory),
        delete: true,
        condition: { expression: 'attribute_not_exists(#n) OR #n <= :none', values: { ':none': 0 } },
      };
      await transact(table, deletedIncarnation === undefined ? [done, isEmpty] : [done], {
        deadline: Number.POSITIVE_INFINITY,
      });
    },
  };
};
export type DeniedTokens = ReturnType<typeof createDeniedTokens>;

const isBound = async (table: Table, key: Key, tokenId: string): Promise<boolean> => {
  const claim = await table.get(key);
  return claim?.tokenId === tokenId && claim.until === undefined;
};
