/** A lock on the data folder. Its holder answers on loopback, so no dead run and no reused process id can hold it. */
import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import * as z from 'zod';
import { parseJson } from '../common/json-text.ts';
import { LocalRunError } from './local-run-error.ts';

const Held = z.object({ pid: z.number(), port: z.number(), nonce: z.string() });
const ATTEMPTS = 5;

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined);

/** Reads the holder's nonce. Empty if the port is closed; undefined if the holder does not respond for a second. */
const readNonce = (port: number) =>
  new Promise<string | undefined>((resolve) => {
    let received = '';
    const socket = connect(port, '127.0.0.1').setTimeout(1000, () => {
      resolve(undefined);
      socket.destroy();
    });
    socket
      .on('data', (chunk) => {
        received += chunk.toString();
      })
      .on('error', () => {})
      .on('close', () => resolve(received));
  });

const readText = (file: string) => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // released in the meantime
  }
};

/** The id of the process that holds the lock, if it is alive. */
const livingHolder = async (text: string) => {
  const held = Held.safeParse(parseJson(text)).data;
  if (held === undefined || !isAlive(held.pid)) return undefined;
  const nonce = await readNonce(held.port);
  // No response: suspended, as by Ctrl-Z, or very busy.
  return nonce === undefined || nonce === held.nonce ? held.pid : undefined;
};
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM'; // alive, but another user's
  }
};
/** Removes the lock of a dead run. If another run has just replaced it, that lock is restored. */
const removeStale = (file: string, text: string, nonce: string) => {
  const aside = `${file}.${nonce}`;
  try {
    renameSync(file, aside);
    if (readText(aside) !== text) linkSync(aside, file);
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error;
  }
  rmSync(aside, { force: true });
};

/** Creates the file atomically, so that no run reads half a lock. @returns false if the file already exists */
const writeNew = (file: string, text: string, nonce: string): boolean => {
  const whole = `${file}.${nonce}`;
  writeFileSync(whole, text, { mode: 0o600 });
  try {
    linkSync(whole, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(whole, { force: true });
  }
};

/**
 * Locks the folder.
 * @returns a function that releases the lock
 * @throws LocalRunError if another run uses the folder
 */
export async function lockFolder(folder: string): Promise<() => void> {
  const file = join(folder, 'lock');
  const nonce = randomUUID();
  const server = createServer((socket) => socket.on('error', () => {}).end(nonce)).unref();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const mine = JSON.stringify({ pid: process.pid, port, nonce });
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (writeNew(file, mine, nonce))
        return () => {
          server.close();
          rmSync(file, { force: true });
        };
      const text = readText(file);
      if (text === undefined) continue;
      const pid = await livingHolder(text);
      if (pid !== undefined)
        throw new LocalRunError(
          `The data in ${folder} is in use by another run (process ${pid}): stop it, or choose another folder with --data.`,
        );
      removeStale(file, text, nonce);
    }
    throw new LocalRunError(`The data in ${folder} could not be locked: try again.`);
  } catch (error) {
    server.close();
    throw error;
  }
}
