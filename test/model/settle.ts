/** When everybody rests: what was left is swept, everything is looked at, and the table is searched for leftovers. */
import { createCleanUp } from '../../lib/store/clean-up.ts';
import type { TableOptions } from '../../lib/store/table/client.ts';
import { findOrphans, scanTable } from '../store/table-scan.ts';
import type { Subscriber } from './events.ts';
import type { TypeName } from './history.ts';
import type { ModelClient } from './model-client.ts';
import { findAgain, readOne, type Search, walkByCursor, walkByIndex } from './reads.ts';
import { type Directory, type Known, pickSome, type World } from './world.ts';

/** Longer than any request lives, and than what one gave up waits for its repetition. */
const REST_MILLISECONDS = 3_700_000;

/** @param late milliseconds that its clock is ahead */
export const sweepAt = (options: TableOptions, late: number) =>
  createCleanUp({ ...options, clock: () => Date.now() + late })({ deadline: Number.POSITIVE_INFINITY });

const TYPES: readonly TypeName[] = ['User', 'Group'];
const ORDERS: Readonly<Record<TypeName, readonly (string | undefined)[]>> = {
  User: [undefined, 'userName', 'displayName', 'meta.created'],
  Group: [undefined, 'displayName', 'meta.created'],
};
const ALL = { kind: 'all' } as const;

const walkAll = async (client: ModelClient, directory: Directory, type: TypeName) => {
  for (const sortBy of ORDERS[type]) {
    const search: Search = { type, condition: ALL, sortBy, full: sortBy === undefined, count: 200 };
    await walkByCursor(client, directory, search);
  }
  const descending = { type, condition: ALL, sortBy: ORDERS[type][1], descending: true, full: false, count: 90 };
  await walkByCursor(client, directory, descending);
  await walkByIndex(client, directory, {
    search: { type, condition: ALL, full: false, count: 50 },
    isQuiet: true,
  });
};

/** Each that was ever known is there or is not, and is found by each of its values. */
const lookAt = async (client: ModelClient, directory: Directory, one: Known) => {
  const { status, body } = await readOne(client, directory, { id: one.id, type: one.type });
  if (status === 200 && body !== undefined) await findAgain(client, { directory, type: one.type, body });
};

const sweepAll = async (client: ModelClient, options: TableOptions): Promise<void> => {
  // Once by a sweeper that may die, as requests do.
  client.begin();
  await sweepAt(client.options, REST_MILLISECONDS).catch(() => undefined);
  await sweepAt(options, REST_MILLISECONDS);
};

const leftIn = async (options: TableOptions, directory: Directory): Promise<string[]> => {
  const { id } = directory.settings;
  const { wrong } = await findOrphans(options.client, id);
  const items = await scanTable(options.client);
  const unswept = items.filter(({ pk, sk }) => pk === '#sweep' && String(sk).startsWith(`${id}#`));
  return [...wrong, ...unswept.map(({ sk }) => `left to be swept: ${sk}`)];
};

type Rest = {
  /** It meets no faults. */
  readonly calm: ModelClient;
  /** It does. */
  readonly faulty: ModelClient;
  readonly options: TableOptions;
  /** Of a table with a stream. */
  readonly subscriber: Subscriber | undefined;
  /** So many of each list are looked at closely. */
  readonly sample: number;
};

/**
 * @returns what the table holds that it should not, one line each
 */
export const settle = async (world: World, { calm, faulty, options, subscriber, sample }: Rest): Promise<string[]> => {
  await sweepAll(faulty, options);
  await subscriber?.catchUp();
  const left: string[] = [];
  for (const directory of world.directories) {
    for (const type of TYPES) await walkAll(calm, directory, type);
    for (const list of [directory.users, directory.groups, directory.gone])
      for (const one of pickSome(list, sample, calm.random)) await lookAt(calm, directory, one);
    left.push(...(await leftIn(options, directory)));
  }
  return [...left, ...((await subscriber?.compare(world, calm)) ?? [])];
};
