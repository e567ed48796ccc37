/** `npm run bench:local`: measures `npm start` as a developer feels it, beside another checkout and two peers. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { isMissed, type Row, toText, toValueText } from '../bench.ts';
import { installRivals } from '../install-rivals.ts';
import { readMachine, toMachineText } from '../machine.ts';
import type { Server } from '../scale/client.ts';
import { addRecords, copyFolder, dropIndex } from './folders.ts';
import { type Contestant, fill, type Measured, measureGroup, measureRates, OPERATIONS, POST } from './operations.ts';
import { BASELINE, OURS, toMarkdown, toPeerRows, toRows } from './report.ts';
import { OWN_CHECKOUT, peers, type Running, startRollcall } from './servers.ts';

const USAGE = `npm run bench:local -- [--users N,N] [--simulate N] [--baseline DIR] [--alone] [--json FILE] [--markdown FILE]

  --users N,N      users in the directory before measuring (default: 2000)
  --simulate N     users of the simulated identity provider (default: 100)
  --baseline DIR   also measure another checkout, for example a worktree of an earlier release with node_modules; its
                   data is the same, without the index
  --alone          skip the peers, which need the npm registry and PyPI once
  --json FILE      also write the rows as JSON
  --markdown FILE  also write them as a table

Exits with 1 if a bar is missed.
`;

/** Small enough that the users do not matter, only the stream records. */
const FLAT_USERS = 100;
const [FEW_RECORDS, MANY_RECORDS] = [1000, 100_000];

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '2000' },
    simulate: { type: 'string', default: '100' },
    baseline: { type: 'string' },
    alone: { type: 'boolean', default: false },
    json: { type: 'string' },
    markdown: { type: 'string' },
    help: { type: 'boolean' },
  },
});

const workFolder = mkdtempSync(join(tmpdir(), 'rollcall-bench-'));
const running: Running['child'][] = [];
const stopAll = async () => {
  for (const child of running.splice(0)) await child.stop();
};
const started = <R extends Running>(run: R): R => {
  running.push(run.child);
  return run;
};

/** Creates a data folder with users, filled by this checkout. @returns it, and the ids */
const fillFolder = async (users: number) => {
  const folder = join(workFolder, `filled-${users}`);
  const { server } = started(await startRollcall(OWN_CHECKOUT, folder));
  const { ids } = await fill(OURS, server, users);
  await stopAll();
  return { folder, ids };
};

const simulate = async ({ baseUrl, token }: Server, users: number): Promise<number> => {
  const args = ['--import', 'tsx', 'bin/scim.ts', 'simulate', '--idp', 'entra', '--seed', 'bench', '--json'];
  const start = performance.now();
  await promisify(execFile)(
    process.execPath,
    [...args, '--users', String(users), '--groups', '10', '--url', baseUrl, '--token', token],
    { cwd: OWN_CHECKOUT, maxBuffer: 64 * 1024 * 1024 },
  );
  return (performance.now() - start) / 1000;
};

const measureAt = async (users: number): Promise<readonly Row[]> => {
  const { folder, ids } = await fillFolder(users);
  const sides = [{ name: OURS, checkout: OWN_CHECKOUT }];
  if (values.baseline !== undefined) sides.push({ name: BASELINE, checkout: resolve(values.baseline) });
  const contestants: (Contestant & { readonly empty: Server })[] = [];
  for (const { name, checkout } of sides) {
    const copy = copyFolder(folder, `${folder}-${name}`);
    if (name === BASELINE) dropIndex(copy);
    const { server, empty } = started(await startRollcall(checkout, copy));
    contestants.push({ name, server, empty, ids });
  }
  const measured: Measured[] = [];
  for (const operation of OPERATIONS) measured.push(await measureRates(operation, contestants));
  if (users >= 1000) measured.push(...(await measureGroup(contestants)));
  const rows = measured.flatMap((one) => toRows(one, users));
  const simulated = Number(values.simulate);
  const seconds = new Map<string, number>();
  for (const { name, empty } of contestants) seconds.set(name, await simulate(empty, simulated));
  await stopAll();
  return [...rows, ...toRows({ what: 'simulate --idp entra', unit: 's', values: seconds }, simulated)];
};

/** Compares writes of two runs that differ only in the number of stream records ever written. */
const measureFlatness = async (): Promise<readonly Row[]> => {
  const { folder, ids } = await fillFolder(FLAT_USERS);
  const contestants: Contestant[] = [];
  for (const records of [FEW_RECORDS, MANY_RECORDS]) {
    const copy = copyFolder(folder, `${folder}-${records}`);
    addRecords(copy, records);
    const { server } = started(await startRollcall(OWN_CHECKOUT, copy));
    contestants.push({ name: `${records.toLocaleString('en-US')} records`, server, ids });
  }
  const { what, values: rates } = await measureRates(POST, contestants);
  await stopAll();
  const [few = Number.NaN, many = Number.NaN] = rates.values();
  return [
    ...[...rates].map(([name, value]): Row => ({ what: `${what}: ${name}`, value, unit: 'requests/s' })),
    { what: `${what}: 1,000 / 100,000 records`, value: few / many, unit: 'x', bar: { atMost: 1.3 } },
  ];
};

const measurePeers = async (users: number): Promise<readonly Row[]> => {
  const contestants = [await fill(OURS, started(await startRollcall(OWN_CHECKOUT, undefined)).server, users)];
  for (const [name, start] of Object.entries(peers)) {
    try {
      contestants.push(await fill(name, started(await start()).server, users));
    } catch (error) {
      console.error(`Skipped ${name}: ${error instanceof Error ? error.message : error}`);
    }
  }
  const measured: Measured[] = [];
  for (const operation of OPERATIONS) measured.push(await measureRates(operation, contestants));
  await stopAll();
  return measured.flatMap((one) => toPeerRows(one, users));
};

const run = async () => {
  console.log(toMachineText(readMachine()));
  const rows: Row[] = [];
  const add = (more: readonly Row[]) => {
    rows.push(...more);
    console.log(`\n${toText(more)}`);
  };
  add(await measureFlatness());
  const sizes = values.users.split(',').map(Number);
  for (const users of sizes) add(await measureAt(users));
  if (!values.alone) {
    installRivals();
    add(await measurePeers(Math.min(2000, ...sizes)));
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
  if (values.markdown !== undefined) writeFileSync(values.markdown, toMarkdown(rows, toValueText));
  const missed = rows.filter(isMissed);
  console.log(missed.length === 0 ? '\nAll bars are met.' : `\n${missed.length} missed.`);
  process.exitCode = missed.length === 0 ? 0 : 1;
};

if (values.help === true) console.log(USAGE);
else
  try {
    await run();
  } finally {
    await stopAll();
    rmSync(workFolder, { recursive: true, force: true });
  }
