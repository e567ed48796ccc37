/** Runs `scim` as a process, or, twenty times as fast, within the process of the test. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { runScim as run } from '../../lib/cli/program.ts';
import { programArguments } from '../support/programs.ts';

export type Ran = { readonly code: number | null; readonly out: string; readonly err: string };
export type RunOptions = {
  readonly cwd?: string;
  /** Environment variables besides PATH; no others of the developer's shell reach the process. */
  readonly environment?: Readonly<Record<string, string>>;
};

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Runs `scim` in this process, without the wiring of `bin/scim.ts`. */
export const runInside = async (
  args: readonly string[],
  ask?: (question: string) => Promise<boolean>,
): Promise<Ran> => {
  const texts = { out: '', err: '' };
  const code = await run(args, {
    out: (text) => {
      texts.out += text;
    },
    err: (text) => {
      texts.err += text;
    },
    environment: {},
    ask,
  });
  return { code, ...texts };
};

export const runScim = (args: readonly string[], { cwd = root, environment = {} }: RunOptions = {}): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...programArguments('scim'), ...args], {
      cwd,
      env: { PATH: process.env.PATH, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const texts = { out: '', err: '' };
    child.stdout.on('data', (data) => {
      texts.out += data;
    });
    child.stderr.on('data', (data) => {
      texts.err += data;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...texts }));
  });
