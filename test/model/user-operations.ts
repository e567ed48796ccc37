/** Operations on users. */
import type { JsonObject } from '../../lib/scim/index.ts';
import type { Random } from '../fuzz/random.ts';
import type { ModelClient } from './model-client.ts';
import {
  ADDRESS_LISTS,
  addressList,
  type Directory,
  type KnownResource,
  pickOne,
  someAddress,
  someExternalId,
  someUserName,
  type World,
} from './world.ts';
import { change, create, remove } from './writes.ts';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
export const patchOf = (...operations: JsonObject[]): JsonObject => ({ schemas: [PATCH], Operations: operations });

const someEmails = (world: World, random: Random): JsonObject[] =>
  [...new Set([someAddress(world, random), someAddress(world, random)])].map((value) => ({ value }));

const maybe = (random: Random, attributes: JsonObject): JsonObject => (random.once(2) ? attributes : {});

/** Random attributes of a POST or PUT. */
const someUser = (world: World, random: Random): JsonObject => ({
  userName: someUserName(world, random),
  ...maybe(random, { externalId: someExternalId(world, random) }),
  ...maybe(random, { emails: someEmails(world, random) }),
  ...maybe(random, { displayName: `Name ${random.below(world.names)}` }),
});

/** @param over fixed values in place of random ones */
export const createUser = (world: World, directory: Directory, client: ModelClient, over: JsonObject = {}) =>
  create(client, directory, {
    type: 'User',
    body: (mark) => ({
      schemas: [USER],
      ...someUser(world, client.random),
      title: mark,
      name: { familyName: mark },
      ...over,
    }),
  });

type Patched = { readonly target: KnownResource /** With If-Match. */; readonly isConditional?: boolean };

/** Sends one operation without a path, or one operation per attribute. */
const patchUser = (client: ModelClient, patched: Patched, { mark, ...attributes }: { mark: string } & JsonObject) => {
  const { random } = client;
  const { target, isConditional = random.once(4) } = patched;
  const given: JsonObject = { ...attributes, title: mark };
  const apart = Object.entries(given).map(([path, value]): JsonObject => ({ op: 'replace', path, value }));
  const body = random.once(2) ? patchOf({ op: 'replace', value: given }) : patchOf(...apart);
  return change(client, { method: 'PATCH', target, attributes: given, mark, body, isConditional });
};

export const rename = async (world: World, client: ModelClient, patched: Patched) => {
  const { random, history } = client;
  const attributes = {
    ...maybe(random, { userName: someUserName(world, random) }),
    ...maybe(random, { externalId: someExternalId(world, random) }),
    ...maybe(random, { emails: someEmails(world, random) }),
    ...maybe(random, { displayName: `Name ${random.below(world.names)}` }),
  };
  await patchUser(client, patched, { mark: history.nextMark(), ...attributes });
};

export const renameUser = async (world: World, directory: Directory, client: ModelClient) => {
  const target = pickOne(directory.users, client.random);
  if (target !== undefined) await rename(world, client, { target });
};

export const setUserActive = async (_: World, directory: Directory, client: ModelClient) => {
  const target = pickOne(directory.users, client.random);
  if (target === undefined) return;
  await patchUser(client, { target }, { mark: client.history.nextMark(), active: client.random.once(2) });
};

/** Replaces fifty addresses with fifty others: more lookups than a transaction holds. */
export const replaceAddresses = async (world: World, directory: Directory, client: ModelClient) => {
  const { random, history } = client;
  const target = pickOne(directory.users.slice(0, 2), random);
  if (target === undefined) return;
  const list = random.below(ADDRESS_LISTS);
  const other = (list + 1 + random.below(ADDRESS_LISTS - 1)) % ADDRESS_LISTS;
  for (const one of [list, other]) {
    const attributes = { emails: addressList(one), displayName: `Name ${random.below(world.names)}` };
    await patchUser(client, { target }, { mark: history.nextMark(), ...attributes });
  }
};

/** PUT, mostly without `active`, which then keeps its value. */
export const replaceUser = async (world: World, directory: Directory, client: ModelClient) => {
  const { random, history } = client;
  const target = pickOne(directory.users, random);
  if (target === undefined) return;
  const mark = history.nextMark();
  const name = { familyName: target.mark };
  const given = { ...someUser(world, random), ...maybe(random, { active: true }), title: mark };
  const cleared = { externalId: null, emails: null, displayName: null };
  const body = { schemas: [USER], ...given, name };
  const attributes = { ...cleared, ...given };
  await change(client, { method: 'PUT', target, attributes, mark, body, isConditional: random.once(4) });
};

export const deleteUser = async (_: World, directory: Directory, client: ModelClient) => {
  const target = pickOne(directory.users, client.random);
  if (target !== undefined) await remove(client, target, client.random.once(4));
};
