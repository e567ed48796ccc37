/** A server in a process of its own, so that who asks does not compete with who answers for one event loop. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

export type Child = {
  /** The line of its standard output that said that it is ready. */
  readonly ready: string;
  readonly stop: () => Promise<void>;
};

const endOf = (child: ChildProcess) => new Promise<number | null>((resolve) => child.once('exit', resolve));

/**
 * @param args of node, with the repository as the working directory
 * @param isReady tells the line that says that it is ready from those before it
 * @throws Error with what it said on standard error when it ends before that
 */
export const startChild = async (
  args: readonly string[],
  isReady: (line: string) => boolean,
  environment: Readonly<Record<string, string>> = {},
): Promise<Child> => {
  const env = { ...process.env, ...environment };
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  createInterface(child.stderr).on('line', (line) => said.push(line));
  const ended = endOf(child);
  const ready = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => isReady(line) && resolve(line));
    void ended.then((code) => reject(new Error(`${args.join(' ')} ended with ${code}: ${said.join('\n')}`)));
  });
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  return { ready, stop };
};
