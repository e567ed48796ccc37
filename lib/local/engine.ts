/** The embedded DynamoDB engine, a child process that never outlives this one. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { LocalRunError } from './local-run-error.ts';

// Kills the engine when our end of its standard input closes, and so after a kill -9 of this process too.
const GUARD = 'exec 3<&0; "$@" 3<&- </dev/null & e=$!; { cat <&3 >/dev/null; kill $e; } 2>/dev/null & wait $e';
const READY_MS = 10_000;
const START_ATTEMPTS = 5;

const enginePath = (override: string | undefined): string => {
  const name = `@dynoxide/${process.platform}-${process.arch}`;
  try {
    const path = override ?? createRequire(import.meta.url).resolve(`${name}/dynoxide`);
    if (existsSync(path)) return path;
  } catch {
    // The platform package is not installed; reported below.
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

/** Waits until the engine reports on standard error that it is listening. */
const ready = (child: ChildProcess) =>
  new Promise<void>((resolve, reject) => {
    const lines: string[] = [];
    const fail = (reason: string) => reject(new LocalRunError(`The DynamoDB engine did not start: ${reason}`));
    const timeout = setTimeout(() => fail(`it was not ready after ${READY_MS / 1000} seconds`), READY_MS);
    child.once('error', (error) => fail(error.message));
    child.once('close', () => fail(lines.join(' ').trim()));
    if (child.stderr === null) return fail('it has no standard error');
    createInterface(child.stderr).on('line', (line) => {
      if (lines.length < 20) lines.push(line);
      if (!line.includes('listening on')) return;
      clearTimeout(timeout);
      resolve();
    });
  });

export type Engine = {
  readonly endpoint: string;
  /** Resolves when the engine exits, whether or not it was stopped. */
  readonly exited: Promise<void>;
  stop(): Promise<void>;
};

const startOnce = async (path: string, file: string | undefined): Promise<Engine> => {
  const port = await freePort(); // with --port 0 the engine does not report the port it chose
  const data = file === undefined ? [] : ['--db-path', file];
  const engine = [path, 'serve', '--host', '127.0.0.1', '--port', String(port), ...data];
  // A process group of its own keeps Ctrl-C in a terminal from the engine: shutdown stops it last.
  const child = spawn('/bin/sh', ['-c', GUARD, 'sh', ...engine], { stdio: ['pipe', 'ignore', 'pipe'], detached: true });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.stdin?.on('error', () => {}); // it exited before its input was closed
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
 * Starts the engine on a free port.
 * @param file the data file; without one, data is in memory
 * @param override path of an engine binary to use instead of the platform package's
 * @throws LocalRunError if there is no engine for this machine, or it does not start
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
