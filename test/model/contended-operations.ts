/** Operations on the same few resources: conditional writes on a version just read compete with concurrent changes. */
import { divide, fewIds, fewMembers, manyIds, manyMembers, patchMembers } from './group-operations.ts';
import type { ModelClient } from './model-client.ts';
import { readOne } from './reads.ts';
import { rename } from './user-operations.ts';
import type { Directory, KnownResource, World } from './world.ts';
import { remove } from './writes.ts';

/** The number of contended resources of each type. */
const CONTENDED = 2;
const pickContended = (list: readonly KnownResource[], { random }: ModelClient): KnownResource | undefined =>
  list.length === 0 ? undefined : random.pick(list.slice(0, CONTENDED));

const readFirst = async (client: ModelClient, { directory, id, type }: KnownResource) => {
  await readOne(client, directory, { id, type });
};

export const contendForGroup = async (world: World, directory: Directory, client: ModelClient) => {
  const { random } = client;
  const target = pickContended(directory.groups, client);
  if (target === undefined) return;
  const isConditional = random.once(2);
  if (isConditional) await readFirst(client, target);
  if (isConditional && !target.isFixed && random.once(5)) {
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
  await patchMembers(world, client, { target, members: { ...members, add, remove: others }, isLarge, isConditional });
};

export const contendForUser = async (world: World, directory: Directory, client: ModelClient) => {
  const target = pickContended(directory.users, client);
  if (target === undefined) return;
  const isConditional = client.random.once(2);
  if (isConditional) await readFirst(client, target);
  if (isConditional && client.random.once(8)) await remove(client, target, true);
  else await rename(world, client, { target, isConditional });
};
