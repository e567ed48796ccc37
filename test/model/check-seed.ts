/** One run of a model check: clients at work at once on one table, and after every round everything is looked at. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createRandom, type Random } from '../fuzz/random.ts';
import { seeResource } from './answers.ts';
import { openSubscriber } from './events.ts';
import { CALM, planFor } from './faults.ts';
import { makeGroup, makeSmallGroup } from './group-operations.ts';
import { createHistory, type History } from './history.ts';
import { judge } from './judge.ts';
import { createModelClient, type ModelClient } from './model-client.ts';
import { pickDirectory, pickOperation } from './operations.ts';
import { readOwnWrite } from './read-operations.ts';
import { settle, sweepAt } from './settle.ts';
import { makeUser } from './user-operations.ts';
import { addressList, type Directory, EVERYONE, openDirectory, type World } from './world.ts';

export type Run = {
  readonly seed: number;
  readonly operations: number;
  readonly clients: number;
  readonly size: {
    /** Users of the large directory at the beginning. */
    readonly users: number;
    /** Groups that the first of them is in: one of those whom everybody contends for. */
    readonly crowd: number;
    /** Names that are fought over. */
    readonly names: number;
  };
  readonly onProgress?: (done: number) => void;
};
export type Report = {
  readonly seed: number;
  readonly operations: number;
  /** Requests by status, `killed` among them. */
  readonly statuses: ReadonlyMap<string, number>;
  readonly faults: number;
  readonly sweeps: number;
  readonly seconds: number;
  /** What cannot have been, one line each. */
  readonly findings: readonly string[];
  /** What was done to the resources that the findings name, in the order of its beginning. */
  readonly trace: readonly string[];
};

export const FULL_SIZE: Run['size'] = { users: 140, crowd: 98, names: 40 };

const OPERATIONS_PER_ROUND = 250;
/** One sweeper run for so many operations, while the others work. */
const SWEEP_ONCE_IN = 60;
const LATENCY_MS = 6;

/** The group that every new user joins is made with the first of them. */
const openEveryone = async (world: World, calm: ModelClient, directory: Directory) => {
  const { history } = calm;
  const { id } = directory.settings;
  const mark = `${EVERYONE} ${id}`;
  const effect = history.begin(mark, history.tick());
  await makeUser(world, directory, calm);
  effect.end = history.tick();
  effect.outcome = 'done';
  const values = { displayName: JSON.stringify(EVERYONE), externalId: 'null' };
  const [first] = directory.users;
  // The first user joined it too.
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
  const answer = await calm.ask(directory, { method: 'GET', path: ['Groups'] });
  const resources = Array.isArray(answer.body?.Resources) ? answer.body.Resources : [];
  for (const body of resources)
    directory.everyone = seeResource(history, body, {
      directory,
      span: answer,
      withMembers: true,
      withGroups: true,
    }).id;
};

const fill = async (world: World, calm: ModelClient, { users, crowd }: Run['size']) => {
  const [, second, joining] = world.directories;
  const many = async (count: number, work: (index: number) => Promise<unknown>) => {
    for (let at = 0; at < count; at += 8)
      await Promise.all(Array.from({ length: Math.min(8, count - at) }, (_, i) => work(at + i)));
  };
  const userName = (index: number) => ({ userName: `first-${index}@a.example` });
  await many(2, (i) => makeUser(world, world.main, calm, { ...userName(i), emails: addressList(i) }));
  await many(users, (i) => makeUser(world, world.main, calm, userName(i + 2)));
  await many(6, () => makeSmallGroup(world, world.main, calm));
  const member = world.main.users[0]?.id ?? '';
  await many(crowd, (i) =>
    makeGroup(world, world.main, calm, { members: [{ value: member }], displayName: `Crowd ${i}` }),
  );
  if (second !== undefined) await many(10, (i) => makeUser(world, second, calm, userName(i)));
  if (second !== undefined) await many(3, () => makeSmallGroup(world, second, calm));
  if (joining !== undefined) await openEveryone(world, calm, joining);
};

