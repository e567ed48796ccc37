/** One run of the model check: parallel clients on one table, with a complete verification after every round. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { audit } from '../../lib/store/audit/audit.ts';
import { createRandom, type Random } from '../fuzz/random.ts';
import { observeResource } from './answers.ts';
import { openSubscriber } from './events.ts';
import { NO_FAULTS, planFor } from './faults.ts';
import { createGroup, createSmallGroup } from './group-operations.ts';
import { createHistory, type History } from './history.ts';
import { judge } from './judge.ts';
import { createModelClient, type ModelClient } from './model-client.ts';
import { pickDirectory, pickOperation } from './operations.ts';
import { readOwnWrite } from './read-operations.ts';
import { cleanUpAt, settle } from './settle.ts';
import { createUser } from './user-operations.ts';
import { addressList, type Directory, EVERYONE, openDirectory, type World } from './world.ts';

export type Run = {
  readonly seed: number;
  readonly operations: number;
  readonly clients: number;
  readonly size: {
    /** Initial number of users in the large directory. */
    readonly users: number;
    /** Groups of its first user, one of those that all clients contend for. */
    readonly crowd: number;
    /** Number of contended names. */
    readonly names: number;
  };
  readonly onProgress?: (done: number) => void;
};
export type Report = {
  readonly seed: number;
  readonly operations: number;
  /** Requests by status, including `killed`. */
  readonly statuses: ReadonlyMap<string, number>;
  readonly faults: number;
  readonly cleanUps: number;
  readonly seconds: number;
  /** Impossible observations, one line each. */
  readonly findings: readonly string[];
  /** Writes to the resources named in the findings, ordered by start. */
  readonly trace: readonly string[];
};

export const FULL_SIZE: Run['size'] = { users: 140, crowd: 98, names: 40 };

const OPERATIONS_PER_ROUND = 250;
/** One cleanup run per this many operations, parallel to the other clients. */
const CLEAN_UP_ONCE_IN = 60;
const LATENCY_MS = 6;

/** Creates the first user, whose creation also creates the default group. */
const openEveryone = async (world: World, reliable: ModelClient, directory: Directory) => {
  const { history } = reliable;
  const { id } = directory.settings;
  const mark = `${EVERYONE} ${id}`;
  const effect = history.begin(mark, history.tick());
  await createUser(world, directory, reliable);
  effect.end = history.tick();
  effect.outcome = 'done';
  const values = { displayName: JSON.stringify(EVERYONE), externalId: 'null' };
  const [first] = directory.users;
  // The first user is a member too.
  const members = {
    effect,
    replace: true,
    add: new Map(first === undefined ? [] : [[first.id, 'null']]),
    remove: new Set<string>(),
  };
  const attributes = { effect, values, mark };
  history.creations.set(mark, {
    mark,
    directory: id,
    type: 'Group',
    attributes,
    members,
    joins: undefined,
    id: undefined,
  });
  const answer = await reliable.ask(directory, { method: 'GET', path: ['Groups'] });
  const resources = Array.isArray(answer.body?.Resources) ? answer.body.Resources : [];
  for (const body of resources)
    directory.everyone = observeResource(history, body, {
      directory,
      span: answer,
      withMembers: true,
      withGroups: true,
    }).id;
};

const fill = async (world: World, reliable: ModelClient, { users, crowd }: Run['size']) => {
  const [, second, joining] = world.directories;
  const many = async (count: number, work: (index: number) => Promise<unknown>) => {
    for (let at = 0; at < count; at += 8)
      await Promise.all(Array.from({ length: Math.min(8, count - at) }, (_, i) => work(at + i)));
  };
  const userName = (index: number) => ({ userName: `first-${index}@a.example` });
  await many(2, (i) => createUser(world, world.main, reliable, { ...userName(i), emails: addressList(i) }));
  await many(users, (i) => createUser(world, world.main, reliable, userName(i + 2)));
  await many(6, () => createSmallGroup(world, world.main, reliable));
  const member = world.main.users[0]?.id ?? '';
  await many(crowd, (i) =>
    createGroup(world, world.main, reliable, { members: [{ value: member }], displayName: `Crowd ${i}` }),
  );
  if (second !== undefined) await many(10, (i) => createUser(world, second, reliable, userName(i)));
  if (second !== undefined) await many(3, () => createSmallGroup(world, second, reliable));
  if (joining !== undefined) await openEveryone(world, reliable, joining);
};

