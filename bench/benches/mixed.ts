/**
 * The whole product as `npm start` runs it, including stream and events, under the load of identity providers. Each
 * request starts when it is due, even if earlier ones are still in progress, and is timed from then on.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Bench, Row } from '../bench.ts';
import { startChild } from '../child.ts';
import { readMachine } from '../machine.ts';
import { ask, readId, type SentRequest, type Server } from '../scale/client.ts';
import { ENTERPRISE_URN, GROUP_URN, PATCH_OP_URN, USER_URN } from '../urns.ts';
import { userAttributes } from '../users.ts';

const RATE = 25;
const SECONDS = 30;
const P99_BAR = 600;
const USERS = 300;
const MEMBERS = 150;
const EVENTS_MS = 30_000;

const Ready = z.object({ baseUrl: z.string(), token: z.string(), eventsFile: z.string() });
type Scene = { readonly server: Server; readonly userIds: readonly string[]; readonly groupId: string };

const user = (i: number) => ({ schemas: [USER_URN, ENTERPRISE_URN], ...userAttributes(i) });
const patch = (operation: object) => ({ schemas: [PATCH_OP_URN], Operations: [operation] });
const filter = (text: string) => encodeURIComponent(text);

const fill = async (server: Server): Promise<Scene> => {
  const userIds: string[] = [];
  for (let i = 0; i < USERS; i++)
    userIds.push(readId((await ask(server, { method: 'POST', path: '/Users', body: user(i) })).text));
  const members = userIds.slice(0, MEMBERS).map((value) => ({ value }));
  const body = { schemas: [GROUP_URN], displayName: 'Engineering', members };
  return { server, userIds, groupId: readId((await ask(server, { method: 'POST', path: '/Groups', body })).text) };
};

type Kind = (i: number, scene: Scene) => SentRequest;
const idOf = ({ userIds }: Scene, i: number) => userIds[(i * 7) % userIds.length] ?? '';
const kinds = {
  byUserName: (i) => ({ method: 'GET', path: `/Users?filter=${filter(`userName eq "user${i % USERS}@example.com"`)}` }),
  byEmail: (i) => ({
    method: 'GET',
    path: `/Users?filter=${filter(`emails[type eq "work"].value eq "user${i % USERS}@example.com"`)}`,
  }),
  byDisplayName: () => ({
    method: 'GET',
    path: `/Groups?excludedAttributes=members&filter=${filter('displayName eq "Engineering"')}`,
  }),
  read: (i, scene) => ({ method: 'GET', path: `/Users/${idOf(scene, i)}` }),
  page: (i) => ({ method: 'GET', path: `/Users?startIndex=${1 + ((i * 50) % (USERS - 100))}&count=100` }),
  create: (i) => ({ method: 'POST', path: '/Users', body: user(USERS + i) }),
  rename: (i, scene) => ({
    method: 'PATCH',
    path: `/Users/${idOf(scene, i)}`,
    body: patch({ op: 'replace', path: 'title', value: `Title ${i}` }),
  }),
  deactivate: (i, scene) => ({
    method: 'PATCH',
    path: `/Users/${idOf(scene, i)}`,
    body: patch({ op: 'Replace', path: 'active', value: i % 40 < 20 ? 'False' : 'True' }),
  }),
  join: (i, scene) => ({
    method: 'PATCH',
    path: `/Groups/${scene.groupId}`,
    body: patch({ op: 'add', path: 'members', value: [{ value: idOf(scene, i) }] }),
  }),
  leave: (i, scene) => ({
    method: 'PATCH',
    path: `/Groups/${scene.groupId}`,
    body: patch({ op: 'remove', path: `members[value eq "${idOf(scene, i + 3)}"]` }),
  }),
} as const satisfies Record<string, Kind>;

/** Twenty requests; slightly more than half only read. */
const MIX: readonly (keyof typeof kinds)[] = [
  'byUserName',
  'create',
  'byUserName',
  'join',
  'read',
  'rename',
  'byUserName',
  'byEmail',
  'create',
  'page',
  'byUserName',
  'leave',
  'deactivate',
  'byDisplayName',
  'create',
  'join',
  'byUserName',
  'rename',
  'read',
  'byUserName',
];

/** Sends the load. @returns milliseconds of each request since it was due, sorted, and the failures */
const send = async (scene: Scene) => {
  const times: number[] = [];
  const failures: string[] = [];
  const start = performance.now();
  const one = async (i: number, due: number) => {
    const kind: Kind = kinds[MIX[i % MIX.length] ?? 'read'];
    await ask(scene.server, kind(i, scene)).catch((error: unknown) => failures.push(String(error)));
    times.push(performance.now() - due);
  };
  const running: Promise<void>[] = [];
  for (let i = 0; i < RATE * SECONDS; i++) {
    const due = start + (i * 1000) / RATE;
    await sleep(Math.max(0, due - performance.now()));
    running.push(one(i, due));
  }
  await Promise.all(running);
  const seconds = (performance.now() - start) / 1000;
  return { times: times.sort((a, b) => a - b), failures, seconds };
};

/** @throws if fewer events than created users arrive: then the stream was not part of the measurement */
const awaitEvents = async (file: string, created: number) => {
  const until = performance.now() + EVENTS_MS;
  const count = () => readFileSync(file, 'utf8').split('"detail-type":"user.created"').length - 1;
  while (count() < created) {
    if (performance.now() > until) throw new Error(`${count()} user.created events for ${created} created users`);
    await sleep(200);
  }
};

const run = async (): Promise<readonly Row[]> => {
  const machine = readMachine();
  const options = ['--memory', '--json', '--port', '0'];
  const child = await startChild(['--import', 'tsx', 'bin/dev-server.ts', ...options], (line) => line.startsWith('{'));
  try {
    const { eventsFile, ...server } = Ready.parse(JSON.parse(child.ready));
    const scene = await fill(server);
    const { times, failures, seconds } = await send(scene);
    const created = (RATE * SECONDS * MIX.filter((kind) => kind === 'create').length) / MIX.length;
    if (failures.length === 0) await awaitEvents(eventsFile, USERS + created);
    else console.error(failures.slice(0, 5).join('\n'));
    const quantile = (share: number) => times[Math.floor(share * (times.length - 1))] ?? Number.NaN;
    if (quantile(0.99) > P99_BAR && machine.load > machine.cpus)
      console.log(
        `The load average was ${machine.load.toFixed(1)} on ${machine.cpus} cores before the start: a miss may be due to other processes.\n`,
      );
    return [
      { what: 'answered', value: times.length / seconds, unit: 'requests/s', bar: { atLeast: 0.99 * RATE } },
      { what: 'failed', value: failures.length, unit: 'requests', bar: { atMost: 0 } },
      { what: 'p50', value: quantile(0.5), unit: 'ms' },
      { what: 'p99', value: quantile(0.99), unit: 'ms', bar: { atMost: P99_BAR } },
      { what: 'slowest', value: times.at(-1) ?? Number.NaN, unit: 'ms' },
      { what: 'load average before', value: machine.load, unit: 'processes' },
    ];
  } finally {
    await child.stop();
  }
};

export const bench: Bench = {
  title: `The local stack with its stream, ${RATE} mixed requests a second for ${SECONDS} s: reads, creates, PATCHes of users and of a group`,
  run,
};
