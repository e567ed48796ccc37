/** Verification between rounds: runs the cleanup, reads everything, and searches the table for leftovers. */
import { createCleanUp } from '../../lib/store/clean-up.ts';
import type { TableOptions } from '../../lib/store/table/client.ts';
import { findOrphans, scanTable } from '../store/table-scan.ts';
import type { Subscriber } from './events.ts';
import type { TypeName } from './history.ts';
import type { ModelClient } from './model-client.ts';
import { findByEachValue, listByCursor, listByIndex, readOne, type Search } from './reads.ts';
import { type Directory, type KnownResource, pickSome, type World } from './world.ts';

/** Longer than any request runs, and longer than an unfinished create waits for its retry. */
const REST_MILLISECONDS = 3_700_000;

/** @param late milliseconds by which the cleanup's clock is ahead */
export const cleanUpAt = (options: TableOptions, late: number) =>
  createCleanUp({ ...options, clock: () => Date.now() + late })({ deadline: Number.POSITIVE_INFINITY });

const TYPES: readonly TypeName[] = ['User', 'Group'];
const ORDERS: Readonly<Record<TypeName, readonly (string | undefined)[]>> = {
  User: [undefined, 'userName', 'displayName', 'meta.created'],
  Group: [undefined, 'displayName', 'meta.created'],
};
const ALL = { kind: 'all' } as const;

const listAll = async (client: ModelClient, directory: Directory, type: TypeName) => {
  for (const sortBy of ORDERS[type]) {
    const search: Search = { type, condition: ALL, sortBy, full: sortBy === undefined, count: 200 };
    await listByCursor(client, directory, search);
  }
  const descending = { type, condition: ALL, sortBy: ORDERS[type][1], descending: true, full: false, count: 90 };
  await listByCursor(client, directory, descending);
  await listByIndex(client, directory, {
    search: { type, condition: ALL, full: false, count: 50 },
    isQuiet: true,
  });
};

/** Reads a resource and, if it exists, searches for it by each of its values. */
const verify = async (client: ModelClient, directory: Directory, one: KnownResource) => {
  const { status, body } = await readOne(client, directory, { id: one.id, type: one.type });
  if (status === 200 && body !== undefined) await findByEachValue(client, { directory, type: one.type, body });
};

const cleanUpAll = async (client: ModelClient, options: TableOptions): Promise<void> => {
  // First with a process that may die, as requests do.
  client.begin();
  await cleanUpAt(client.options, REST_MILLISECONDS).catch(() => undefined);
  await cleanUpAt(options, REST_MILLISECONDS);
};

const leftoversIn = async (options: TableOptions, directory: Directory): Promise<string[]> => {
  const { id } = directory.settings;
  const { wrong } = await findOrphans(options.client, id);
  const items = await scanTable(options.client);
  const markers = items.filter(({ pk, sk }) => pk === '#sweep' && String(sk).startsWith(`${id}#`));
  return [...wrong, ...markers.map(({ sk }) => `cleanup marker left: ${sk}`)];
};

type SettleOptions = {
  /** A client without faults. */
  readonly reliable: ModelClient;
  /** A client with faults. */
  readonly faulty: ModelClient;
  readonly options: TableOptions;
  /** Undefined if the table has no stream. */
  readonly subscriber: Subscriber | undefined;
  /** Number of resources of each kind to verify. */
  readonly sample: number;
};

/** @returns leftovers in the table and differences between events and directories, one line each */
export const settle = async (
  world: World,
  { reliable, faulty, options, subscriber, sample }: SettleOptions,
): Promise<string[]> => {
  await cleanUpAll(faulty, options);
  await subscriber?.catchUp();
  const left: string[] = [];
  for (const directory of world.directories) {
    for (const type of TYPES) await listAll(reliable, directory, type);
    for (const list of [directory.users, directory.groups, directory.deleted])
      for (const one of pickSome(list, sample, reliable.random)) await verify(reliable, directory, one);
    left.push(...(await leftoversIn(options, directory)));
  }
  return [...left, ...((await subscriber?.compare(world, reliable)) ?? [])];
};
