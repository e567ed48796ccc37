/**
 * `npm run bench:deletions`: deletes a user in 1,000 groups, a group of 100,000 members and a whole directory, each
 * without interruption, cut off by its deadline, and killed. Then it scans the table for orphaned items.
 */
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { toTextTable } from '../../lib/cli/text-table.ts';
import { inParallel } from '../../lib/common/parallel.ts';
import { DELETION_STEP_SECONDS, WORK_SECONDS } from '../../lib/lambda/times.ts';
import { startEngine } from '../../lib/local/engine.ts';
import { createTable } from '../../lib/local/table.ts';
import { createServiceProvider, groupType, ScimError, userType } from '../../lib/scim/index.ts';
import { findOrphans, type OrphanReport, toSummary } from '../../lib/store/audit/find-faults.ts';
import { createCleanUp } from '../../lib/store/clean-up.ts';
import { createDirectoryDeletion } from '../../lib/store/directories/delete-directory.ts';
import { createDirectories } from '../../lib/store/directories/directories.ts';
import { DirectorySettings } from '../../lib/store/directories/directory-settings.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import type { TableOptions } from '../../lib/store/table/client.ts';
import { startRequest } from '../../lib/store/table/request-time.ts';
import { watch } from '../../test/store/calls.ts';
import { scopeOf } from '../../test/store/scene.ts';
import { seedDirectory } from './seed.ts';

type Place = {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** Milliseconds since 1970. Calls with extra milliseconds advance it. @default Date.now */
  readonly clock?: () => number;
};
type Watched = ReturnType<typeof watch>;
/** Effort of a deletion until nothing is left. */
export type Deletion = {
  readonly name: string;
  /** Groups of the user, members of the group, users of the directory. */
  readonly size: number;
  /** Status of the first request, or `killed`. */
  readonly answer: string;
  /** Duration of the first request. */
  readonly seconds: number;
  /** Further requests of the same kind. */
  readonly repeats: number;
  readonly sweeps: number;
  readonly calls: number;
  readonly writeUnits: number;
};
/** Interruption of a request: `slow` extra milliseconds per call, or death after a number of `writes`. */
type End = { readonly slow?: number; readonly writes?: number };
type Sizes = {
  readonly groups: number;
  readonly members: number;
  /** Members in deletions that are interrupted. @default a tenth of `members` */
  readonly cutMembers?: number;
  /** Extra milliseconds per call in a deletion that runs out of time. @default 200 */
  readonly slowMs?: number;
  readonly progress?: (what: string) => void;
};

const MINUTE_MS = 60_000;
const MOST_ROUNDS = 1000;
const killed = new Error('killed');

/** @returns options of a store whose calls fail after `writes` writing calls */
const openUntil = (
  { client, tableName, clock = Date.now }: Place,
  { slow = 0, writes = Number.POSITIVE_INFINITY }: End,
  late = 0,
) => {
  let left = writes;
  let spent = late;
  const watched = watch(client, ({ name }) => {
    if (/Write|Update/.test(name)) left -= 1;
    spent += slow;
    return left < 0 ? { error: killed, when: 'before' } : undefined;
  });
  return { watched, options: { client: watched.client, tableName, clock: () => clock() + spent } };
};

type Effort = { calls: number; writeUnits: number };
const countIn = (effort: Effort, { calls, writeUnits, client }: Watched) => {
  effort.calls += calls.length;
  effort.writeUnits += writeUnits();
  client.destroy();
};

/** Runs the cleanup, two minutes later, until it has nothing left to do. @returns the number of runs */
const sweepAll = async (place: Place, effort: Effort, end: End): Promise<number> => {
  for (let sweeps = 1; sweeps < MOST_ROUNDS; sweeps++) {
    const { watched, options } = openUntil(place, end, 2 * MINUTE_MS);
    const { swept, left } = await createCleanUp(options)({ deadline: options.clock() + WORK_SECONDS * 1000 });
    countIn(effort, watched);
    if (left === 0) return swept === 0 ? sweeps - 1 : sweeps;
  }
  throw new Error('the cleanup does not finish');
};

const createDirectory = async (place: Place, id: string): Promise<void> => {
  await createDirectories(place).create(DirectorySettings.parse({ id }));
};

