/** Runs test files in a copy of the project, in a process of its own. */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import * as z from 'zod';

/** No single test takes that long, so a run without output hangs. */
const SILENCE_MS = 180_000;

const Report = z.object({
  testResults: z.array(z.object({ name: z.string(), status: z.string(), startTime: z.number(), endTime: z.number() })),
});

export type Outcome = {
  /** The file that failed, or `no output` and the like; undefined if all passed. */
  readonly failed: string | undefined;
  readonly seconds: ReadonlyMap<string, number>;
};

/** Copies the project's files, without those that Git ignores, into a temporary folder. */
export const copyProject = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-mutants-'));
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' });
  for (const file of listed.split('\n').filter((name) => name !== '' && existsSync(name))) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    cpSync(file, join(folder, file));
  }
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  return folder;
};

/** Ends the process and the engines that it started. */
const endGroup = (pid: number | undefined): void => {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
};

/** @returns whether the run ended; false if it was silent for too long */
const runVitest = (folder: string, tests: readonly string[]): Promise<boolean> =>
  new Promise((done, fail) => {
    const args = ['run', '--config', 'test/mutants/vitest.config.ts', '--reporter=verbose', '--reporter=json'];
    const child = spawn('node', ['node_modules/vitest/vitest.mjs', ...args, '--outputFile.json=report.json'], {
      cwd: folder,
      detached: true,
      env: { ...process.env, MUTANT_TESTS: JSON.stringify(tests) },
    });
    let silent = false;
    const end = () => {
      silent = true;
      endGroup(child.pid);
    };
    let timer = setTimeout(end, SILENCE_MS);
    const restart = () => {
      clearTimeout(timer);
      timer = setTimeout(end, SILENCE_MS);
    };
    child.stdout.on('data', restart);
    child.stderr.on('data', restart);
    child.on('error', fail);
    child.on('close', () => {
      clearTimeout(timer);
      endGroup(child.pid);
      done(!silent);
    });
  });

/** Runs the files in order until one fails. */
export const runTests = async (folder: string, tests: readonly string[]): Promise<Outcome> => {
  const file = join(folder, 'report.json');
  rmSync(file, { force: true });
  const ended = await runVitest(folder, tests);
  if (!ended) return { failed: `no output for ${SILENCE_MS / 1000} seconds`, seconds: new Map() };
  if (!existsSync(file)) return { failed: 'no report', seconds: new Map() };
  const { testResults } = Report.parse(JSON.parse(readFileSync(file, 'utf8')));
  const named = testResults.map((result) => ({ ...result, test: relative(folder, result.name) }));
  const failed = named.find(({ status }) => status === 'failed')?.test;
  const seconds = new Map(named.map(({ test, startTime, endTime }) => [test, (endTime - startTime) / 1000] as const));
  return { failed: failed ?? (seconds.size < tests.length ? 'an incomplete run' : undefined), seconds };
};
