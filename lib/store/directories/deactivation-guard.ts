/**
 * The guard against mass deactivation. One item per directory counts the users that lose access within a window, by a
 * conditional update before each such write. DynamoDB evaluates the condition, so no more writes pass than the guard
 * allows, however many functions count concurrently. A write that fails after it was counted makes the count too high,
 * never too low. Above the limit the directory is paused until an administrator resumes it.
 */
import * as z from 'zod/mini';
import { type Actor, paused } from '../../scim/index.ts';
import type { Directory, Guard } from '../items/directory-item.ts';
import { CountItem, ITEM_FORMAT } from '../items/items.ts';
import { type Item, openTable, type Table } from '../table/calls.ts';
import type { TableOptions } from '../table/client.ts';
import { countPk, directoryKey, guardKey } from '../table/keys.ts';
import { Contended, withRetries } from '../table/retry.ts';
import { transact, updateItem } from '../table/transact.ts';

/** The `GUARD` item: the current window. */
const Window = z.object({
  /** The guard's setting as JSON. A changed setting keeps the count of the current window. */
  setting: z.string(),
  /** Milliseconds since 1970. */
  until: z.number(),
  limit: z.number(),
  n: z.number(),
  tripped: z.optional(z.literal(true)),
});
type Window = z.infer<typeof Window>;

type Guarded = {
  readonly directory: Pick<Directory, 'id'> & { readonly guard: Guard };
  /** The name of the guarded resource type. */
  readonly type: string;
  readonly actor: Actor;
  /** Milliseconds since 1970. */
  readonly deadline: number;
};

/** @throws paused() (429) above the limit; unavailable() */
export type CountDeactivation = (guarded: Guarded) => Promise<void>;

/** Addressed to the administrator who reads it in the identity provider's console. */
const HOW =
  'Changes are refused; reads still work. An administrator of the application can resume it (scim directory resume).';
const GUARD_TRIPPED = `The guard against mass deactivation paused this directory: more users were about to lose access than it allows. ${HOW}`;
/** @returns the reason why writes are refused; undefined if they are not */
export const whyPaused = ({ status, pausedBy }: Pick<Directory, 'status' | 'pausedBy'>): string | undefined => {
  if (status !== 'paused') return undefined;
  return pausedBy === 'guard' ? GUARD_TRIPPED : `This directory is paused. ${HOW}`;
};

const settingOf = (guard: Guard): string => JSON.stringify(guard);

const readWindow = (item: Item | undefined): Window | undefined =>
  item === undefined ? undefined : Window.parse(item);

/** A percentage refers to the current number of users. */
const limitOf = async (table: Table, { directory: { id, guard }, type }: Guarded): Promise<number> => {
  if ('deactivations' in guard) return guard.deactivations;
  const counts = (await table.query({ pk: countPk(id, type) })).map((item) => CountItem.parse(item).n);
  const total = counts.reduce((sum, n) => sum + n, 0);
  return Math.max(1, Math.floor((total * guard.percent) / 100));
};

/** Opens a window, or applies a changed setting to the current one, unless a parallel call did. */
const openWindow = async (table: Table, guarded: Guarded, before: Window | undefined): Promise<void> => {
  const { directory, deadline } = guarded;
  const now = table.clock();
  const continues = before !== undefined && before.until > now;
  const next = {
    s: ITEM_FORMAT,
    setting: settingOf(directory.guard),
    until: continues ? before.until : now + directory.guard.minutes * 60_000,
    limit: await limitOf(table, guarded),
    n: continues ? before.n : 0,
  };
  const condition =
    before === undefined
      ? { expression: 'attribute_not_exists(#pk)' }
      : {
          expression: '#setting = :setting AND #until = :until AND #n = :n AND attribute_not_exists(#tripped)',
          values: { ':setting': before.setting, ':until': before.until, ':n': before.n },
        };
  await transact(table, [{ key: guardKey(directory.id), put: next, condition }], { deadline });
};

/**
 * Pauses the directory and marks the window in one transaction, so that a directory resumed meanwhile is not paused
 * again.
 */
const trip = async (table: Table, { directory: { id }, actor, deadline }: Guarded): Promise<void> => {
  const at = new Date(table.clock()).toISOString();
  await transact(
    table,
    [
      {
        key: directoryKey(id),
        update: { set: { status: 'paused', pausedBy: 'guard', by: actor, at }, add: { rev: 1 } },
        condition: { expression: '#status = :active', values: { ':active': 'active' } },
      },
      {
        key: guardKey(id),
        update: { set: { tripped: true } },
        condition: { expression: 'attribute_exists(#tripped) OR #n >= #limit' },
      },
    ],
    { deadline },
  );
};

/**
 * @returns whether one more is allowed
 * @throws Contended if a window had to be opened first, so that the caller retries
 */
const admit = async (table: Table, guarded: Guarded): Promise<boolean> => {
  const { directory, deadline } = guarded;
  const now = table.clock();
  const setting = settingOf(directory.guard);
  const outcome = await updateItem(
    table,
    {
      key: guardKey(directory.id),
      update: { add: { n: 1 } },
      condition: {
        expression: '#setting = :setting AND #until > :now AND #n < #limit AND attribute_not_exists(#tripped)',
        values: { ':setting': setting, ':now': now },
      },
    },
    { deadline },
  );
  if ('done' in outcome) return true;
  const window = readWindow(outcome.refusal.item);
  if (window?.tripped === true || (window?.setting === setting && window.until > now)) return false;
  await openWindow(table, guarded, window);
  throw new Contended('a guard window was opened');
};

export function createGuard(options: TableOptions): CountDeactivation {
  const table = openTable(options);
  return async (guarded) => {
    const { clock, request } = table;
    if (await withRetries(() => admit(table, guarded), { clock, request, deadline: guarded.deadline })) return;
    await trip(table, guarded);
    throw paused(GUARD_TRIPPED);
  };
}
