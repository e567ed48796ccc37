/** What clients look at. */

import type { ModelClient } from './model-client.ts';
import { countAll, equals, find, hasAddress, readOne, type Search, walkByCursor, walkByIndex } from './reads.ts';
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
  if (one !== undefined) await readOne(client, directory, one);
};

/** By an id of another directory nobody is found. */
export const readStranger = async (world: World, directory: Directory, client: ModelClient) => {
  const other = client.random.pick(world.directories.filter((one) => one !== directory));
  const stranger = pickOne(other.users, client.random);
  if (stranger === undefined) return;
  const { status } = await readOne(client, directory, stranger);
  if (status === 200) client.history.findings.push(`${stranger.id} was shown in ${directory.settings.id}`);
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

/** No index serves it: everybody is read. */
export const findInactive = (_: World, directory: Directory, client: ModelClient) =>
  find(
    client,
    directory,
    search(
      'User',
      {
        filter: 'active eq false',
        condition: { kind: 'attribute', name: 'active', holds: (text) => text === 'false' },
      },
      false,
    ),
  );

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
  if (last !== undefined) await readOne(client, directory, last);
};