/** Each client runs one operation after another until none are left. @returns the number of cleanup runs */
const workThrough = async (
  world: World,
  clients: readonly ModelClient[],
  { count, onDone }: { count: number; onDone: () => void },
) => {
  let left = count;
  let cleanUps = 0;
  const work = async (client: ModelClient) => {
    while (left > 0) {
      left -= 1;
      if (client.random.once(CLEAN_UP_ONCE_IN)) {
        cleanUps += 1;
        client.begin();
        await cleanUpAt(client.options, 0).catch(() => undefined);
      }
      await pickOperation(client.random)(world, pickDirectory(world, client.random), client);
      await readOwnWrite(client);
      onDone();
    }
  };
  await Promise.all(clients.map(work));
  return cleanUps;
};

type Table = { readonly client: DynamoDBClient; readonly tableName: string };
/** Audits a directory with --fix beside the workers, until they are done. @returns what it found: nothing, if all is well */
const auditBeside = async (table: Table, only: string, work: Promise<unknown>): Promise<string[]> => {
  let isOver = false;
  const end = work.finally(() => {
    isOver = true;
  });
  const found: string[] = [];
  while (!isOver) {
    const { faults } = await audit({ ...table, only, fix: true });
    found.push(...faults.map(({ text, outcome }) => `audit beside writers: ${outcome}: ${text}`));
  }
  await end;
  return found;
};

/** @returns the writes to the resources named in the findings */
const traceOf = ({ chronicles, creations }: History, findings: readonly string[]): string[] => {
  const named = new Set(findings.join(' ').match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? []);
  const lines = [...named].flatMap((id) => {
    const chronicle = chronicles.get(id);
    const creation = [...creations.values()].find((one) => one.id === id);
    const effects = [
      ...(creation === undefined ? [] : [{ effect: creation.attributes.effect, change: creation.attributes.values }]),
      ...(chronicle?.attributes ?? []).map(({ effect, values }) => ({ effect, change: values })),
      ...(chronicle?.members ?? []).map(({ effect, replace, add, remove }) => ({
        effect,
        change: {
          replace,
          add: [...add].filter(([one]) => named.has(one)),
          remove: [...remove].filter((one) => named.has(one)),
        },
      })),
      ...(chronicle?.deletions ?? []).map((effect) => ({ effect, change: {} })),
    ];
    return effects.map(({ effect, change }) => ({
      at: effect.start,
      line: `${effect.start}-${effect.end} ${effect.what}: ${effect.outcome} ${effect.version ?? ''} ${JSON.stringify(change).slice(0, 300)}`,
    }));
  });
  return [...new Set(lines.sort((a, b) => a.at - b.at).map(({ line }) => line))];
};

const openWorld = (seed: number, { names }: Run['size']): World => {
  const main = openDirectory(`m${seed}-main`);
  const joining = openDirectory(`m${seed}-joining`, { defaultGroup: EVERYONE });
  return { main, directories: [main, openDirectory(`m${seed}-other`), joining], names };
};

/**
 * @param table each seed uses its own directories; if the table has a stream, its events are checked too
 * @returns a report that ends with the first round with findings
 */
export const checkSeed = async (
  table: Table,
  { seed, operations, clients, size, onProgress = () => undefined }: Run,
): Promise<Report> => {
  const began = performance.now();
  const history = createHistory();
  const world = openWorld(seed, size);
  const open = (random: Random, isReliable: boolean) =>
    createModelClient(table, {
      history,
      random,
      plan: isReliable ? () => NO_FAULTS : planFor,
      latency: isReliable ? 0 : LATENCY_MS,
    });
  const reliable = open(createRandom(seed * 1000), true);
  const workers = Array.from({ length: clients }, (_, i) => open(createRandom(seed * 1000 + i + 1), false));
  const [faulty = reliable] = workers;
  const subscriber = await openSubscriber(table);
  let [done, cleanUps] = [0, 0];
  let findings: string[] = [];
  try {
    await fill(world, reliable, size);
    while (done < operations && findings.length === 0) {
      const count = Math.min(OPERATIONS_PER_ROUND, operations - done);
      const onDone = () => onProgress(++done);
      const work = workThrough(world, workers, { count, onDone });
      const audited = await auditBeside(table, world.main.settings.id, work);
      cleanUps += 2 + (await work);
      const left = await settle(world, { reliable, faulty, options: table, subscriber, sample: 8 });
      findings = [...audited, ...left, ...judge(history)];
    }
  } finally {
    for (const client of [reliable, ...workers]) client.destroy();
  }
  const statuses = new Map<string, number>();
  for (const { counts } of workers)
    for (const [status, count] of counts) statuses.set(status, (statuses.get(status) ?? 0) + count);
  return {
    seed,
    operations: done,
    statuses,
    faults: workers.reduce((sum, { faults }) => sum + faults(), 0),
    cleanUps,
    seconds: (performance.now() - began) / 1000,
    findings,
    trace: traceOf(history, findings),
  };
};
