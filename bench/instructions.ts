/** Counts the user-mode instructions of a process, which other load on the machine changes less than its times. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

type Tool = {
  readonly name: string;
  /** Processes to count for one figure, of which the median is taken. */
  readonly rounds: number;
  /** The command that precedes the counted one. */
  readonly command: (report: string) => readonly string[];
  /** Finds the count in the tool's report. */
  readonly pattern: RegExp;
};

const tools: readonly Tool[] = [
  {
    name: 'perf',
    rounds: 11,
    command: (report) => ['perf', 'stat', '--field-separator', ';', '--event', 'instructions:u', '--output', report],
    pattern: /^(\d+);.*instructions:u/m,
  },
  // For virtual machines without performance counters. A process takes about 40 times as long, and its count is stable.
  {
    name: 'valgrind',
    rounds: 1,
    command: (report) => [
      'valgrind',
      '--tool=cachegrind',
      '--cache-sim=no',
      '--cachegrind-out-file=/dev/null',
      `--log-file=${report}`,
    ],
    pattern: /I +refs: +([\d,]+)/,
  },
];

export type Counter = Pick<Tool, 'name' | 'rounds'> & {
  /** Runs a command to its end. @returns its instructions in millions, and its standard output */
  readonly count: (command: readonly string[], environment: Readonly<Record<string, string>>) => Counted;
};
type Counted = { readonly millions: number; readonly output: string };

const countWith =
  ({ command, pattern }: Tool): Counter['count'] =>
  (counted, env) => {
    const folder = mkdtempSync(join(tmpdir(), 'rollcall-bench-'));
    try {
      const report = join(folder, 'report');
      const [program = '', ...args] = [...command(report), ...counted];
      const output = execFileSync(program, args, { env: { ...env, PATH: process.env.PATH }, encoding: 'utf8' });
      const [, digits] = pattern.exec(readFileSync(report, 'utf8')) ?? [];
      if (digits === undefined) throw new Error(`${program} has counted no instructions`);
      return { millions: Number(digits.replaceAll(',', '')) / 1e6, output };
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

/** @returns the first tool that works on this machine, or undefined */
export const findCounter = (): Counter | undefined => {
  for (const tool of tools) {
    const count = countWith(tool);
    try {
      count(['true'], {});
      return { name: tool.name, rounds: tool.rounds, count };
    } catch {
      // Not installed, or the machine has no counters.
    }
  }
  return undefined;
};