/** Sends one DELETE like a client. @returns the response */
const sendDelete = async ({ clock = Date.now, ...options }: TableOptions, id: string, path: readonly string[]) => {
  const serve = createServiceProvider(({ deadline }) =>
    createStore({ ...options, clock, request: startRequest(deadline) }),
  );
  const caller = {
    directory: { id, mode: 'tolerant', uniqueGroupNames: true },
    actor: { kind: 'provisioning-client', tokenId: 'bench' },
    reason: 'change',
    deadline: clock() + WORK_SECONDS * 1000,
  } as const;
  const request = {
    method: 'DELETE',
    path,
    query: new Map<string, string>(),
    header: () => undefined,
    body: undefined,
    baseUrl: 'https://bench.example/scim/v2',
  };
  return serve(request, caller);
};

type Case = { readonly name: string; readonly size: number; readonly id: string; readonly path: readonly string[] };

/** Deletes a resource, and runs the cleanup that finishes the deletion. */
const deleteOne = async (place: Place, { name, size, id, path }: Case, end: End): Promise<Deletion> => {
  const effort = { calls: 0, writeUnits: 0 };
  const start = performance.now();
  const { watched, options } = openUntil(place, end);
  const answer = await sendDelete(options, id, path).then(
    ({ status, error }) => (error === undefined || error instanceof ScimError ? String(status) : 'killed'),
    () => 'killed',
  );
  countIn(effort, watched);
  const seconds = (performance.now() - start) / 1000;
  const sweeps = await sweepAll(place, effort, end.slow === undefined ? {} : { slow: end.slow });
  return { name, size, answer, seconds, repeats: 0, sweeps, ...effort };
};

const idOf = (what: string, { slow, writes }: End) => `${what}-${slow ? 'slow' : 'fast'}-${writes ?? 'whole'}`;

/** Deletes a user who is a member of `size` groups. */
const deleteUser = async (place: Place, size: number, { name, end }: { name: string; end: End }): Promise<Deletion> => {
  const id = idOf('user', end);
  await createDirectory(place, id);
  const store = createStore(place);
  const user = { id: crypto.randomUUID(), attributes: { userName: 'ann' }, members: [] };
  await store.create(scopeOf(id, userType), user);
  await inParallel(
    Array.from({ length: size }, (_, i) => i),
    (i) => {
      const attributes = { displayName: `group ${i}` };
      return store.create(scopeOf(id, groupType), { id: crypto.randomUUID(), attributes, members: [{ id: user.id }] });
    },
  );
  return deleteOne(place, { name, size, id, path: ['Users', user.id] }, end);
};

const seed = async (place: Place, id: string, size: number) => {
  await createDirectory(place, id);
  return seedDirectory(place, { directory: id, users: size, members: size, progress: () => {} });
};

const deleteGroup = async (
  place: Place,
  size: number,
  { name, end }: { name: string; end: End },
): Promise<Deletion> => {
  const id = idOf('group', end);
  const { groupId } = await seed(place, id, size);
  return deleteOne(place, { name, size, id, path: ['Groups', groupId] }, end);
};

/** Deletes a directory of `size` users, all in one group, in steps like the admin API. */
const deleteDirectory = async (
  place: Place,
  size: number,
  { name, end }: { name: string; end: End },
): Promise<Deletion> => {
  const id = idOf('directory', end);
  await seed(place, id, size);
  const marked = await createDirectories(place).change(id, { kind: 'admin' }, (before) => ({
    ...before,
    status: 'deleting',
    deletedAt: new Date().toISOString(),
  }));
  if (marked === undefined) throw new Error('no directory');
  const effort = { calls: 0, writeUnits: 0 };
  const results: { answer: string; seconds: number }[] = [];
  let late = 0;
  while (results.at(-1)?.answer !== 'deleted') {
    if (results.length === MOST_ROUNDS) throw new Error('the deletion of the directory does not finish');
    const start = performance.now();
    const { watched, options } = openUntil(place, results.length === 0 || end.slow !== undefined ? end : {}, late);
    const step = createDirectoryDeletion({ ...options, settleSeconds: 0 });
    const deadline = options.clock() + DELETION_STEP_SECONDS * 1000;
    const outcome = await step(marked, { deadline }).catch((error: unknown) => {
      if (error !== killed) throw error;
      // The next step has to wait until its lease expires.
      late += MINUTE_MS;
      return 'killed';
    });
    countIn(effort, watched);
    const answer = typeof outcome === 'string' ? outcome : `${outcome.remaining} remain`;
    results.push({ answer, seconds: (performance.now() - start) / 1000 });
  }
  const [first = { answer: '', seconds: 0 }] = results;
  return { name, size, ...first, repeats: results.length - 1, sweeps: 0, ...effort };
};