/** Of the clients, each does one operation after the other until none is left. */
const workThrough = async (
  world: World,
  clients: readonly ModelClient[],
  { count, onDone }: { count: number; onDone: () => void },
) => {
  let left = count;
  let sweeps = 0;
  const work = async (client: ModelClient) => {
    while (left > 0) {
      left -= 1;
      if (client.random.once(SWEEP_ONCE_IN)) {
        sweeps += 1;
        client.begin();
        await sweepAt(client.options, 0).catch(() => undefined);
      }
      await pickOperation(client.random)(world, pickDirectory(world, client.random), client);
      await readOwnWrite(client);
      onDone();
    }
  };
  await Promise.all(clients.map(work));
  return sweeps;
};

/** What happened to whoever is named in the findings. */
const traceOf = ({ chronicles, creations }: History, findings: readonly string[]): string[] => {
  const named = new Set(findings.join(' ').match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? []);
  const lines = [...named].flatMap((id) => {
    const chronicle = chronicles.get(id);
    const creation = [...creations.values()].find((one) => one.id === id);
    const effects = [
      ...(creation === undefined ? [] : [{ effect: creation.attributes.effect, said: creation.attributes.values }]),
      ...(chronicle?.attributes ?? []).map(({ effect, values }) => ({ effect, said: values })),
      ...(chronicle?.members ?? []).map(({ effect, replace, add, remove }) => ({
        effect,
        said: {
          replace,
          add: [...add].filter(([one]) => named.has(one)),
          remove: [...remove].filter((one) => named.has(one)),
        },
      })),
      ...(chronicle?.deletions ?? []).map((effect) => ({ effect, said: {} })),
    ];
    return effects.map(({ effect, said }) => ({
      at: effect.start,
      line: `${effect.start}-${effect.end} ${effect.what}: ${effect.outcome} ${effect.version ?? ''} ${JSON.stringify(said).slice(0, 300)}`,
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
 * @param table every seed has directories of its own in it; with a stream, its events are looked at too
 * @returns with what was found in the first round that something was found in
 */
export const checkSeed = async (
  table: { readonly client: DynamoDBClient; readonly tableName: string },
  { seed, operations, clients, size, onProgress = () => undefined }: Run,
): Promise<Report> => {
  const began = performance.now();
  const history = createHistory();
  const world = openWorld(seed, size);
  const open = (random: Random, isCalm: boolean) =>
    createModelClient(table, {
      history,
      random,
      plan: isCalm ? () => CALM : planFor,
      latency: isCalm ? 0 : LATENCY_MS,
    });
  const calm = open(createRandom(seed * 1000), true);
  const workers = Array.from({ length: clients }, (_, i) => open(createRandom(seed * 1000 + i + 1), false));
  const [faulty = calm] = workers;
  const subscriber = await openSubscriber(table);
  let [done, sweeps] = [0, 0];
  let findings: string[] = [];
  try {
    await fill(world, calm, size);
    while (done < operations && findings.length === 0) {
      const count = Math.min(OPERATIONS_PER_ROUND, operations - done);
      const onDone = () => onProgress(++done);
      sweeps += 2 + (await workThrough(world, workers, { count, onDone }));
      const left = await settle(world, { calm, faulty, options: table, subscriber, sample: 8 });
      findings = [...left, ...judge(history)];
    }
  } finally {
    for (const client of [calm, ...workers]) client.destroy();
  }
  const statuses = new Map<string, number>();
  for (const { counts } of workers)
    for (const [status, count] of counts) statuses.set(status, (statuses.get(status) ?? 0) + count);
  return {
    seed,
    operations: done,
    statuses,
    faults: workers.reduce((sum, { faults }) => sum + faults(), 0),
    sweeps,
    seconds: (performance.now() - began) / 1000,
    findings,
    trace: traceOf(history, findings),
  };
};
