/**
 * Deletes a directory in steps, one at a time under a lease. Each step deletes what it can before its deadline; the
 * next one continues.
 */
import { resourceTypesOf } from '../../scim/index.ts';
import type { Directory } from '../items/directory-item.ts';
import { CountItem } from '../items/items.ts';
import { openTable, type Table } from '../table/calls.ts';
import type { TableOptions } from '../table/client.ts';
import { countPk, directoryKey, directoryShardsKey } from '../table/keys.ts';
import { startRequest } from '../table/request-time.ts';
import { updateItem } from '../table/transact.ts';
import { deleteAllResources, deleteOwn } from './delete-contents.ts';

export type DeletionProgress = {
  /** Approximate number of users and groups still in the table. */
  readonly remaining: number;
  /** Seconds until the next step can make progress; 0: immediately. */
  readonly waitSeconds: number;
};

/**
 * One step of the deletion of a directory whose status is `deleting`.
 * @returns `'deleted'` when nothing is left and the id can be used again
 * @throws unavailable()
 */
export type DeleteDirectory = (
  directory: Directory,
  options: {
    /** Milliseconds since 1970 by which the step ends. */
    readonly deadline: number;
  },
) => Promise<'deleted' | DeletionProgress>;

export type DeletionOptions = TableOptions & {
  /** How long, after the directory is marked as deleted, functions may still write to it and accept its tokens. */
  readonly settleSeconds: number;
};

/** Upper bound for the last chunk of a step, which may exceed the deadline. */
const LEASE_SPARE_MS = 20_000;
const NO_DEADLINE = { deadline: Infinity };

const countRemaining = async (table: Table, directory: Directory): Promise<number> => {
  const types = resourceTypesOf(directory);
  const counts = await Promise.all(types.map(({ name }) => table.query({ pk: countPk(directory.id, name) })));
  return counts.flat().reduce((sum, item) => sum + Math.max(0, CountItem.parse(item).n), 0);
};

/** @returns seconds until no function writes any more; 0 without tokens, because then only the admin API ever wrote */
const secondsToSettle = async (
  table: Table,
  { id, deletedAt = '' }: Directory,
  settleSeconds: number,
): Promise<number> => {
  const left = Date.parse(deletedAt) + settleSeconds * 1000 - table.clock();
  if (left <= 0 || (await table.get(directoryShardsKey(id))) === undefined) return 0;
  return Math.ceil(left / 1000);
};

/**
 * Allows one step at a time: a second one could outlive the directory and then delete from a new one with the same id.
 * @returns the end of the lease, in milliseconds since 1970; or how long another step still holds it; or `'deleted'`
 */
const takeLease = async (table: Table, id: string, deadline: number) => {
  const now = table.clock();
  const lease = deadline + LEASE_SPARE_MS;
  const outcome = await updateItem(
    table,
    {
      key: directoryKey(id),
      update: { set: { lease } },
      condition: {
        expression: '#status = :deleting AND (attribute_not_exists(#lease) OR #lease <= :now)',
        values: { ':deleting': 'deleting', ':now': now },
      },
    },
    NO_DEADLINE,
  );
  if ('done' in outcome) return { lease };
  const current = outcome.refusal.item?.lease;
  return typeof current === 'number' ? { waitSeconds: Math.ceil((current - now) / 1000) } : 'deleted';
};

const returnLease = (table: Table, id: string, lease: number) =>
  updateItem(
    table,
    {
      key: directoryKey(id),
      update: { remove: ['lease'] },
      condition: { expression: '#lease = :lease', values: { ':lease': lease } },
    },
    NO_DEADLINE,
  );

export function createDirectoryDeletion({ settleSeconds, ...options }: DeletionOptions): DeleteDirectory {
  return async (directory, { deadline }) => {
    const table = openTable({ request: startRequest(), ...options });
    const { id } = directory;
    const taken = await takeLease(table, id, deadline);
    if (taken === 'deleted') return taken;
    if ('waitSeconds' in taken)
      return { remaining: await countRemaining(table, directory), waitSeconds: taken.waitSeconds };
    // Computed before the deletion starts, so that the deletion finds everything written until then.
    const waitSeconds = await secondsToSettle(table, directory, settleSeconds);
    const step = { table, directory: id, deadline };
    const isEmpty = await deleteAllResources(step, directory);
    if (isEmpty && waitSeconds === 0 && (await deleteOwn(step))) return 'deleted';
    await returnLease(table, id, taken.lease);
    return { remaining: await countRemaining(table, directory), waitSeconds: isEmpty ? waitSeconds : 0 };
  };
}
