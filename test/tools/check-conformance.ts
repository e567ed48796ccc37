/**
 * `npm run check:conformance [-- --results FILE] [--write]`: checks that each requirement of the RFCs either has passing
 * tests or a reason for having none. Runs the test files that the requirements name, or reads the output of vitest's JSON
 * reporter. `--write` only regenerates docs/conformance.md. Exit code 0: no faults; 1: one line for each fault; 2: the
 * check could not run.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { DOC, renderDoc } from '../conformance/conformance-doc.ts';
import {
  countsOf,
  faultInResults,
  faultsOf,
  type Results,
  readRequirements,
  root,
  testFilesOf,
} from '../conformance/requirements.ts';

const Report = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      assertionResults: z.array(
        z.object({ ancestorTitles: z.array(z.string()), title: z.string(), status: z.string() }),
      ),
    }),
  ),
});

const readResults = (file: string): Results =>
  new Map(
    Report.parse(JSON.parse(readFileSync(file, 'utf8'))).testResults.map(({ name, assertionResults }) => [
      relative(root, name),
      new Map(
        assertionResults.map(({ ancestorTitles, title, status }) => [[...ancestorTitles, title].join(' > '), status]),
      ),
    ]),
  );

/** vitest's output goes to stderr, because stdout is for the faults. */
const runTests = (files: readonly string[], output: string) =>
  new Promise<void>((resolve, reject) => {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const options = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${output}`, ...files];
    const child = spawn(process.execPath, [vitest, ...options], { cwd: root, stdio: ['ignore', 2, 2] });
    // The exit code is redundant: a failed test is a fault of the requirements that name it.
    child.once('error', reject).once('exit', () => resolve());
  });

const loadResults = async (file: string | undefined): Promise<Results> => {
  if (file !== undefined) return readResults(file);
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-conformance-'));
  try {
    const output = join(folder, 'results.json');
    await runTests(testFilesOf(readRequirements()), output);
    return readResults(output);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const check = async (resultsFile: string | undefined): Promise<number> => {
  const requirements = readRequirements();
  const faults = [
    ...faultsOf(requirements, faultInResults(await loadResults(resultsFile))),
    ...(readFileSync(DOC, 'utf8') === renderDoc()
      ? []
      : ['docs/conformance.md is stale: run npm run check:conformance -- --write']),
  ];
  for (const fault of faults) console.log(fault);
  for (const { rfc, tested, not } of countsOf(requirements))
    console.log(
      `RFC ${rfc}: ${tested + not} requirements, ${tested} tested, ${not} not supported or not tested with a reason`,
    );
  return faults.length === 0 ? 0 : 1;
};

try {
  const { values } = parseArgs({ options: { results: { type: 'string' }, write: { type: 'boolean' } } });
  if (values.write === true) writeFileSync(DOC, renderDoc());
  else process.exitCode = await check(values.results);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
