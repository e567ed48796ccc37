/** Runs `npm start` as a process, like a developer or a script. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import * as z from 'zod';
import { programArguments } from '../support/programs.ts';

export const Announced = z.strictObject({
  baseUrl: z.string(),
  token: z.string(),
  directory: z.string(),
  eventsFile: z.string(),
  directories: z.array(z.strictObject({ id: z.string(), token: z.string() })),
});
export type Announced = z.infer<typeof Announced>;
const RunFile = z.object({ baseUrl: z.string(), pid: z.number() });

/** Creates a folder that is removed after the test. */
export const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-start-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};
export const readRunFile = (data: string) => RunFile.parse(JSON.parse(readFileSync(join(data, 'run.json'), 'utf8')));

type ProcessRow = { readonly pid: number; readonly parent: number };
/** Lists all living processes, without zombies. */
const listProcesses = (): ProcessRow[] => {
  const rows = existsSync('/proc/self/stat')
    ? readdirSync('/proc').flatMap((name) => {
        if (!/^\d+$/.test(name)) return [];
        try {
          // `pid (command) state parent ...`, where the command may contain blanks and parentheses
          const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
          const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
          return [[name, parent, state]];
        } catch {
          return []; // it has exited in the meantime
        }
      })
    : spawnSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' })
        .stdout.trim()
        .split('\n')
        .map((line) => line.trim().split(/\s+/));
  return rows
    .filter(([, , state]) => state !== undefined && !state.startsWith('Z'))
    .map(([pid, parent]) => ({ pid: Number(pid), parent: Number(parent) }));
};
const descendants = (of: number, rows = listProcesses()): number[] =>
  rows.filter(({ parent }) => parent === of).flatMap(({ pid }) => [pid, ...descendants(pid, rows)]);

export type Started = {
  /** Of npm, or of node itself; the leader of a process group. */
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly exited: Promise<number | null>;
  /** Ids of the run's processes that are still alive. */
  readonly left: () => number[];
  /** Kills them with SIGKILL, the engine before node. */
  readonly killAll: () => void;
  /** Waits for the line that announces the run. */
  readonly announced: () => Promise<Announced>;
};

export type StartOptions = {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Whether to start through npm. @default true */
  readonly npm?: boolean;
};

const collect = (stream: ChildProcess['stdout']) => {
  let text = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return () => text;
};

export function startRun({ args, env = {}, npm = true }: StartOptions): Started {
  const command = npm
    ? ['npm', 'start', '--', ...args]
    : [process.execPath, ...programArguments('dev-server'), ...args];
  const [file = '', ...rest] = command;
  const child = spawn(file, rest, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const pid = child.pid ?? 0;
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  let processes: number[] = [];
  const left = () => {
    const living = new Set(listProcesses().map((row) => row.pid));
    processes = [...new Set([...processes, pid, ...descendants(pid)])].filter((one) => living.has(one));
    return processes;
  };
  const killAll = () => {
    for (const one of left().toReversed()) {
      try {
        process.kill(one, 'SIGKILL');
      } catch {
        // it has exited in the meantime
      }
    }
  };
  onTestFinished(killAll);
  const announced = async () => {
    for (;;) {
      const line = /^\{.*\}$/m.exec(stdout());
      if (line !== null) {
        left(); // records the run's processes, which cannot be found once their parent has exited
        return Announced.parse(JSON.parse(line[0]));
      }
      const ended = await Promise.race([exited, new Promise<void>((resolve) => setTimeout(resolve, 20))]);
      if (typeof ended === 'number') throw new Error(`the run exited with ${ended}: ${stderr()}`);
    }
  };
  return { pid, stdout, stderr, exited, left, killAll, announced };
}
