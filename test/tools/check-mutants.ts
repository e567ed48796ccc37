/**
 * `npm run check:mutants`: draws mutants of the store, and runs the nearest tests on each, in a copy of the project.
 * Exit code 0: the tests noticed 90 % or more; 1: fewer; 2: the check could not run. See docs/mutants.md.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { drawMutants, findMutants } from '../mutants/find-mutants.ts';
import { applyMutant, type Mutant } from '../mutants/mutant.ts';
import { listTests, nearestFirst } from '../mutants/nearest.ts';
import { copyProject, runTests } from '../mutants/run-tests.ts';

const USAGE = `npm run check:mutants -- [--seed 1] [--count 100] [--only 3,17] [--jobs 1] [--list] [--json FILE]

  --seed N     seed of the draw, default 1
  --count N    number of mutants, default 100
  --only LIST  only these numbers of the draw
  --jobs N     mutants at the same time, default 1
  --list       only list the drawn mutants
  --json FILE  also write the results as JSON
`;
const SOURCES = 'lib/store';
const BAR = 90;

type Numbered = { readonly number: number; readonly mutant: Mutant };
type Result = Numbered & { readonly killedBy: string | undefined; readonly seconds: number };

const readOptions = () => {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      seed: text,
      count: text,
      only: text,
      jobs: text,
      json: text,
      list: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const whole = (name: 'seed' | 'count' | 'jobs', byDefault: number): number => {
    const given = values[name] ?? String(byDefault);
    if (!/^[1-9]\d{0,6}$/.test(given)) throw new Error(`--${name} must be a positive whole number, not ${given}`);
    return Number(given);
  };
  const only = values.only?.split(',').map(Number);
  return { ...values, seed: whole('seed', 1), count: whole('count', 100), jobs: whole('jobs', 1), only };
};

const toText = ({ number, mutant: { file, line, kind, change } }: Numbered): string =>
  `${String(number).padStart(3)} ${file}:${line} ${kind} ${change}`;

const measureBaseline = async (): Promise<ReadonlyMap<string, number>> => {
  const folder = copyProject();
  try {
    const { failed, seconds } = await runTests(folder, listTests());
    if (failed !== undefined) throw new Error(`without a mutant the tests must pass, but there was: ${failed}`);
    return seconds;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const runMutant = async (folder: string, one: Numbered, tests: readonly string[]): Promise<Result> => {
  const { file } = one.mutant;
  const path = join(folder, file);
  const original = readFileSync(path, 'utf8');
  const start = Date.now();
  writeFileSync(path, applyMutant(original, one.mutant));
  const { failed } = await runTests(folder, tests);
  writeFileSync(path, original);
  const result = { ...one, killedBy: failed, seconds: (Date.now() - start) / 1000 };
  console.log(`${toText(one)} | ${failed ?? 'SURVIVED'} | ${result.seconds.toFixed(1)} s`);
  return result;
};

const runAll = async (drawn: readonly Numbered[], jobs: number): Promise<Result[]> => {
  const baseline = await measureBaseline();
  const sum = [...baseline.values()].reduce((total, time) => total + time, 0);
  console.log(`without a mutant: ${baseline.size} test files pass in ${sum.toFixed(0)} s`);
  const open = [...drawn];
  const results: Result[] = [];
  const work = async () => {
    const folder = copyProject();
    try {
      for (let one = open.shift(); one !== undefined; one = open.shift())
        results.push(await runMutant(folder, one, nearestFirst(one.mutant.file, baseline)));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return results.sort((a, b) => a.number - b.number);
};

const report = (results: readonly Result[], seed: number): number => {
  const survivors = results.filter(({ killedBy }) => killedBy === undefined);
  const percent = (100 * (results.length - survivors.length)) / results.length;
  for (const one of survivors) console.log(`SURVIVED ${toText(one)}`);
  console.log(
    `seed ${seed}: ${results.length - survivors.length} of ${results.length} killed, ${percent.toFixed(1)} %`,
  );
  return percent;
};

const run = async (): Promise<number> => {
  const { seed, count, jobs, only, list, json, help } = readOptions();
  if (help === true) {
    console.log(USAGE);
    return 0;
  }
  const all = findMutants(SOURCES);
  const drawn = drawMutants(all, seed, count)
    .map((mutant, index) => ({ number: index + 1, mutant }))
    .filter(({ number }) => only?.includes(number) ?? true);
  console.log(`${SOURCES}: ${all.length} possible mutants, ${drawn.length} drawn with seed ${seed}`);
  if (list === true) {
    for (const one of drawn) console.log(toText(one));
    return 0;
  }
  const results = await runAll(drawn, jobs);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ seed, results }, null, 2)}\n`);
  return report(results, seed) < BAR ? 1 : 0;
};

process.exitCode = await run().catch((error: unknown) => {
  console.error(error);
  return 2;
});
