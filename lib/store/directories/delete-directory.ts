/**
 * The deletion of a directory, in steps of which one goes on at a time. Each does what its time allows, and the next
 * finds what is left.
 */
import { resourceTypesOf } from '../../scim/index.ts';
import type { Directory } from '../items/directory-item.ts';
import { CountItem } from '../items/items.ts';
import { openTable, type Table } from '../table/calls.ts';
import type { TableOptions } from '../table/client.ts';
import { countPk, directoryKey, directoryShardsKey } from '../table/keys.ts';
import { updateItem } from '../table/transact.ts';
import { deleteAllResources, deleteOwn } from './delete-contents.ts';

export type DeletionProgress = {
  /** Users and groups that are still in the table, about. */
  readonly remaining: number;
  /** How long to wait before the next step can do anything; 0: go on at once. */
  readonly waitSeconds: number;
};

/**
 * One step of the deletion of a directory whose status is `deleting`.
 * @returns `'deleted'` when nothing of it is left: its id may be used again
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
  /** How long functions may go on writing, and tokens be taken, after the directory was marked as deleted. */
  readonly settleSeconds: number;
};

/** Longer than the last chunk of a step can take beyond its deadline. */
const LEASE_SPARE_MS = 20_000;
const NO_DEADLINE = { deadline: Infinity };

const countRemaining = async (table: Table, directory: Directory): Promise<number> => {
  const types = resourceTypesOf(directory);
  const counts = await Promise.all(types.map(({ name }) => table.query({ pk: countPk(directory.id, name) })));
  return counts.flat().reduce((sum, item) => sum + Math.max(0, CountItem.parse(item).n), 0);
};

/** @returns 0 for a directory that never had a token: nothing but the admin API ever wrote to it */
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
 * One step at a time: a second one could outlive the directory, and meet another directory of the same id.
 * @returns when the lease ends, in milliseconds since 1970; or how long another step has it; or that nothing is left
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
  const held = outcome.refusal.item?.lease;
  return typeof held === 'number' ? { waitSeconds: Math.ceil((held - now) / 1000) } : 'deleted';
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
  const table = openTable(options);

  return async (directory, { deadline }) => {
    const { id } = directory;
    const taken = await takeLease(table, id, deadline);
    if (taken === 'deleted') return taken;
    if ('waitSeconds' in taken)
      return { remaining: await countRemaining(table, directory), waitSeconds: taken.waitSeconds };
    // Before the walk: what is written until then is found by it.
    const waitSeconds = await secondsToSettle(table, directory, settleSeconds);
    const walk = { table, directory: id, deadline };
    const isEmpty = await deleteAllResources(walk, directory);
    if (isEmpty && waitSeconds === 0 && (await deleteOwn(walk))) return 'deleted';
    await returnLease(table, id, taken.lease);
    return { remaining: await countRemaining(table, directory), waitSeconds: isEmpty ? waitSeconds : 0 };
  };
}
