/** Instructions of the users function: load with the first answer, and a later invocation, SDK included. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as infra from '../../lib/infra/bundle.ts';
import type { Bench, BenchOptions, Row } from '../bench.ts';
import { type Counter, findCounter } from '../instructions.ts';
import { medianOf } from '../interleave.ts';
import {
  functionEnvironment,
  INVOKE,
  type Plan,
  readInvoked,
  record,
  type ToRequest,
  writePlan,
} from '../recordings.ts';
import { ENTERPRISE_URN, PATCH_OP_URN } from '../urns.ts';

const requests: Readonly<Record<string, ToRequest>> = {
  GET: (id) => ({ method: 'GET', path: `/v2/Users/${id}` }),
  filter: () => ({ method: 'GET', path: '/v2/Users', query: { filter: 'userName eq "user1@example.com"' } }),
  PATCH: (id) => ({
    method: 'PATCH',
    path: `/v2/Users/${id}`,
    body: {
      schemas: [PATCH_OP_URN],
      Operations: [
        { op: 'Replace', path: 'emails[type eq "work"].value', value: 'ann.b@example.com' },
        { op: 'Replace', path: 'name.familyName', value: 'brown' },
        { op: 'Add', path: `${ENTERPRISE_URN}:department`, value: 'board' },
        { op: 'Add', path: 'nickName', value: 'annie' },
        { op: 'Replace', path: 'active', value: 'False' },
      ],
    },
  }),
};

const FIRST_BAR = { atMost: 0.85 };
const EXCESS_BAR = { atMost: 0.8 };
/** Invocations before and while a later one is measured. */
const [WARM_UP, WARM] = [400, 400];

const OURS = 'rollcall';
const BASELINE = 'baseline';
const clientOf = (build: string) => `bare client for ${build}`;

/** On one thread, with fixed seeds: collections and compilations happen at the same time in each run. */
const DETERMINISTIC = ['--single-threaded', '--predictable', '--hash-seed=42', '--random-seed=42'];

type Measured = { readonly first: number; readonly warm: number };
type Sides = ReadonlyMap<string, string>;

const measurePlan = ({ count, rounds }: Counter, plan: string): Measured => {
  const once = (times: number) => {
    const command = [process.execPath, ...DETERMINISTIC, INVOKE, plan, String(times)];
    return count(command, functionEnvironment).millions;
  };
  const median = (times: number) => medianOf(Array.from({ length: rounds }, () => once(times)));
  const before = median(0);
  return { first: median(1) - before, warm: (median(WARM_UP + WARM) - median(WARM_UP)) / WARM };
};

/** @returns the calls of an invocation, as the bare client repeats them */
const callsOf = (counter: Counter, plan: string, times: number) => {
  const { output } = counter.count([process.execPath, INVOKE, plan, String(times)], functionEnvironment);
  return readInvoked(output).calls.map(({ target, body }) => ({
    operation: target.replace(/^.*\./, ''),
    input: JSON.parse(body),
  }));
};

/** Bundles a build and writes the plans of its requests and of the bare client. @returns files by contestant and request */
const prepare = async (counter: Counter, name: string, build: typeof infra, folder: string) => {
  const bundles = { admin: join(folder, `${name}-admin.cjs`), users: join(folder, `${name}-users.cjs`) };
  build.bundleFunction('admin', bundles.admin);
  build.bundleFunction('users', bundles.users);
  const bare = join(folder, 'bare.cjs');
  infra.bundle(fileURLToPath(new URL('../bare-calls.ts', import.meta.url)), bare, { alias: {} });
  const plans = new Map<string, string>();
  for (const [request, { event, replies }] of await record(bundles, requests, folder)) {
    const write = (side: string, plan: Omit<Plan, 'replies'>) => {
      const file = writePlan(join(folder, `${side}-${request}.json`), { ...plan, replies });
      plans.set(`${side} ${request}`, file);
      return file;
    };
    const plan = write(name, { bundle: bundles.users, first: event, later: event });
    const [first, later] = [callsOf(counter, plan, 1), callsOf(counter, plan, 2)];
    write(clientOf(name), { bundle: bare, first, later });
  }
  return plans;
};

const toRows = (request: string, sides: ReadonlyMap<string, Measured>): readonly Row[] => {
  const of = (side: string) => sides.get(side) ?? { first: Number.NaN, warm: Number.NaN };
  const excessOf = (build: string) => of(build).warm - of(clientOf(build)).warm;
  const ours = of(OURS);
  const rows: Row[] = [];
  for (const [side, { first, warm }] of sides) {
    rows.push({ what: `${request}, ${side}: load and first answer`, value: first, unit: 'M instructions' });
    rows.push({ what: `${request}, ${side}: a later invocation`, value: warm, unit: 'M instructions' });
  }
  const bare = of(clientOf(OURS));
  rows.push({ what: `${request}: load and first answer / bare client`, value: ours.first / bare.first, unit: 'x' });
  rows.push({ what: `${request}: a later invocation / bare client`, value: ours.warm / bare.warm, unit: 'x' });
  if (!sides.has(BASELINE)) return rows;
  const first = ours.first / of(BASELINE).first;
  const excess = excessOf(OURS) / excessOf(BASELINE);
  return [
    ...rows,
    { what: `${request}: load and first answer / baseline`, value: first, unit: 'x', bar: FIRST_BAR },
    {
      what: `${request}: a later invocation beyond the bare client / baseline`,
      value: excess,
      unit: 'x',
      bar: EXCESS_BAR,
    },
  ];
};

const run = async ({ baseline }: BenchOptions): Promise<readonly Row[]> => {
  const counter = findCounter();
  if (counter === undefined) {
    console.log('Skipped: neither perf nor valgrind counts instructions on this machine.');
    return [];
  }
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-bench-'));
  try {
    const builds = new Map<string, typeof infra>([[OURS, infra]]);
    if (baseline !== undefined)
      builds.set(BASELINE, await import(pathToFileURL(join(resolve(baseline), 'lib/infra/bundle.ts')).href));
    const plans: Sides[] = [];
    for (const [name, build] of builds) plans.push(await prepare(counter, name, build, folder));
    return Object.keys(requests).flatMap((request) => {
      const sides = new Map<string, Measured>();
      for (const build of builds.keys())
        for (const side of [build, clientOf(build)]) {
          const plan = plans.map((some) => some.get(`${side} ${request}`)).find((file) => file !== undefined);
          if (plan !== undefined) sides.set(side, measurePlan(counter, plan));
        }
      return toRows(request, sides);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
};

export const bench: Bench = {
  title: 'Instructions of the users function: load with the first answer, and a later invocation, without the network',
  run,
};
