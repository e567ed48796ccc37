/**
 * Compares whole HTTP requests with `scimmy` and `scimmy-routers` on express: Rollcall's local stack on the embedded
 * engine, scimmy in memory. Both hold the same data and get the same requests in turns. Figures are reported only if
 * both answer the same.
 */
import { deepStrictEqual } from 'node:assert';
import * as z from 'zod';
import type { Row } from '../bench.ts';
import { type Child, startChild } from '../child.ts';
import { medianOf } from '../interleave.ts';
import { startScimmy } from '../scimmy.ts';
import { ENTERPRISE_URN, GROUP_URN, PATCH_OP_URN, USER_URN } from '../urns.ts';
import { userAttributes } from '../users.ts';
import { ask, readId, readMembers, readPage, type Server, type User } from './client.ts';
import type { Seeded } from './seed.ts';

const PAGE = 100;
/** Few, because a change of a large group takes scimmy about a second, and so does a page. */
const CHANGES = 7;
/** Requests to Rollcall per request to scimmy: they are shorter, so their times vary more. */
const TURNS = 3;
const WARM_UP = 60;

const EVERYBODY = 'Everybody';

export type Filled = Seeded & { readonly directory: string; readonly members: number };
export type Sides = {
  /** URL of the embedded engine. */
  readonly dynamodb: string;
  /** Both hold the users of `users.ts`, all in one group. The small one is unchanged since it was filled. */
  readonly small: Filled;
  readonly large: Filled;
  /** The directory whose group is changed. */
  readonly group: Filled;
};

const Ready = z.object({ baseUrl: z.string(), tokens: z.record(z.string(), z.string()) });
const startRollcall = async ({ dynamodb, small, large, group }: Sides) => {
  const names = [...new Set([small, large, group].map(({ directory }) => directory))];
  const child = await startChild(
    ['--import', 'tsx', 'bench/scale/gateway.ts', '--dynamodb', dynamodb, '--directories', names.join(',')],
    (line) => line.startsWith('{'),
  );
  const { baseUrl, tokens } = Ready.parse(JSON.parse(child.ready));
  return { child, of: ({ directory }: Filled): Server => ({ baseUrl, token: tokens[directory] ?? '' }) };
};

const postGroup = async (server: Server, displayName: string, members: readonly string[]) => {
  const body = { schemas: [GROUP_URN], displayName, members: members.map((value) => ({ value })) };
  return readId((await ask(server, { method: 'POST', path: '/Groups', body })).text);
};

/** Creates the users of the small directory and their group. */
const fillScimmy = async (server: Server, users: number) => {
  const ids: string[] = [];
  for (let i = 0; i < users; i++) {
    const body = { schemas: [USER_URN, ENTERPRISE_URN], ...userAttributes(i) };
    ids.push(readId((await ask(server, { method: 'POST', path: '/Users', body })).text));
  }
  await postGroup(server, EVERYBODY, ids);
};

const getPage = (server: Server, startIndex: number) =>
  ask(server, { method: 'GET', path: `/Users?startIndex=${startIndex}&count=${PAGE}` });

const byName = (users: readonly User[]) =>
  [...users].sort((a, b) => (a.userName < b.userName ? -1 : Number(a.userName > b.userName)));

type Times = Record<'ours' | 'oursLarge' | 'theirs', number[]>;

/**
 * Reads the small directory page by page on both servers, and as many pages of the large one, spread over it.
 * @throws AssertionError if the two servers do not hold the same users, by userName
 */
const timePages = async (sides: Sides, our: Awaited<ReturnType<typeof startRollcall>>, scimmy: Server) => {
  const { small, large } = sides;
  const times: Times = { ours: [], oursLarge: [], theirs: [] };
  const [mine, theirs]: [User[], User[]] = [[], []];
  const size = small.userIds.length;
  // Warm up Rollcall, which has just started; scimmy has already served the POSTs of its users.
  for (let i = 0; i < WARM_UP; i++) await getPage(our.of(i % 2 === 0 ? small : large), 1);
  for (let startIndex = 1; startIndex <= size; startIndex += PAGE) {
    const far = 1 + Math.floor(((startIndex - 1) / size) * large.userIds.length);
    for (let turn = 0; turn < TURNS; turn++) {
      const near = await getPage(our.of(small), startIndex);
      times.ours.push(near.milliseconds);
      if (turn === 0) mine.push(...readPage(near.text).Resources);
      times.oursLarge.push((await getPage(our.of(large), far)).milliseconds);
    }
    const page = await getPage(scimmy, startIndex);
    times.theirs.push(page.milliseconds);
    theirs.push(...readPage(page.text).Resources);
  }
  deepStrictEqual(byName(mine), byName(theirs));
  return times;
};

