/** Follows a growing file line by line, as `tail -F` does. */
import { type FileHandle, open, stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

export type FollowOptions = {
  /** Whether to include existing lines. */
  readonly fromStart: boolean;
  /** Stops following. */
  readonly signal: AbortSignal;
};

const POLL_MS = 150;
const CHUNK_BYTES = 64 * 1024;

/** Reads from a position to the current end, in chunks of bounded size. */
async function* readFrom(handle: FileHandle, position: number): AsyncGenerator<Buffer> {
  for (let at = position; ; ) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Compares the open file with the one of that name. A renamed file may have grown since it was read: `unread`. */
const stateOf = async (handle: FileHandle, file: string, position: number): Promise<'same' | 'unread' | 'replaced'> => {
  const [opened, current] = [await handle.stat(), await stat(file).catch(() => undefined)];
  if (current === undefined) return 'same';
  if (current.ino !== opened.ino) return opened.size > position ? 'unread' : 'replaced';
  return current.size < position ? 'replaced' : 'same';
};

/** Yields complete lines as they are written. A replaced or truncated file is read from its beginning. @throws as fs */
export async function* followFile(file: string, { fromStart, signal }: FollowOptions): AsyncGenerator<string> {
  let handle = await open(file);
  try {
    let position = fromStart ? 0 : (await handle.stat()).size;
    let rest = Buffer.alloc(0);
    while (!signal.aborted) {
      for await (const chunk of readFrom(handle, position)) {
        position += chunk.length;
        const lines = Buffer.concat([rest, chunk]);
        const end = lines.lastIndexOf(0x0a) + 1;
        rest = Buffer.from(lines.subarray(end));
        yield* lines.subarray(0, end).toString('utf8').split('\n').filter(Boolean);
      }
      const state = await stateOf(handle, file, position);
      if (state === 'unread') continue;
      if (state === 'replaced') {
        await handle.close();
        handle = await open(file);
        position = 0;
        rest = Buffer.alloc(0);
      } else await wait(POLL_MS, undefined, { signal }).catch(() => {});
    }
  } finally {
    await handle.close();
  }
}
