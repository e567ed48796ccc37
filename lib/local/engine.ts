/** The embedded DynamoDB engine: a process of its own that never outlives this one. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { LocalRunError } from './local-run-error.ts';

// Ends the engine when our end of its standard input closes, so after kill -9 too.
const GUARD = 'exec 3<&0; "$@" 3<&- </dev/null & e=$!; { cat <&3 >/dev/null; kill $e; } 2>/dev/null & wait $e';
const READY_MS = 10_000;
const START_ATTEMPTS = 5;

const enginePath = (override: string | undefined): string => {
  const name = `@dynoxide/${process.platform}-${process.arch}`;
  try {
    const path = override ?? createRequire(import.meta.url).resolve(`${name}/dynoxide`);
    if (existsSync(path)) return path;
  } catch {
    // No such package: said below.
  }
  throw new LocalRunError(
    `The embedded DynamoDB engine is missing (${override ?? name}): run npm ci on this machine, or set DYNAMODB_ENDPOINT.`,
  );
};

const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });

/** The engine says on standard error that it listens, or why it does not. */
const ready = (child: ChildProcess) =>
  new Promise<void>((resolve, reject) => {
    const said: string[] = [];
    const fail = (why: string) => reject(new LocalRunError(`The DynamoDB engine did not start: ${why}`));
    const late = setTimeout(() => fail(`it said nothing for ${READY_MS / 1000} seconds`), READY_MS);
    child.once('error', (error) => fail(error.message));
    child.once('close', () => fail(said.join(' ').trim()));
    if (child.stderr === null) return fail('it has no standard error');
    createInterface(child.stderr).on('line', (line) => {
      if (said.length < 20) said.push(line);
      if (!line.includes('listening on')) return;
      clearTimeout(late);
      resolve();
    });
  });

export type Engine = {
  readonly endpoint: string;
  /** Resolves when the engine has ended, asked or not. */
  readonly exited: Promise<void>;
  stop(): Promise<void>;
};

const startOnce = async (path: string, file: string | undefined): Promise<Engine> => {
  const port = await freePort(); // with --port 0 the engine would not say which one it took
  const data = file === undefined ? [] : ['--db-path', file];
  const engine = [path, 'serve', '--host', '127.0.0.1', '--port', String(port), ...data];
  // A process group of its own: Ctrl-C in a terminal reaches us first, and we end the engine last.
  const child = spawn('/bin/sh', ['-c', GUARD, 'sh', ...engine], { stdio: ['pipe', 'ignore', 'pipe'], detached: true });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.stdin?.on('error', () => {}); // it ended before we closed its input
  const stop = () => {
    child.stdin?.end();
    return exited;
  };
  try {
    await ready(child);
  } catch (error) {
    void stop();
    throw error;
  }
  return { endpoint: `http://127.0.0.1:${port}`, exited, stop };
};

/**
 * @param file the data file; in memory without one
 * @param override the path of another engine binary than the platform package's
 * @throws LocalRunError when there is no engine for this machine, or it does not start
 */
export async function startEngine(file?: string, override = process.env.ROLLCALL_ENGINE): Promise<Engine> {
  const path = enginePath(override);
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(path, file);
    } catch (error) {
      const portTaken = error instanceof LocalRunError && error.message.includes('already in use');
      if (!portTaken || attempt === START_ATTEMPTS) throw error;
    }
  }
}