type GroupOf = { readonly server: Server; readonly id: string };
const compareMembers = async (ours: GroupOf, theirs: GroupOf, members: number) => {
  const read = async ({ server, id }: GroupOf) =>
    readMembers((await ask(server, { method: 'GET', path: `/Groups/${id}` })).text);
  const [mine, others] = [await read(ours), await read(theirs)];
  const missing = [...mine].filter((member) => !others.has(member));
  if (mine.size !== members || others.size !== members || missing.length > 0)
    throw new Error(`the groups have ${mine.size} and ${others.size} members, expected the same ${members}`);
};

const change = async ({ server, id }: GroupOf, operation: object): Promise<number> => {
  const body = { schemas: [PATCH_OP_URN], Operations: [operation] };
  return (await ask(server, { method: 'PATCH', path: `/Groups/${id}`, body })).milliseconds;
};

const timeChanges = async (ours: GroupOf, theirs: GroupOf, ids: readonly string[]) => {
  const sides = { ours, theirs };
  const times = {
    ours: { remove: [] as number[], add: [] as number[] },
    theirs: { remove: [] as number[], add: [] as number[] },
  };
  const inAndOut = async (who: 'ours' | 'theirs', value: string) => {
    times[who].remove.push(await change(sides[who], { op: 'remove', path: `members[value eq "${value}"]` }));
    times[who].add.push(await change(sides[who], { op: 'add', path: 'members', value: [{ value }] }));
  };
  for (let round = 0; round < CHANGES; round++) {
    for (let turn = 0; turn < TURNS; turn++) await inAndOut('ours', ids[(round * TURNS + turn) * 31] ?? '');
    await inAndOut('theirs', ids[round * 31] ?? '');
  }
  return times;
};

const count = (number: number) => number.toLocaleString('en-US');

const pageRows = ({ small, large }: Sides, times: Times): Row[] => {
  const [ours, oursLarge, theirs] = [medianOf(times.ours), medianOf(times.oursLarge), medianOf(times.theirs)];
  const [near, far] = [count(small.userIds.length), count(large.userIds.length)];
  return [
    { what: `page of 100 of ${near} users: Rollcall`, value: ours, unit: 'ms' },
    { what: `page of 100 of ${far} users: Rollcall`, value: oursLarge, unit: 'ms' },
    { what: `page of 100 of ${near} users: scimmy`, value: theirs, unit: 'ms' },
    { what: `scimmy at ${near} / Rollcall at ${near}`, value: theirs / ours, unit: 'x', bar: { atLeast: 20 } },
    { what: `scimmy at ${near} / Rollcall at ${far}`, value: theirs / oursLarge, unit: 'x', bar: { atLeast: 20 } },
    { what: `Rollcall at ${far} / Rollcall at ${near}`, value: oursLarge / ours, unit: 'x', bar: { atMost: 1.5 } },
  ];
};

const changeRows = ({ group }: Sides, times: Awaited<ReturnType<typeof timeChanges>>): Row[] =>
  (['remove', 'add'] as const).flatMap((kind): Row[] => {
    const [ours, theirs] = [medianOf(times.ours[kind]), medianOf(times.theirs[kind])];
    const what = `PATCH group of ${count(group.members)}, ${kind} one`;
    return [
      { what: `${what}: Rollcall`, value: ours, unit: 'ms' },
      { what: `${what}: scimmy`, value: theirs, unit: 'ms' },
      { what: `${what}: scimmy / Rollcall`, value: theirs / ours, unit: 'x', bar: { atLeast: 50 } },
    ];
  });

const compare = async (sides: Sides, our: Awaited<ReturnType<typeof startRollcall>>, scimmy: Server) => {
  const { small, group } = sides;
  await fillScimmy(scimmy, small.userIds.length);
  const pages = await timePages(sides, our, scimmy);
  // scimmy does not check that members exist, so the ids of Rollcall's users will do.
  const ids = group.userIds.slice(0, group.members);
  const mine = { server: our.of(group), id: group.groupId };
  const theirs = { server: scimmy, id: await postGroup(scimmy, 'Large', ids) };
  await compareMembers(mine, theirs, group.members);
  const changes = await timeChanges(mine, theirs, ids);
  await compareMembers(mine, theirs, group.members);
  return [...pageRows(sides, pages), ...changeRows(sides, changes)];
};

/** @throws if the two servers do not hold the same data */
export const compareWithScimmy = async (sides: Sides): Promise<readonly Row[]> => {
  const started: Child[] = [];
  try {
    const our = await startRollcall(sides);
    started.push(our.child);
    const { child, server } = await startScimmy();
    started.push(child);
    return await compare(sides, our, server);
  } finally {
    for (const child of started) await child.stop();
  }
};
