/** Requests of one directory for resources of another, none of which may succeed. */
import type { JsonObject } from '../../lib/scim/index.ts';
import type { ModelClient, Request } from './model-client.ts';
import { find, type Search } from './reads.ts';
import { patchOf } from './user-operations.ts';
import { type Directory, type KnownResource, listOf, pickOne, type World } from './world.ts';
import { change, endpointOf } from './writes.ts';

const pickStranger = (world: World, directory: Directory, { random }: ModelClient): KnownResource | undefined => {
  const other = random.pick(world.directories.filter((one) => one !== directory));
  return pickOne(listOf(other, random.once(2) ? 'User' : 'Group'), random);
};

/** A resource of another directory never becomes a member. */
export const addStranger = async (world: World, directory: Directory, client: ModelClient) => {
  const { random, history } = client;
  const target = pickOne(directory.groups, random);
  const stranger = pickStranger(world, directory, client);
  if (target === undefined || stranger === undefined) return;
  const body = patchOf({ op: 'add', path: 'members', value: [{ value: stranger.id }] });
  const answer = await change(client, { method: 'PATCH', target, mark: history.nextMark(), body });
  if (answer.status === 200 || answer.status === 204)
    history.findings.push(`${stranger.id} of another directory became a member of ${target.id} (${answer.start})`);
};

const withoutBody = (method: 'GET' | 'DELETE') => (): Pick<Request, 'method' | 'body'> => ({ method });
const REQUESTS: readonly ((body: JsonObject) => Pick<Request, 'method' | 'body'>)[] = [
  withoutBody('GET'),
  withoutBody('DELETE'),
  (attributes) => ({ method: 'PATCH', body: patchOf({ op: 'replace', value: attributes }) }),
];

/** An id of another directory cannot be read, changed or deleted. */
export const askForStranger = async (world: World, directory: Directory, client: ModelClient) => {
  const stranger = pickStranger(world, directory, client);
  if (stranger === undefined) return;
  const request = client.random.pick(REQUESTS)({ externalId: 'stranger' });
  const path = [endpointOf(stranger.type), stranger.id];
  const { status } = await client.ask(directory, { ...request, path });
  if (status === 200 || status === 204)
    client.history.findings.push(`${request.method} of ${stranger.id} succeeded in ${directory.settings.id}`);
};

/** An id of another directory finds no memberships. */
export const findByStranger = async (world: World, directory: Directory, client: ModelClient) => {
  const stranger = pickStranger(world, directory, client);
  if (stranger === undefined) return;
  const { id, type } = stranger;
  const search: Pick<Search, 'type' | 'filter' | 'condition'> =
    type === 'User'
      ? { type: 'Group', filter: `members.value eq "${id}"`, condition: { kind: 'hasMember', id } }
      : { type: 'User', filter: `groups.value eq "${id}"`, condition: { kind: 'isMemberOf', id } };
  await find(client, directory, { ...search, full: false, count: 200 });
};
