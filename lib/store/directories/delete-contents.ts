/**
 * Deletes the items of a deleted directory with plain deletes, whose stream records do not become events. The list
 * leads to the resources, and each resource's item lists what it owns elsewhere. List entries are deleted last, so
 * after a crash the next step finds everything that is left. Users are deleted before groups, because their items name
 * the groups that contain them.
 */

import { chunksOf, inParallel } from '../../common/parallel.ts';
import { type ResourceType, resourceTypesOf } from '../../scim/index.ts';
import { CleanupMarker } from '../items/cleanup-marker.ts';
import type { Directory } from '../items/directory-item.ts';
import { fromBytes, MemberOfItem, ResourceItem } from '../items/items.ts';
import { ownedKeys } from '../items/owned-keys.ts';
import type { Item, Range, Table } from '../table/calls.ts';
import {
  CLEANUP_PK,
  countPk,
  directoryKey,
  directoryListKey,
  type Key,
  listKey,
  listPk,
  MEMBER_PREFIX,
  memberKey,
  memberOfKey,
  resourceKey,
  resourcePk,
  tokensPk,
} from '../table/keys.ts';
import { DIRECTORY, MEMBEROF, RESOURCE } from '../table/names.ts';
import { transact } from '../table/transact.ts';

const RESOURCES_AT_ONCE = 50;
const COUNTS = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

type DeletionStep = {
  readonly table: Table;
  /** The directory's id. */
  readonly directory: string;
  /** Milliseconds since 1970. */
  readonly deadline: number;
};
type TypeDeletionStep = DeletionStep & { readonly type: Pick<ResourceType, 'name' | 'memberOf' | 'members'> };

const keyOf = ({ pk, sk }: Item): Key => ({ pk: String(pk), sk: String(sk) });
/** Checked only after some work is done, so that every step makes progress and repetition terminates. */
const isLate = ({ table, deadline }: DeletionStep) => table.clock() >= deadline;

const deletePartition = async (step: DeletionStep, range: Range): Promise<boolean> => {
  for await (const page of step.table.pages(range)) {
    await step.table.deleteAll(page.map(keyOf));
    if (page.length > 0 && isLate(step)) return false;
  }
  return true;
};

/** The edges of a member's memberships. */
const edgesOf = ({ directory, type }: TypeDeletionStep, item: Item, id: string): Key[] => {
  const groupType = type.memberOf?.type ?? '';
  const groups = [...(MemberOfItem.parse(item).g ?? [])].map(fromBytes);
  return groups.map((group) => memberKey(resourcePk(directory, groupType, group), id));
};

const ownedBy = (step: TypeDeletionStep, id: string, item: Item | undefined): Key[] => {
  if (item?.sk === RESOURCE) return ownedKeys(step.directory, ResourceItem.parse(item));
  return item?.sk === MEMBEROF ? edgesOf(step, item, id) : [];
};

/** @returns the keys that resources of a type without members own elsewhere */
const readOwned = async (step: TypeDeletionStep, ids: readonly string[]): Promise<Key[]> => {
  const { directory, type } = step;
  const keysOf = (id: string) => [resourceKey(directory, type.name, id), memberOfKey(directory, type.name, id)];
  const items = await step.table.getAll(ids.flatMap(keysOf));
  return ids.flatMap((id) => keysOf(id).flatMap((key) => ownedBy(step, id, items.get(key))));
};

/**
 * Deletes the edges in a resource's partition.
 * @returns the keys that it owns elsewhere; undefined past the deadline
 */
const emptyResource = async (step: TypeDeletionStep, id: string): Promise<Key[] | undefined> => {
  const owned: Key[] = [];
  for await (const page of step.table.pages({ pk: resourcePk(step.directory, step.type.name, id) })) {
    for (const item of page) owned.push(...ownedBy(step, id, item));
    const members = page.map(keyOf).filter(({ sk }) => sk.startsWith(MEMBER_PREFIX));
    await step.table.deleteAll(members);
    if (members.length > 0 && isLate(step)) return undefined;
  }
  return owned;
};

