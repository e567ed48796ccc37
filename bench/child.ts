/** Runs a server in a separate process, so that client and server do not share an event loop. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

export type Child = {
  /** The line on its standard output that reported it ready. */
  readonly ready: string;
  readonly stop: () => Promise<void>;
};

const endOf = (child: ChildProcess) => new Promise<number | null>((resolve) => child.once('exit', resolve));

/**
 * Starts node in the root of the repository, and waits until the server is ready.
 * @param args arguments of node
 * @param isReady recognizes the line on standard output that reports the server ready
 * @throws Error with its standard error if it exits before it is ready
 */
export const startChild = async (
  args: readonly string[],
  isReady: (line: string) => boolean,
  environment: Readonly<Record<string, string>> = {},
): Promise<Child> => {
  const env = { ...process.env, ...environment };
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const errors: string[] = [];
  createInterface(child.stderr).on('line', (line) => errors.push(line));
  const ended = endOf(child);
  const ready = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => isReady(line) && resolve(line));
    void ended.then((code) => reject(new Error(`${args.join(' ')} exited with ${code}: ${errors.join('\n')}`)));
  });
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  return { ready, stop };
};
