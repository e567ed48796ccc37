/** Runs a program to its end. */
import { spawn } from 'node:child_process';

export type Ran = { readonly code: number | null; readonly out: string; readonly err: string };
export type RunSettings = {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Milliseconds until the program is killed. @default ten minutes */
  readonly timeout?: number;
};

/** @returns exit code null if the program cannot be started or ran too long */
export const runProgram = (command: string, args: readonly string[], settings: RunSettings = {}): Promise<Ran> =>
  new Promise((resolve) => {
    const { cwd, environment = {}, timeout = 600_000 } = settings;
    const env = { ...process.env, ...environment };
    const child = spawn(command, args, { ...(cwd && { cwd }), env, timeout, stdio: ['ignore', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    const end = (code: number | null, more = '') =>
      resolve({ code, out: Buffer.concat(out).toString(), err: `${Buffer.concat(err).toString()}${more}` });
    child.once('error', (error) => end(null, error.message));
    child.once('close', (code) => end(code));
  });