/** Runs all deletions. @returns the effort of each, and the result of a scan afterwards */
export const measureDeletions = async (
  place: Place,
  { groups, members, cutMembers = Math.ceil(members / 10), slowMs = 200, progress = () => {} }: Sizes,
): Promise<{ readonly deletions: readonly Deletion[]; readonly report: OrphanReport }> => {
  const cut = { slow: slowMs };
  const killing = { writes: 3 };
  const deletions: Deletion[] = [];
  const all = [
    [deleteUser, groups, 'user in groups', {}],
    [deleteUser, groups, 'user in groups, out of time', cut],
    [deleteUser, groups, 'user in groups, killed', killing],
    [deleteGroup, members, 'group with members', {}],
    [deleteGroup, cutMembers, 'group with members, out of time', cut],
    [deleteGroup, cutMembers, 'group with members, killed', killing],
    [deleteDirectory, members, 'directory with users', {}],
    [deleteDirectory, cutMembers, 'directory with users, out of time', cut],
    [deleteDirectory, cutMembers, 'directory with users, killed', { writes: 40 }],
  ] as const;
  for (const [remove, size, name, end] of all) {
    progress(`${name}: ${size}`);
    deletions.push(await remove(place, size, { name, end }));
  }
  progress('scan');
  return { deletions, report: await findOrphans(place) };
};

const USAGE = `npm run bench:deletions -- [--groups N] [--members N] [--json]

Deletes a user in many groups, a group of many members and a directory of many users on the embedded engine: without
interruption, out of time, and killed. Then scans the table. Exits with 1 if items are left.

  --groups N    groups of the user (default: 1000)
  --members N   members of the group and users of the directory (default: 100000; a tenth if interrupted)
  --json        print the figures as JSON

  npm run bench:deletions
  npm run bench:deletions -- --groups 200 --members 10000
`;

const print = (deletions: readonly Deletion[]) => {
  const columns = ['deletion', 'size', 'first response', 'seconds', 'repeats', 'cleanups', 'calls', 'write units'];
  const rows = deletions.map(({ name, size, answer, seconds, repeats, sweeps, calls, writeUnits }) => [
    name,
    size.toLocaleString('en-US'),
    answer,
    seconds.toFixed(1),
    String(repeats),
    String(sweeps),
    calls.toLocaleString('en-US'),
    Math.round(writeUnits).toLocaleString('en-US'),
  ]);
  console.log(toTextTable(columns, rows));
};

const readSize = (name: string, text: string): number => {
  if (!/^[1-9]\d{0,6}$/.test(text))
    throw new Error(`--${name} takes a number from 1 to 9999999, not ${JSON.stringify(text)}`);
  return Number(text);
};

const main = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      groups: { type: 'string', default: '1000' },
      members: { type: 'string', default: '100000' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  // Suppresses a Node version warning of the SDK amid the figures.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  const sizes = { groups: readSize('groups', values.groups), members: readSize('members', values.members) };
  const engine = await startEngine();
  const client = new DynamoDBClient({
    endpoint: engine.endpoint,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const place = { client, tableName: 'rollcall' };
  const start = performance.now();
  const progress = (what: string) => console.error(`${Math.round((performance.now() - start) / 1000)} s: ${what}`);
  await createTable(client, place.tableName, { stream: false });
  const { deletions, report } = await measureDeletions(place, { ...sizes, progress });
  client.destroy();
  await engine.stop();
  if (values.json) console.log(JSON.stringify({ deletions, report }, null, 2));
  else print(deletions);
  for (const line of report.lines) console.log(line);
  console.log(toSummary(report));
  return report.orphans + report.toSweep === 0 ? 0 : 1;
};

if (process.argv[1] === import.meta.filename)
  process.exitCode = await main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    return 2;
  });
