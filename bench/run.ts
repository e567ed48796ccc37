/** `npm run bench`: runs the benches of `benches/`, prints what they measured, and checks the bars. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { toTextTable } from '../lib/cli/text-table.ts';
import { type Bar, type Bench, isMissed, type Row } from './bench.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const names = readdirSync(`${folder}benches`)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => basename(file, '.ts'))
  .sort();

const USAGE = `npm run bench -- [names] [--check] [--json FILE]

Without names, all of them: ${names.join(', ')}

  --check      exit with 1 when a bar is missed
  --json FILE  write the rows as JSON as well
  --help       print this

The first run installs the libraries to compare with into bench/node_modules.
`;

const readCommandLine = () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { check: { type: 'boolean' }, json: { type: 'string' }, help: { type: 'boolean' } },
  });
  const unknown = positionals.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`There is no bench called ${unknown}, only ${names.join(', ')}.`);
  return { ...values, chosen: positionals.length === 0 ? names : positionals };
};

/** They are no dependencies of the product, so `npm ci` does not bring them. */
const installRivals = () => {
  if (existsSync(`${folder}node_modules/.package-lock.json`)) return;
  console.log('Installing the libraries to compare with into bench/node_modules');
  execFileSync('npm', ['ci', '--prefix', folder, '--no-audit', '--no-fund'], { stdio: 'inherit' });
};

const printBar = (bar: Bar | undefined): string => {
  if (bar === undefined) return '';
  return 'atLeast' in bar ? `at least ${bar.atLeast}` : `at most ${bar.atMost}`;
};
const print = (rows: readonly Row[]): string =>
  toTextTable(
    ['what', 'value', 'unit', 'bar', ''],
    rows.map((row) => [
      row.what,
      row.value.toPrecision(3).includes('e') ? row.value.toFixed(0) : row.value.toPrecision(3),
      row.unit,
      printBar(row.bar),
      row.bar === undefined ? '' : isMissed(row) ? 'MISSED' : 'ok',
    ]),
  );

const runBench = async (name: string) => {
  const { bench } = (await import(`./benches/${name}.ts`)) as { bench: Bench };
  console.log(`\n${name}: ${bench.title}\n`);
  const rows = await bench.run();
  console.log(print(rows));
  return { bench: name, title: bench.title, rows };
};

const run = async ({ chosen, check, json }: ReturnType<typeof readCommandLine>) => {
  installRivals();
  const results = [];
  // One after another: two at once would measure each other.
  for (const name of chosen) results.push(await runBench(name));
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ node: process.version, results }, null, 2)}\n`);
  const missed = results.flatMap(({ rows }) => rows).filter(isMissed);
  console.log(
    missed.length === 0
      ? 'Every bar is reached.'
      : `${missed.length} missed: ${missed.map(({ what }) => what).join('; ')}`,
  );
  if (check === true && missed.length > 0) process.exitCode = 1;
};

try {
  const commandLine = readCommandLine();
  if (commandLine.help === true) console.log(USAGE);
  else await run(commandLine);
} catch (error) {
  console.error(error instanceof Error && 'code' in error === false ? `${error.message}\n\n${USAGE}` : error);
  process.exitCode = 2;
}
