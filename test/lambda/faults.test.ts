/**
 * The functions while the table is at fault: status, seconds and calls of each request, which docs/faults.md shows.
 * `WRITE_FAULTS=1 npx vitest run test/lambda/faults.test.ts` writes that page.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { seedDirectory } from '../../bench/scale/seed.ts';
import { inParallel } from '../../lib/common/parallel.ts';
import { group, operations, user } from '../support/local-run.ts';
import { type Passed, type Passing, useProxy } from '../support/proxy.ts';
import { useStreamlessRun } from '../support/streamless-run.ts';

const PAGE = 'docs/faults.md';
const MEMBERS = 120;
/** The bound, and the time that a loaded machine takes besides. */
const [MOST_SECONDS, SLACK_SECONDS] = [8, 6];
const MOST_CALLS = 60;

const TARGET = 'DynamoDB_20120810.';
const isRead = ({ target = '' }: Passing) => /\.(GetItem|BatchGetItem|Query)$/.test(target);
const failure = (status: number, type: string, more: object = {}): Passed => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'injected', ...more }),
});
const throttled = ({ target }: Passing): Passed =>
  target === `${TARGET}TransactWriteItems`
    ? failure(400, 'TransactionCanceledException', { CancellationReasons: [{ Code: 'ThrottlingError' }] })
    : failure(400, 'ProvisionedThroughputExceededException');
const never = () => new Promise<Passed>(() => undefined);

/** @returns undefined to forward the call */
type Fault = (call: Passing) => Passed | Promise<Passed> | undefined;
const faults = {
  'throttles reads': (call) => (isRead(call) ? throttled(call) : undefined),
  'throttles writes': (call) => (isRead(call) ? undefined : throttled(call)),
  hangs: never,
  'answers 500': () => failure(500, 'InternalServerError'),
  'denies access': () => failure(400, 'AccessDeniedException'),
  'resets connections': (call) => {
    call.hangUp();
    return never();
  },
} as const satisfies Readonly<Record<string, Fault>>;
type FaultName = keyof typeof faults;
const faultNames = Object.keys(faults) as FaultName[];

type Run = ReturnType<typeof useStreamlessRun>;
type Place = { readonly directory: string; readonly users: readonly string[]; readonly group: string };
type Row = {
  readonly fn: string;
  readonly request: string;
  /** @default 1 */
  readonly users?: number;
  readonly send: (run: Run, place: Place) => ReturnType<Run['ask']>;
};
const ask =
  (method: string, path: (place: Place) => string, body?: (place: Place) => object): Row['send'] =>
  (run, place) =>
    run.ask(method, path(place), { directory: place.directory, body: body?.(place) });
const askAdmin =
  (method: string, path: string, [type, body]: readonly [string?, string?] = []): Row['send'] =>
  (run, { directory }) =>
    run.askAdmin(`/directories/${directory}${path}`, {
      method,
      ...(body === undefined ? {} : { body, headers: { 'content-type': type ?? '' } }),
    });
const members = ({ users }: Place) => users.map((value) => ({ value }));
const aUser = ({ users }: Place) => `/Users/${users[0]}`;
const aGroup = (place: Place) => `/Groups/${place.group}`;
const filter = encodeURIComponent('userName eq "user-0@example.com"');
const ndjson = [user('new-0'), user('new-1')].map((line) => JSON.stringify(line)).join('\n');

const IMPORT = 'import of 2 lines';

const rows: readonly [Row, ...Row[]] = [
  { fn: 'users', request: 'GET of a user', send: ask('GET', aUser) },
  { fn: 'users', request: 'GET, `userName eq`', send: ask('GET', () => `/Users?filter=${filter}`) },
  {
    fn: 'users',
    request: 'POST',
    send: ask(
      'POST',
      () => '/Users',
      () => user('new'),
    ),
  },
  {
    fn: 'users',
    request: 'PATCH, `active` false',
    send: ask('PATCH', aUser, () => operations({ op: 'replace', path: 'active', value: false })),
  },
  { fn: 'users', request: 'DELETE', send: ask('DELETE', aUser) },
  { fn: 'groups', request: 'GET of a group', send: ask('GET', aGroup) },
  {
    fn: 'groups',
    request: `PATCH, ${MEMBERS} members`,
    users: MEMBERS,
    send: ask('PATCH', aGroup, (place) => operations({ op: 'add', path: 'members', value: members(place) })),
  },
  {
    fn: 'groups',
    request: `POST, ${MEMBERS} members`,
    users: MEMBERS,
    send: ask(
      'POST',
      () => '/Groups',
      (place) => group('new', { members: members(place) }),
    ),
  },
  { fn: 'discovery', request: 'GET of /Schemas', send: ask('GET', () => '/Schemas') },
  { fn: 'admin', request: 'GET of a directory', send: askAdmin('GET', '') },
  {
    fn: 'admin',
    request: 'POST of a token',
    send: askAdmin('POST', '/tokens', ['application/json', '{"name":"new"}']),
  },
  { fn: 'admin', request: IMPORT, send: askAdmin('POST', '/import', ['application/x-ndjson', ndjson]) },
  { fn: 'admin', request: 'export of users', send: askAdmin('GET', '/export/Users') },
  {
    fn: 'authorizer',
    request: 'unknown token',
    send: (run, { directory }) => run.ask('GET', `/Users?for=${directory}`, { token: 'scim_1_unknown' }),
  },
];

