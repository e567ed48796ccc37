/** The operations that are measured, on each server in turn, so that all meet the same load of the machine. */
import { medianOf } from '../interleave.ts';
import type { Server } from '../scale/client.ts';
import {
  addMembers,
  createGroup,
  createUser,
  createUsers,
  findUser,
  getPage,
  getUser,
  patch,
  rateOf,
} from './client.ts';

/** A server that holds users, named `user-0@example.com` and so on. */
export type Contestant = {
  readonly name: string;
  readonly server: Server;
  readonly ids: readonly string[];
};
type Operation = {
  readonly what: string;
  /** Concurrent clients. @default 8 */
  readonly clients?: number;
  /** Sends one request. @param index unique per contestant */
  readonly send: (contestant: Contestant, index: number) => Promise<unknown>;
};
/** What was measured of each contestant, by name. */
export type Measured = { readonly what: string; readonly unit: 'requests/s' | 's'; readonly values: Values };
type Values = ReadonlyMap<string, number>;

const TURNS = 5;
const TURN_SECONDS = 1.2;
const [FEWEST, MOST] = [8, 400];
const MEMBERS = 1000;
const STEP = 100;

const pick = (list: readonly string[], index: number): string => list[(index * 31) % list.length] ?? '';

export const POST: Operation = {
  what: 'POST /Users',
  send: ({ server }, index) => createUser(server, `new-${index}`),
};

/** Also possible on servers of which only the protocol is known. */
export const OPERATIONS: readonly Operation[] = [
  POST,
  { what: 'GET /Users/{id}', send: ({ server, ids }, index) => getUser(server, pick(ids, index)) },
  {
    what: 'filter userName eq',
    send: ({ server, ids }, index) => findUser(server, `user-${(index * 31) % ids.length}`),
  },
  {
    what: 'PATCH /Users/{id}',
    send: ({ server, ids }, index) =>
      patch(server, `/Users/${pick(ids, index)}`, { op: 'replace', path: 'displayName', value: `name ${index}` }),
  },
  {
    what: 'page of 100',
    send: ({ server, ids }, index) => getPage(server, 1 + ((index * 137) % Math.max(1, ids.length - 100))),
  },
];

/** Measures requests per second, as the median of turns that the contestants take. */
export const measureRates = async (
  { what, clients, send }: Operation,
  contestants: readonly Contestant[],
): Promise<Measured> => {
  const rates = new Map(contestants.map(({ name }) => [name, [] as number[]]));
  const sent = new Map<string, number>();
  const turn = async (contestant: Contestant, count: number) => {
    const first = sent.get(contestant.name) ?? 0;
    sent.set(contestant.name, first + count);
    return rateOf(count, (index) => send(contestant, first + index), clients);
  };
  const counts = new Map<string, number>();
  for (const contestant of contestants) {
    const rate = await turn(contestant, FEWEST * 2); // also warms it up
    counts.set(contestant.name, Math.round(Math.min(MOST, Math.max(FEWEST, rate * TURN_SECONDS))));
  }
  for (let round = 0; round < TURNS; round++)
    for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed())
      rates.get(contestant.name)?.push(await turn(contestant, counts.get(contestant.name) ?? FEWEST));
  return { what, unit: 'requests/s', values: new Map([...rates].map(([name, all]) => [name, medianOf(all)])) };
};

/** Fills a group to 1,000 members in steps of 100, and then changes one member at a time. */
export const measureGroup = async (contestants: readonly Contestant[]): Promise<readonly Measured[]> => {
  const seconds = new Map<string, number>();
  const groups = new Map<string, string>();
  for (const { name, server } of contestants) groups.set(name, await createGroup(server, 'Filled'));
  for (let step = 0; step < MEMBERS; step += STEP)
    for (const { name, server, ids } of contestants) {
      const start = performance.now();
      await addMembers(server, groups.get(name) ?? '', ids.slice(step, step + STEP));
      seconds.set(name, (seconds.get(name) ?? 0) + (performance.now() - start) / 1000);
    }
  const one: Operation = {
    what: `PATCH a group of ${MEMBERS}, one member`,
    clients: 1,
    send: ({ name, server, ids }, index) => {
      const value = ids[Math.floor(index / 2) % MEMBERS] ?? '';
      const path = `/Groups/${groups.get(name)}`;
      if (index % 2 === 0) return patch(server, path, { op: 'remove', path: `members[value eq "${value}"]` });
      return addMembers(server, groups.get(name) ?? '', [value]);
    },
  };
  const filled: Measured = { what: `fill a group to ${MEMBERS} by hundreds`, unit: 's', values: seconds };
  return [filled, await measureRates(one, contestants)];
};

/** Fills a server that holds nothing. */
export const fill = async (name: string, server: Server, users: number): Promise<Contestant> => ({
  name,
  server,
  ids: await createUsers(server, users, 'user'),
});
