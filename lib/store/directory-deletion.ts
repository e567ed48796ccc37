/**
 * Takes everything of a deleted directory out of the table, with plain deletes: the stream's records of those are no
 * events. The lists name the resources, each resource's item names what it owns elsewhere, and the list entry goes
 * last: whoever dies on the way leaves nothing that the next step does not find. Users come before groups, because
 * they name the groups that hold them.
 */
import { type ResourceType, resourceTypesOf } from '../scim/index.ts';
import type { Directory } from './directory-item.ts';
import { CountItem, fromBytes, MemberOfItem, ResourceItem } from './items.ts';
import {
  countPk,
  directoryKey,
  directoryListKey,
  directoryShardsKey,
  type Key,
  listKey,
  listPk,
  MEMBER_PREFIX,
  memberKey,
  memberOfKey,
  resourceKey,
  resourcePk,
  SWEEP_PK,
  tokensPk,
} from './keys.ts';
import { ownedKeys } from './owned-keys.ts';
import { chunksOf, inParallel } from './parallel.ts';
import { SweepItem } from './sweep-item.ts';
import { DIRECTORY, MEMBEROF, RESOURCE } from './table.ts';
import { type Item, openTable, type Range, type Table, type TableOptions } from './table-calls.ts';
import { transact, updateItem } from './transaction.ts';

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

const RESOURCES_AT_ONCE = 50;
/** Longer than the last chunk of a step can take beyond its deadline. */
const LEASE_SPARE_MS = 20_000;
const NO_DEADLINE = { deadline: Number.POSITIVE_INFINITY };
const COUNTS = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

type Walk = {
  readonly table: Table;
  readonly directory: string;
  readonly type: Pick<ResourceType, 'name' | 'memberOf' | 'members'>;
  readonly deadline: number;
};

const keyOf = ({ pk, sk }: Item): Key => ({ pk: String(pk), sk: String(sk) });
/** Asked behind what was done, never before: so each step, however late it is, does something, and repeating it ends. */
const isLate = ({ table, deadline }: Pick<Walk, 'table' | 'deadline'>) => table.clock() >= deadline;

const deletePartition = async (walk: Omit<Walk, 'type'>, range: Range): Promise<boolean> => {
  for await (const page of walk.table.pages(range)) {
    await walk.table.deleteAll(page.map(keyOf));
    if (page.length > 0 && isLate(walk)) return false;
  }
  return true;
};

/** The other halves of its memberships. */
const edgesOf = ({ directory, type }: Walk, item: Item, id: string): Key[] => {
  const groupType = type.memberOf?.type ?? '';
  const groups = [...(MemberOfItem.parse(item).g ?? [])].map(fromBytes);
  return groups.map((group) => memberKey(resourcePk(directory, groupType, group), id));
};

const ownedBy = (walk: Walk, id: string, item: Item | undefined): Key[] => {
  if (item?.sk === RESOURCE) return ownedKeys(walk.directory, ResourceItem.parse(item));
  return item?.sk === MEMBEROF ? edgesOf(walk, item, id) : [];
};

/** @returns what resources without members own elsewhere */
const readOwned = async (walk: Walk, ids: readonly string[]): Promise<Key[]> => {
  const { directory, type } = walk;
  const keysOf = (id: string) => [resourceKey(directory, type.name, id), memberOfKey(directory, type.name, id)];
  const items = await walk.table.getAll(ids.flatMap(keysOf));
  return ids.flatMap((id) => keysOf(id).flatMap((key) => ownedBy(walk, id, items.get(key))));
};

/** Takes the members out of a resource's partition. @returns what it owns elsewhere; undefined when the time is up */
const emptyResource = async (walk: Walk, id: string): Promise<Key[] | undefined> => {
  const owned: Key[] = [];
  for await (const page of walk.table.pages({ pk: resourcePk(walk.directory, walk.type.name, id) })) {
    for (const item of page) owned.push(...ownedBy(walk, id, item));
    const members = page.map(keyOf).filter(({ sk }) => sk.startsWith(MEMBER_PREFIX));
    await walk.table.deleteAll(members);
    if (members.length > 0 && isLate(walk)) return undefined;
  }
  return owned;
};

/** @returns what they own elsewhere; undefined when the time is up */
const emptyResources = async (walk: Walk, ids: readonly string[]): Promise<Key[] | undefined> => {
  if (walk.type.members === undefined) return readOwned(walk, ids);
  const owned = await inParallel(ids, (id) => emptyResource(walk, id));
  return owned.includes(undefined) ? undefined : owned.flatMap((keys) => keys ?? []);
};

