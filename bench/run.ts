/** `npm run bench`: runs the benches of `benches/`, prints their measurements, and checks the bars. */
import { readdirSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Bench, type BenchOptions, isMissed, toText } from './bench.ts';
import { installRivals } from './install-rivals.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const names = readdirSync(`${folder}benches`)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => basename(file, '.ts'))
  .sort();

const USAGE = `npm run bench -- [names] [--check] [--json FILE] [--baseline DIR]

Runs the named benches, or all of them: ${names.join(', ')}

  --check         exit with 1 if a bar is missed
  --json FILE     also write the rows as JSON
  --baseline DIR  first-request: compare with another checkout, for example a worktree of 0.1.0 with node_modules
  --help          print this help

The first run installs the libraries to compare with into bench/node_modules.
`;

const readCommandLine = () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      check: { type: 'boolean' },
      json: { type: 'string' },
      baseline: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  const unknown = positionals.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`Unknown bench ${unknown}: expected one of ${names.join(', ')}.`);
  return { ...values, chosen: positionals.length === 0 ? names : positionals };
};

const runBench = async (name: string, options: BenchOptions) => {
  const { bench } = (await import(`./benches/${name}.ts`)) as { bench: Bench };
  console.log(`\n${name}: ${bench.title}\n`);
  const rows = await bench.run(options);
  console.log(toText(rows));
  return { bench: name, title: bench.title, rows };
};

const run = async ({ chosen, check, json, baseline }: ReturnType<typeof readCommandLine>) => {
  installRivals();
  const results = [];
  // Sequentially, because concurrent benches would affect each other's times.
  for (const name of chosen) results.push(await runBench(name, { baseline }));
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ node: process.version, results }, null, 2)}\n`);
  const missed = results.flatMap(({ rows }) => rows).filter(isMissed);
  console.log(
    missed.length === 0 ? 'All bars are met.' : `${missed.length} missed: ${missed.map(({ what }) => what).join('; ')}`,
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
