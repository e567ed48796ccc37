/** `npm start` as a process, as a developer or a script starts it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import * as z from 'zod';

export const Announced = z.strictObject({
  baseUrl: z.string(),
  token: z.string(),
  directory: z.string(),
  eventsFile: z.string(),
  directories: z.array(z.strictObject({ id: z.string(), token: z.string() })),
});
export type Announced = z.infer<typeof Announced>;
const RunFile = z.object({ baseUrl: z.string(), pid: z.number() });

/** A folder of the test's own, removed after it. */
export const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-start-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};
export const readRunFile = (data: string) => RunFile.parse(JSON.parse(readFileSync(join(data, 'run.json'), 'utf8')));

type ProcessRow = { readonly pid: number; readonly parent: number };
/** Every living process; one that is dead and not yet reaped does not count. */
const listProcesses = (): ProcessRow[] => {
  const rows = existsSync('/proc/self/stat')
    ? readdirSync('/proc').flatMap((name) => {
        if (!/^\d+$/.test(name)) return [];
        try {
          // `pid (command) state parent ...`, and a command may hold blanks and brackets
          const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
          const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
          return [[name, parent, state]];
        } catch {
          return []; // ended meanwhile
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
  /** npm's, or node's own; the leader of a process group. */
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly exited: Promise<number | null>;
  /** The processes of the run that are alive. */
  readonly left: () => number[];
  /** Waits until it says that it is ready. */
  readonly announced: () => Promise<Announced>;
};

export type StartOptions = {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Through npm, or the program alone. @default true */
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
    : [process.execPath, '--import', 'tsx', 'bin/dev-server.ts', ...args];
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
  let known: number[] = [];
  const left = () => {
    const living = new Set(listProcesses().map((row) => row.pid));
    known = [...new Set([...known, pid, ...descendants(pid)])].filter((one) => living.has(one));
    return known;
  };
  onTestFinished(() => {
    for (const one of left()) {
      try {
        process.kill(one, 'SIGKILL');
      } catch {
        // ended meanwhile
      }
    }
  });
  const announced = async () => {
    for (;;) {
      const line = /^\{.*\}$/m.exec(stdout());
      if (line !== null) {
        left(); // remembers who belongs to it, for when their parent is gone
        return Announced.parse(JSON.parse(line[0]));
      }
      const ended = await Promise.race([exited, new Promise<void>((resolve) => setTimeout(resolve, 20))]);
      if (typeof ended === 'number') throw new Error(`it ended with ${ended}: ${stderr()}`);
    }
  };
  return { pid, stdout, stderr, exited, left, announced };
}