/** @returns whether it was done to the end */
const deleteResources = async (walk: Walk, ids: readonly string[]): Promise<boolean> => {
  const {
    table,
    directory,
    type: { name: type },
  } = walk;
  const owned = await emptyResources(walk, ids);
  if (owned === undefined) return false;
  await table.deleteAll(owned);
  await table.deleteAll(ids.flatMap((id) => [memberOfKey(directory, type, id), resourceKey(directory, type, id)]));
  await table.deleteAll(ids.map((id) => listKey(directory, type, id)));
  return true;
};

/** In the order of ids, so that each count that lies behind says 0 by not being there. */
const deleteType = async (walk: Walk): Promise<boolean> => {
  const {
    table,
    directory,
    type: { name: type },
  } = walk;
  let counted = 0;
  for await (const page of table.pages({ pk: listPk(directory, type) })) {
    for (const ids of chunksOf(
      page.map(({ sk }) => String(sk)),
      RESOURCES_AT_ONCE,
    )) {
      if (!(await deleteResources(walk, ids))) return false;
      const passed = COUNTS.indexOf(ids.at(-1)?.slice(0, 2) ?? '');
      await table.deleteAll(COUNTS.slice(counted, passed).map((sk) => ({ pk: countPk(directory, type), sk })));
      counted = Math.max(counted, passed);
      if (isLate(walk)) return false;
    }
  }
  return deletePartition(walk, { pk: countPk(directory, type) });
};

const countRemaining = async (table: Table, directory: Directory): Promise<number> => {
  const types = resourceTypesOf(directory);
  const counts = await Promise.all(types.map(({ name }) => table.query({ pk: countPk(directory.id, name) })));
  return counts.flat().reduce((sum, item) => sum + Math.max(0, CountItem.parse(item).n), 0);
};

/**
 * Groups whose POST died, and what the sweeper would have to do: tombstones go by themselves.
 * @returns whether it was done to the end
 */
const deleteLeftovers = async (walk: Omit<Walk, 'type'>): Promise<boolean> => {
  const { table, directory } = walk;
  for (const item of await table.query({ pk: SWEEP_PK, from: `${directory}#`, to: `${directory}#~` })) {
    const { kind, type, id } = SweepItem.parse(item);
    // Edges of members that were deleted, and not yet taken out of it: no living member names them.
    if (!(await deletePartition(walk, { pk: resourcePk(directory, type, id), from: MEMBER_PREFIX }))) return false;
    const own = kind === 'pending' ? [resourceKey(directory, type, id)] : [];
    await table.deleteAll([...own, keyOf(item)]);
  }
  return true;
};

/** The directory's own items, the one that says that it is being deleted at last. */
const deleteOwn = async (walk: Omit<Walk, 'type'>): Promise<boolean> => {
  const { table, directory } = walk;
  if (!(await deleteLeftovers(walk)) || !(await deletePartition(walk, { pk: tokensPk(directory) }))) return false;
  const own = (await table.query({ pk: directory })).map(keyOf).filter(({ sk }) => sk !== DIRECTORY);
  await table.deleteAll(own);
  const key = directoryKey(directory);
  const condition = { expression: '#status = :deleting', values: { ':deleting': 'deleting' } };
  // Refused: a parallel step was faster.
  await transact(
    table,
    [
      { key, delete: true, condition },
      { key: directoryListKey(directory), delete: true },
    ],
    NO_DEADLINE,
  );
  return true;
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

  /** @returns whether no resource is left */
  const deleteAllTypes = async (directory: Directory, deadline: number): Promise<boolean> => {
    for (const type of resourceTypesOf(directory))
      if (!(await deleteType({ table, directory: directory.id, type, deadline }))) return false;
    return true;
  };

  return async (directory, { deadline }) => {
    const { id } = directory;
    const taken = await takeLease(table, id, deadline);
    if (taken === 'deleted') return taken;
    if ('waitSeconds' in taken)
      return { remaining: await countRemaining(table, directory), waitSeconds: taken.waitSeconds };
    // Before the walk: what is written until then is found by it.
    const waitSeconds = await secondsToSettle(table, directory, settleSeconds);
    const isEmpty = await deleteAllTypes(directory, deadline);
    if (isEmpty && waitSeconds === 0 && (await deleteOwn({ table, directory: id, deadline }))) return 'deleted';
    await returnLease(table, id, taken.lease);
    return { remaining: await countRemaining(table, directory), waitSeconds: isEmpty ? waitSeconds : 0 };
  };
}
