/**
 * What a deleted directory has in the table, taken out with plain deletes: the stream's records of those are no
 * events. The lists name the resources, each resource's item names what it owns elsewhere, and the list entry goes
 * last: whoever dies on the way leaves nothing that the next step does not find. Users come before groups, because
 * they name the groups that hold them.
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
  /** Its id. */
  readonly directory: string;
  /** Milliseconds since 1970. */
  readonly deadline: number;
};
type TypeDeletionStep = DeletionStep & { readonly type: Pick<ResourceType, 'name' | 'memberOf' | 'members'> };

const keyOf = ({ pk, sk }: Item): Key => ({ pk: String(pk), sk: String(sk) });
/** Asked behind what was done, never before: so each step, however late it is, does something, and repeating it ends. */
const isLate = ({ table, deadline }: DeletionStep) => table.clock() >= deadline;

const deletePartition = async (step: DeletionStep, range: Range): Promise<boolean> => {
  for await (const page of step.table.pages(range)) {
    await step.table.deleteAll(page.map(keyOf));
    if (page.length > 0 && isLate(step)) return false;
  }
  return true;
};

/** The other halves of its memberships. */
const edgesOf = ({ directory, type }: TypeDeletionStep, item: Item, id: string): Key[] => {
  const groupType = type.memberOf?.type ?? '';
  const groups = [...(MemberOfItem.parse(item).g ?? [])].map(fromBytes);
  return groups.map((group) => memberKey(resourcePk(directory, groupType, group), id));
};

const ownedBy = (step: TypeDeletionStep, id: string, item: Item | undefined): Key[] => {
  if (item?.sk === RESOURCE) return ownedKeys(step.directory, ResourceItem.parse(item));
  return item?.sk === MEMBEROF ? edgesOf(step, item, id) : [];
};

/** @returns what resources without members own elsewhere */
const readOwned = async (step: TypeDeletionStep, ids: readonly string[]): Promise<Key[]> => {
  const { directory, type } = step;
  const keysOf = (id: string) => [resourceKey(directory, type.name, id), memberOfKey(directory, type.name, id)];
  const items = await step.table.getAll(ids.flatMap(keysOf));
  return ids.flatMap((id) => keysOf(id).flatMap((key) => ownedBy(step, id, items.get(key))));
};

/** Takes the members out of a resource's partition. @returns what it owns elsewhere; undefined when the time is up */
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

/** @returns what they own elsewhere; undefined when the time is up */
const emptyResources = async (step: TypeDeletionStep, ids: readonly string[]): Promise<Key[] | undefined> => {
  if (step.type.members === undefined) return readOwned(step, ids);
  const owned = await inParallel(ids, (id) => emptyResource(step, id));
  return owned.includes(undefined) ? undefined : owned.flatMap((keys) => keys ?? []);
};

/** @returns whether it was done to the end */
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

/** In the order of ids, so that each count that lies behind says 0 by not being there. */
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
 * Groups whose POST died, and what the sweeper would have to do: tombstones go by themselves.
 * @returns whether it was done to the end
 */
const deleteLeftovers = async (step: DeletionStep): Promise<boolean> => {
  const { table, directory } = step;
  for (const item of await table.query({ pk: CLEANUP_PK, from: `${directory}#`, to: `${directory}#~` })) {
    const { kind, type, id } = CleanupMarker.parse(item);
    // Edges of members that were deleted, and not yet taken out of it: no living member names them.
    if (!(await deletePartition(step, { pk: resourcePk(directory, type, id), from: MEMBER_PREFIX }))) return false;
    const own = kind === 'pending' ? [resourceKey(directory, type, id)] : [];
    await table.deleteAll([...own, keyOf(item)]);
  }
  return true;
};

/** @returns whether no resource is left */
export const deleteAllResources = async (step: DeletionStep, directory: Directory): Promise<boolean> => {
  for (const type of resourceTypesOf(directory)) if (!(await deleteType({ ...step, type }))) return false;
  return true;
};

/**
 * The directory's own items, the one that says that it is being deleted at last.
 * @returns whether it was done to the end
 */
export const deleteOwn = async (step: DeletionStep): Promise<boolean> => {
  const { table, directory } = step;
  if (!(await deleteLeftovers(step)) || !(await deletePartition(step, { pk: tokensPk(directory) }))) return false;
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
    { deadline: Infinity },
  );
  return true;
};
