/** Refuses an import with `--keep-ids` whose ids another directory has: an id is unique across directories. */
import type { AdminClient } from '../admin-client/admin-client.ts';
import { AdminClientError } from '../admin-client/admin-client.ts';
import { forEachInParallel } from '../common/parallel.ts';
import type { Scan } from '../transfer/scan-file.ts';
import { CliError } from './cli-error.ts';

/** Look-ups in total, and at least per directory. A file that was imported elsewhere shares nearly all of its ids. */
const LOOKUPS = 2000;
const LEAST = 20;
const AT_ONCE = 8;

/** Evenly spaced, with the first one, which an interrupted import has written. */
const sample = (ids: readonly string[], count: number): readonly string[] => {
  const step = Math.max(1, ids.length / count);
  return Array.from({ length: Math.min(count, ids.length) }, (_, i) => ids[Math.floor(i * step)] ?? '');
};

const isAbsent = async (read: Promise<unknown>): Promise<boolean> => {
  try {
    await read;
    return false;
  } catch (error) {
    if (error instanceof AdminClientError && error.status === 404) return true;
    throw error;
  }
};

const refused = (directory: string) =>
  new CliError(
    `Directory ${directory} already uses these ids, and an id is unique across directories. Omit --keep-ids.`,
  );

type Kept = { readonly directory: string; readonly others: readonly string[]; readonly scan: Scan };

/**
 * Checks the directory in the file's header, then looks up ids of the file in all other directories.
 * @throws CliError if another directory has one
 */
export const checkKeptIds = async (client: AdminClient, { directory, others, scan }: Kept): Promise<void> => {
  const origin = scan.header?.directory?.id;
  if (origin !== undefined && origin !== directory && others.includes(origin)) throw refused(origin);
  const ids = sample([...scan.ids], Math.max(LEAST, Math.floor(LOOKUPS / Math.max(1, others.length))));
  const pairs = others.filter((other) => other !== directory).flatMap((other) => ids.map((id) => ({ other, id })));
  await forEachInParallel(pairs, AT_ONCE, async ({ other, id }) => {
    // Any id may be in the file; only a UUID can be an id of a directory.
    if (!/^[0-9a-f-]{36}$/.test(id)) return;
    const query = { attributes: 'id' };
    const absent = [isAbsent(client.readUser(other, id, query)), isAbsent(client.readGroup(other, id, query))];
    if ((await Promise.all(absent)).includes(false)) throw refused(other);
  });
};
