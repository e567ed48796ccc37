/** Read operations of clients. */

import type { ModelClient } from './model-client.ts';
import {
  countAll,
  equals,
  find,
  findByEachValue,
  hasAddress,
  listByCursor,
  listByIndex,
  readOne,
  type Search,
} from './reads.ts';
import type { KnownResource } from './world.ts';
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
  const deleted = random.once(8) ? pickOne(directory.deleted, random) : undefined;
  const one = deleted ?? pickOne(random.once(2) ? directory.users : directory.groups, random);
  if (one === undefined) return;
  const { id, type, version } = one;
  // The version observed last, or the one before it.
  const known = version && version.version - random.below(2);
  await readOne(client, directory, { id, type, version: random.once(3) ? known : undefined });
};

const search = (type: Search['type'], over: Pick<Search, 'filter' | 'condition'>, full = true): Search => ({
  type,
  full,
  count: 200,
  ...over,
});

const memberOf = ({ id }: KnownResource) =>
  search('User', { filter: `groups.value eq "${id}"`, condition: { kind: 'isMemberOf', id } }, false);
const withMember = ({ id }: KnownResource) =>
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

/** A filter without an index: the server reads all users, in one response or page by page along the order. */
export const findInactive = async (_: World, directory: Directory, client: ModelClient) => {
  const { random } = client;
  if (random.once(2)) return find(client, directory, search('User', INACTIVE, false));
  const sortBy = random.pick([undefined, 'userName', 'meta.created']);
  const count = random.pick([3, 7, 30]);
  return listByCursor(client, directory, { type: 'User', ...INACTIVE, full: false, count, sortBy });
};

const ALL = { condition: { kind: 'all' } } as const;

export const listSome = async (_: World, directory: Directory, client: ModelClient) => {
  const { random } = client;
  const type = random.once(2) ? 'User' : 'Group';
  const orders = type === 'User' ? ['userName', 'displayName', 'meta.created', 'id'] : ['displayName', 'meta.created'];
  const sortBy = random.once(2) ? undefined : random.pick(orders);
  const count = random.pick([7, 30, 100]);
  const search = { type, ...ALL, full: random.once(4), count, sortBy, descending: random.once(2) } as const;
  if (random.once(3)) await listByIndex(client, directory, { search, isQuiet: false });
  else await listByCursor(client, directory, search);
};

export const countSome = (_: World, directory: Directory, client: ModelClient) =>
  countAll(client, directory, client.random.once(2) ? 'User' : 'Group');

/** Reads the newest resource known to the clients. */
export const readLatest = async (_: World, directory: Directory, client: ModelClient) => {
  const { random } = client;
  const [last] = listOf(directory, random.once(3) ? 'Group' : 'User').slice(-1);
  if (last !== undefined) await readOne(client, directory, { id: last.id, type: last.type });
};

/** Searches for the client's own write after its response. */
export const readOwnWrite = async (client: ModelClient) => {
  const written = client.takeWritten();
  if (written !== undefined && client.random.once(3)) await findByEachValue(client, written);
};