/** @returns the keys that the resources own elsewhere; undefined past the deadline */
const emptyResources = async (step: TypeDeletionStep, ids: readonly string[]): Promise<Key[] | undefined> => {
  if (step.type.members === undefined) return readOwned(step, ids);
  const owned = await inParallel(ids, (id) => emptyResource(step, id));
  return owned.includes(undefined) ? undefined : owned.flatMap((keys) => keys ?? []);
};

/** @returns whether all were deleted before the deadline */
const deleteResources = async (step: TypeDeletionStep, ids: readonly string[]): Promise<boolean> => {
  const {
    table,
    directory,
    type: { name: type },
  } = step;
  const owned = await emptyResources(step, ids);
  if (owned === undefined) return false;
  await table.deleteAll(owned);
  await table.deleteAll(ids.flatMap((id) => [memberOfKey(directory, type, id), resourceKey(directory, type, id)]));
  await table.deleteAll(ids.map((id) => listKey(directory, type, id)));
  return true;
};

/** Deletes resources in the order of ids, so that the counts of finished id prefixes can be deleted on the way. */
const deleteType = async (step: TypeDeletionStep): Promise<boolean> => {
  const {
    table,
    directory,
    type: { name: type },
  } = step;
  let counted = 0;
  for await (const page of table.pages({ pk: listPk(directory, type) })) {
    for (const ids of chunksOf(
      page.map(({ sk }) => String(sk)),
      RESOURCES_AT_ONCE,
    )) {
      if (!(await deleteResources(step, ids))) return false;
      const passed = COUNTS.indexOf(ids.at(-1)?.slice(0, 2) ?? '');
      await table.deleteAll(COUNTS.slice(counted, passed).map((sk) => ({ pk: countPk(directory, type), sk })));
      counted = Math.max(counted, passed);
      if (isLate(step)) return false;
    }
  }
  return deletePartition(step, { pk: countPk(directory, type) });
};

/**
 * Deletes groups whose POST died, and the rest that cleanup markers name. Tombstones expire by their TTL.
 * @returns whether it finished before the deadline
 */
const deleteLeftovers = async (step: DeletionStep): Promise<boolean> => {
  const { table, directory } = step;
  for (const item of await table.query({ pk: CLEANUP_PK, from: `${directory}#`, to: `${directory}#~` })) {
    const { kind, type, id } = CleanupMarker.parse(item);
    // Edges of deleted members that the sweeper has not removed yet: no live member's item names this group.
    if (!(await deletePartition(step, { pk: resourcePk(directory, type, id), from: MEMBER_PREFIX }))) return false;
    const own = kind === 'pending' ? [resourceKey(directory, type, id)] : [];
    await table.deleteAll([...own, keyOf(item)]);
  }
  return true;
};

/** @returns whether all resources are deleted */
export const deleteAllResources = async (step: DeletionStep, directory: Directory): Promise<boolean> => {
  for (const type of resourceTypesOf(directory)) if (!(await deleteType({ ...step, type }))) return false;
  return true;
};

/**
 * Deletes the directory's own items; the one with the status `deleting` last.
 * @returns whether it finished before the deadline
 */
export const deleteOwn = async (step: DeletionStep): Promise<boolean> => {
  const { table, directory } = step;
  if (!(await deleteLeftovers(step)) || !(await deletePartition(step, { pk: tokensPk(directory) }))) return false;
  const own = (await table.query({ pk: directory })).map(keyOf).filter(({ sk }) => sk !== DIRECTORY);
  await table.deleteAll(own);
  const key = directoryKey(directory);
  const condition = { expression: '#status = :deleting', values: { ':deleting': 'deleting' } };
  // A refusal means that a parallel step has deleted the directory.
  await transact(
    table,
    [
      { key, delete: true, condition },
      { key: directoryListKey(directory), delete: true },
    ],
    { deadline: Infinity },
  );
  return true;
};
