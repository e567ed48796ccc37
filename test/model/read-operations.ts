/** What clients look at. */

import type { ModelClient } from './model-client.ts';
import {
  countAll,
  equals,
  find,
  findAgain,
  hasAddress,
  readOne,
  type Search,
  walkByCursor,
  walkByIndex,
} from './reads.ts';
import type { Known } from './world.ts';
import {
  ADDRESS_LISTS,
  type Directory,
  listOf,
  pickOne,
  someAddress,
  someExternalId,
  someGroupName,
  someUserName,
  type World,
} from './world.ts';

export const readSome = async (_: World, directory: Directory, client: ModelClient) => {
  const { random } = client;
  const dead = random.once(8) ? pickOne(directory.gone, random) : undefined;
  const one = dead ?? pickOne(random.once(2) ? directory.users : directory.groups, random);
  if (one === undefined) return;
  const { id, type, version } = one;
  // The version that was shown last, or the one before it.
  const known = version && version.version - random.below(2);
  await readOne(client, directory, { id, type, version: random.once(3) ? known : undefined });
};

const search = (type: Search['type'], over: Pick<Search, 'filter' | 'condition'>, full = true): Search => ({
  type,
  full,
  count: 200,
  ...over,
});

const memberOf = ({ id }: Known) =>
  search('User', { filter: `groups.value eq "${id}"`, condition: { kind: 'isMemberOf', id } }, false);
const withMember = ({ id }: Known) =>
  search('Group', { filter: `members.value eq "${id}"`, condition: { kind: 'hasMember', id } }, false);

export const findSome = async (world: World, directory: Directory, client: ModelClient) => {
  const { random } = client;
  const group = pickOne(directory.groups, random);
  const user = pickOne(directory.users, random);
  const searches = [
    search('User', equals('userName', someUserName(world, random))),
    search('User', equals('externalId', someExternalId(world, random), true)),
    search(
      'User',
      hasAddress(random.once(3) ? `list-${random.below(ADDRESS_LISTS)}-7@a.example` : someAddress(world, random)),
    ),
    search('User', equals('displayName', `name ${random.below(world.names)}`)),
    search('Group', equals('displayName', someGroupName(world, random))),
    ...(group === undefined ? [] : [memberOf(group)]),
    ...(user === undefined ? [] : [withMember(user)]),
  ];
  await find(client, directory, random.pick(searches));
};

const INACTIVE: Pick<Search, 'filter' | 'condition'> = {
  filter: 'active eq false',
  condition: { kind: 'attribute', name: 'active', holds: (text) => text === 'false' },
};

/** No index serves it: everybody is read, for one answer or along the order for page after page. */
export const findInactive = async (_: World, directory: Directory, client: ModelClient) => {
  const { random } = client;
  if (random.once(2)) return find(client, directory, search('User', INACTIVE, false));
  const sortBy = random.pick([undefined, 'userName', 'meta.created']);
  const count = random.pick([3, 7, 30]);
  return walkByCursor(client, directory, { type: 'User', ...INACTIVE, full: false, count, sortBy });
};

const ALL = { condition: { kind: 'all' } } as const;

export const walkSome = async (_: World, directory: Directory, client: ModelClient) => {
  const { random } = client;
  const type = random.once(2) ? 'User' : 'Group';
  const orders = type === 'User' ? ['userName', 'displayName', 'meta.created', 'id'] : ['displayName', 'meta.created'];
  const sortBy = random.once(2) ? undefined : random.pick(orders);
  const count = random.pick([7, 30, 100]);
  const asked = { type, ...ALL, full: random.once(4), count, sortBy, descending: random.once(2) } as const;
  if (random.once(3)) await walkByIndex(client, directory, { search: asked, isQuiet: false });
  else await walkByCursor(client, directory, asked);
};

export const countSome = (_: World, directory: Directory, client: ModelClient) =>
  countAll(client, directory, client.random.once(2) ? 'User' : 'Group');

/** Right after a write of some client: by what it is known by now. */
export const lookAgain = async (_: World, directory: Directory, client: ModelClient) => {
  const { random } = client;
  const [last] = listOf(directory, random.once(3) ? 'Group' : 'User').slice(-1);
  if (last !== undefined) await readOne(client, directory, { id: last.id, type: last.type });
};

/** Right after the client's own write was answered. */
export const readOwnWrite = async (client: ModelClient) => {
  const written = client.takeWritten();
  if (written !== undefined && client.random.once(3)) await findAgain(client, written);
};
