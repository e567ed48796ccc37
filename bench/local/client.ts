/** Sends the requests of an identity provider to a server, from several clients at once, and measures the rate. */

import { ask, readId, type Server } from '../scale/client.ts';
import { GROUP_URN, PATCH_OP_URN, USER_URN } from '../urns.ts';

const CLIENTS = 8;
const PAGE = 100;

/** Sends `count` requests. @returns requests per second */
export const rateOf = async (
  count: number,
  send: (index: number) => Promise<unknown>,
  clients = CLIENTS,
): Promise<number> => {
  let next = 0;
  const client = async () => {
    for (let index = next++; index < count; index = next++) await send(index);
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: Math.min(clients, count) }, client));
  return (count * 1000) / (performance.now() - start);
};

const toUser = (name: string) => ({
  schemas: [USER_URN],
  userName: `${name}@example.com`,
  externalId: name,
  displayName: name,
  name: { givenName: 'Given', familyName: name },
  active: true,
  emails: [{ value: `${name}@example.com`, type: 'work', primary: true }],
});

export const createUser = async (server: Server, name: string): Promise<string> =>
  readId((await ask(server, { method: 'POST', path: '/Users', body: toUser(name) })).text);

/** Creates users. @returns their ids */
export const createUsers = async (server: Server, count: number, prefix: string): Promise<string[]> => {
  const ids: string[] = [];
  await rateOf(count, async (index) => {
    ids[index] = await createUser(server, `${prefix}-${index}`);
  });
  return ids;
};

export const createGroup = async (server: Server, displayName: string): Promise<string> =>
  readId((await ask(server, { method: 'POST', path: '/Groups', body: { schemas: [GROUP_URN], displayName } })).text);

export const patch = (server: Server, path: string, operation: object) =>
  ask(server, { method: 'PATCH', path, body: { schemas: [PATCH_OP_URN], Operations: [operation] } });

export const addMembers = (server: Server, group: string, ids: readonly string[]) =>
  patch(server, `/Groups/${group}`, { op: 'add', path: 'members', value: ids.map((value) => ({ value })) });

export const getUser = (server: Server, id: string) => ask(server, { method: 'GET', path: `/Users/${id}` });

export const findUser = (server: Server, name: string) =>
  ask(server, { method: 'GET', path: `/Users?filter=${encodeURIComponent(`userName eq "${name}@example.com"`)}` });

export const getPage = (server: Server, startIndex: number) =>
  ask(server, { method: 'GET', path: `/Users?startIndex=${startIndex}&count=${PAGE}` });
