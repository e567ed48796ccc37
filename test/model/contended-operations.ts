/** Everybody at the same one: who insists on a version that was just read meets others who change it at that very time. */
import { divide, fewIds, fewMembers, manyIds, manyMembers, patchMembers } from './group-operations.ts';
import type { ModelClient } from './model-client.ts';
import { readOne } from './reads.ts';
import { rename } from './user-operations.ts';
import type { Directory, Known, World } from './world.ts';
import { remove } from './writes.ts';

/** So many at once. */
const CONTENDED = 2;
const pickContended = (list: readonly Known[], { random }: ModelClient): Known | undefined =>
  list.length === 0 ? undefined : random.pick(list.slice(0, CONTENDED));

const readFirst = async (client: ModelClient, { directory, id, type }: Known) => {
  await readOne(client, directory, { id, type });
};

export const contendForGroup = async (world: World, directory: Directory, client: ModelClient) => {
  const { random } = client;
  const target = pickContended(directory.groups, client);
  if (target === undefined) return;
  const insists = random.once(2);
  if (insists) await readFirst(client, target);
  if (insists && !target.isFixed && random.once(5)) {
    await remove(client, target, true);
    return;
  }
  const isLarge = random.once(4);
  const [ids, all] = isLarge ? [manyIds, manyMembers] : [fewIds, fewMembers];
  const members = random.once(2)
    ? { replace: true, add: all(directory, random), remove: [] }
    : divide(ids(directory, random), random);
  const add = members.add.filter(({ value }) => value !== target.id);
  const others = members.remove.filter((id) => id !== target.id);
  await patchMembers(world, client, { target, members: { ...members, add, remove: others }, isLarge, insists });
};

export const contendForUser = async (world: World, directory: Directory, client: ModelClient) => {
  const target = pickContended(directory.users, client);
  if (target === undefined) return;
  const insists = client.random.once(2);
  if (insists) await readFirst(client, target);
  if (insists && client.random.once(8)) await remove(client, target, true);
  else await rename(world, client, { target, insists });
};
