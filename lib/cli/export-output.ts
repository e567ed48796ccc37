/** Where an export is written: a file that appears when it is complete, or standard output. */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import { CliError } from './cli-error.ts';
import { onTermination } from './interrupt.ts';
import type { Streams } from './streams.ts';

export type Sink = {
  readonly write: (line: string) => Promise<void>;
  readonly close: () => Promise<void>;
  /** Called instead of `close` after a failure. */
  readonly abandon: () => Promise<void>;
};

const cannotWrite = (file: string) => (error: unknown) =>
  Promise.reject(new CliError(`Cannot write ${file}: ${error instanceof Error ? error.message : error}`));

const WRITE_BYTES = 256 * 1024;

/**
 * Opens the output file, readable by its owner only, because it holds personal data. A plain file is written as
 * `<file>.<random>.part` and renamed when complete; a device or a pipe is written directly. The part is always a new
 * file, so that the export never writes through a link, or into a file that another user has created there.
 */
export const openFile = async (name: string): Promise<Sink> => {
  const file = await realpath(name).catch(() => name);
  const isPlain = await stat(file).then(
    (found) => found.isFile(),
    () => true,
  );
  const part = isPlain ? `${file}.${randomUUID()}.part` : file;
  const handle = await open(part, isPlain ? 'wx' : 'w', 0o600).catch(cannotWrite(file));
  const stopCleanUp = isPlain ? onTermination(() => rmSync(part, { force: true })) : () => {};
  let waiting: string[] = [];
  let size = 0;
  const flush = async () => {
    // Unlike `write`, this never writes only a part of the data, for example when the disk is full.
    await handle.appendFile(waiting.join('')).catch(cannotWrite(file));
    waiting = [];
    size = 0;
  };
  return {
    write: async (line) => {
      waiting.push(line);
      size += line.length;
      if (size >= WRITE_BYTES) await flush();
    },
    close: async () => {
      await flush();
      await handle.close();
      if (isPlain) await rename(part, file).catch(cannotWrite(file));
      stopCleanUp();
    },
    abandon: async () => {
      await handle.close();
      if (isPlain) await rm(part, { force: true });
      stopCleanUp();
    },
  };
};

export const toOutput = ({ out, drained }: Streams): Sink => ({
  write: async (line) => {
    out(line);
    await drained?.();
  },
  close: async () => {},
  abandon: async () => {},
});