type Case = { readonly row: Row; readonly fault: FaultName; readonly directory: string };
const cases: readonly Case[] = rows.flatMap((row, r) =>
  faultNames.map((fault, f): Case => ({ row, fault, directory: `case-${r}-${f}-x` })),
);
const directories = cases.map(({ directory }) => directory);
type Measured = { readonly status: number; readonly seconds: number; readonly calls: number };
type Answered = Measured & { readonly retryAfter: string | null; readonly text: string };

const proxy = useProxy(async () => {
  const { hostname, port } = (await run.table().client.config.endpoint?.()) ?? {};
  return `http://${hostname}:${port}`;
});
const run: Run = useStreamlessRun(directories as [string, ...string[]], { endpoint: proxy.origin });

/** By directory: the case under way, and the calls that it has made. */
const underWay = new Map<string, { readonly fault: Fault; calls: number }>();
/** Every key of a directory begins with its id. */
const caseOf = ({ body }: Passing) => underWay.get(/case-\d+-\d+-x/.exec(body)?.[0] ?? '');

const prepare = async ({ row, directory }: Case): Promise<Place> => {
  const seed = { directory, users: row.users ?? 1, members: row.users === undefined ? 1 : 0, progress: () => {} };
  const { userIds, groupId } = await seedDirectory(run.table(), seed);
  return { directory, users: userIds, group: groupId };
};
/** Fills the caches of the function, so that the fault hits the work itself. */
const warm = async ({ row: { fn }, directory }: Case) => {
  if (fn !== 'users' && fn !== 'groups') return;
  const { status } = await run.ask('GET', fn === 'users' ? '/Users?count=0' : '/Groups?count=0', { directory });
  expect(status).toBe(200);
};

const measure = async ({ row, fault, directory }: Case, place: Place): Promise<Answered> => {
  const state = { fault: faults[fault], calls: 0 };
  underWay.set(directory, state);
  const began = performance.now();
  const { status, headers, text } = await row.send(run, place);
  const seconds = (performance.now() - began) / 1000;
  return { status, seconds, calls: state.calls, retryAfter: headers.get('retry-after'), text };
};

const results = new Map<Case, Answered>();
const resultOf = (one: Case): Answered => {
  const result = results.get(one);
  if (result === undefined) throw new Error('not measured');
  return result;
};

beforeAll(async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  proxy.meddle(async (call, forward) => {
    const state = caseOf(call);
    if (state === undefined) return forward();
    state.calls += 1;
    return state.fault(call) ?? forward();
  });
  const places = await inParallel(cases, prepare);
  await inParallel(cases, warm);
  await Promise.all(
    cases.map(async (one, i) =>
      results.set(one, await measure(one, places[i] ?? { directory: '', users: [], group: '' })),
    ),
  );
});
afterAll(() => vi.restoreAllMocks());

const caseAt = (row: Row, fault: FaultName): Case => {
  const found = cases.find((one) => one.row === row && one.fault === fault);
  if (found === undefined) throw new Error('no such case');
  return found;
};

describe.each(rows)('$fn, $request', (row) => {
  test.each(faultNames)('while the table %s, it ends within 8 seconds, and says when to repeat it', (fault) => {
    const { status, seconds, calls, retryAfter } = resultOf(caseAt(row, fault));
    expect(seconds).toBeLessThan(MOST_SECONDS + SLACK_SECONDS);
    expect(calls).toBeLessThanOrEqual(MOST_CALLS);
    if (status >= 400 && status !== 401) {
      expect([429, 503]).toContain(status);
      expect(retryAfter).toMatch(/^[1-9]\d*$/);
    }
  });
});

test('an import leaves the lines that it could not write to a repetition, and refuses none', () => {
  const row = rows.find(({ request }) => request === IMPORT);
  const { text } = resultOf(caseAt(row ?? rows[0], 'throttles writes'));
  const { results: lines } = z.object({ results: z.array(z.object({ outcome: z.string() })) }).parse(JSON.parse(text));
  expect(lines.map(({ outcome }) => outcome)).toEqual(['unfinished', 'unfinished']);
});

const toCell = ({ status, seconds, calls }: Measured) => `${status}, ${Math.ceil(seconds)} s, ${calls}`;
const toLine = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
const toTable = (): string =>
  [
    toLine(['function', 'request', ...faultNames.map((fault) => `the table ${fault}`)]),
    toLine(['function', 'request', ...faultNames].map(() => '---')),
    ...rows.map((row) => {
      const measured = faultNames.map((fault) => toCell(resultOf(caseAt(row, fault))));
      return toLine([row.fn, row.request, ...measured]);
    }),
  ].join('\n');

const TABLE = /^\|.*(\n\|.*)*$/m;
const CELL = /(\d{3}), (\d+) s, (\d+)/g;
const statusesIn = (table: string) => table.replaceAll(CELL, '$1').replaceAll(/-+/g, '---');
const callsIn = (table: string) => [...table.matchAll(CELL)].map(([, , , calls]) => Number(calls));

test('docs/faults.md shows these statuses, and about as many calls', () => {
  const page = readFileSync(PAGE, 'utf8');
  if (process.env.WRITE_FAULTS === '1') writeFileSync(PAGE, page.replace(TABLE, toTable()));
  const [shown = ''] = TABLE.exec(readFileSync(PAGE, 'utf8')) ?? [];
  const measured = toTable();
  expect(statusesIn(shown)).toBe(statusesIn(measured));
  const most = callsIn(shown).map((calls) => 3 * calls + 5);
  for (const [i, calls] of callsIn(measured).entries()) expect(calls).toBeLessThanOrEqual(most[i] ?? 0);
});
