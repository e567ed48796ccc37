/**
 * What a deleted directory has in the table, taken out with plain deletes: the stream's records of those are no
 * events. The lists name the resources, each resource's item names what it owns elsewhere, and the list entry goes
 * last: whoever dies on the way leaves nothing that the next step does not find. Users come before groups, because
 * they name the groups that hold them.
 */

import { chunksOf, inParallel } from '../../common/parallel.ts';
import { type ResourceType, resourceTypesOf } from '../../scim/index.ts';
import { SweepItem } from '../items/cleanup-marker.ts';
import type { Directory } from '../items/directory-item.ts';
import { fromBytes, MemberOfItem, ResourceItem } from '../items/items.ts';
import { ownedKeys } from '../items/owned-keys.ts';
import type { Item, Range, Table } from '../table/calls.ts';
import {
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
  SWEEP_PK,
  tokensPk,
} from '../table/keys.ts';
import { DIRECTORY, MEMBEROF, RESOURCE } from '../table/names.ts';
import { transact } from '../table/transact.ts';

const RESOURCES_AT_ONCE = 50;
const COUNTS = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

type Walk = {
  readonly table: Table;
  /** Its id. */
  readonly directory: string;
  /** Milliseconds since 1970. */
  readonly deadline: number;
};
type WalkOfType = Walk & { readonly type: Pick<ResourceType, 'name' | 'memberOf' | 'members'> };

const keyOf = ({ pk, sk }: Item): Key => ({ pk: String(pk), sk: String(sk) });
/** Asked behind what was done, never before: so each step, however late it is, does something, and repeating it ends. */
const isLate = ({ table, deadline }: Walk) => table.clock() >= deadline;

const deletePartition = async (walk: Walk, range: Range): Promise<boolean> => {
  for await (const page of walk.table.pages(range)) {
    await walk.table.deleteAll(page.map(keyOf));
    if (page.length > 0 && isLate(walk)) return false;
  }
  return true;
};

/** The other halves of its memberships. */
const edgesOf = ({ directory, type }: WalkOfType, item: Item, id: string): Key[] => {
  const groupType = type.memberOf?.type ?? '';
  const groups = [...(MemberOfItem.parse(item).g ?? [])].map(fromBytes);
  return groups.map((group) => memberKey(resourcePk(directory, groupType, group), id));
};

const ownedBy = (walk: WalkOfType, id: string, item: Item | undefined): Key[] => {
  if (item?.sk === RESOURCE) return ownedKeys(walk.directory, ResourceItem.parse(item));
  return item?.sk === MEMBEROF ? edgesOf(walk, item, id) : [];
};

/** @returns what resources without members own elsewhere */
const readOwned = async (walk: WalkOfType, ids: readonly string[]): Promise<Key[]> => {
  const { directory, type } = walk;
  const keysOf = (id: string) => [resourceKey(directory, type.name, id), memberOfKey(directory, type.name, id)];
  const items = await walk.table.getAll(ids.flatMap(keysOf));
  return ids.flatMap((id) => keysOf(id).flatMap((key) => ownedBy(walk, id, items.get(key))));
};

/** Takes the members out of a resource's partition. @returns what it owns elsewhere; undefined when the time is up */
const emptyResource = async (walk: WalkOfType, id: string): Promise<Key[] | undefined> => {
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
const emptyResources = async (walk: WalkOfType, ids: readonly string[]): Promise<Key[] | undefined> => {
  if (walk.type.members === undefined) return readOwned(walk, ids);
  const owned = await inParallel(ids, (id) => emptyResource(walk, id));
  return owned.includes(undefined) ? undefined : owned.flatMap((keys) => keys ?? []);
};

/** @returns whether it was done to the end */
const deleteResources = async (walk: WalkOfType, ids: readonly string[]): Promise<boolean> => {
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
const deleteType = async (walk: WalkOfType): Promise<boolean> => {
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

/**
 * Groups whose POST died, and what the sweeper would have to do: tombstones go by themselves.
 * @returns whether it was done to the end
 */
const deleteLeftovers = async (walk: Walk): Promise<boolean> => {
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

/** @returns whether no resource is left */
export const deleteAllResources = async (walk: Walk, directory: Directory): Promise<boolean> => {
  for (const type of resourceTypesOf(directory)) if (!(await deleteType({ ...walk, type }))) return false;
  return true;
};

/**
 * The directory's own items, the one that says that it is being deleted at last.
 * @returns whether it was done to the end
 */
export const deleteOwn = async (walk: Walk): Promise<boolean> => {
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
    { deadline: Infinity },
  );
  return true;
};
