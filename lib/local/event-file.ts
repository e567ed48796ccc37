/**
 * The archive of a local run's events: `events.ndjson`, and numbered files of earlier events. A file that is full is
 * renamed to `events.000001.ndjson` and so on; beyond a number of files, the oldest is deleted.
 */
import { appendFileSync, existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

export type EventFile = {
  /** Adds one line of JSON. */
  readonly append: (event: object) => void;
};
type Limits = {
  /** Bytes of one file. @default 32 MB */
  readonly bytes?: number;
  /** Full files that are kept. @default 7 */
  readonly files?: number;
};

const BYTES = 32 * 1024 * 1024;
const FILES = 7;
const OWNER_ONLY = 0o600;
const DIGITS = 6;

const numberIn = (name: string, current: string): number | undefined => {
  const [stem, number, suffix, ...rest] = name.split('.');
  const isFull = rest.length === 0 && `${stem}.${suffix}` === current && /^\d{6,}$/.test(number ?? '');
  return isFull ? Number(number) : undefined;
};

/** A full file, with the number in its name. */
export type FullFile = { readonly number: number; readonly path: string };

/** @param path of the current file @returns the full files, oldest first; their numbers start at 1 */
export const fullFiles = (path: string): readonly FullFile[] => {
  const folder = dirname(path);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((name): FullFile[] => {
      const number = numberIn(name, basename(path));
      return number === undefined ? [] : [{ number, path: join(folder, name) }];
    })
    .sort((a, b) => a.number - b.number);
};

/** @param path of the current file @returns the files that exist, oldest first */
export const eventFiles = (path: string): readonly string[] => [
  ...fullFiles(path).map((full) => full.path),
  ...(existsSync(path) ? [path] : []),
];

/** Opens the file for this process, which must be the only writer. */
export const openEventFile = (path: string, { bytes = BYTES, files = FILES }: Limits = {}): EventFile => {
  let size = existsSync(path) ? statSync(path).size : 0;
  const rotate = () => {
    const full = fullFiles(path);
    const next = String((full.at(-1)?.number ?? 0) + 1).padStart(DIGITS, '0');
    renameSync(path, path.replace(/\.ndjson$/, `.${next}.ndjson`));
    for (const { path: oldest } of full.slice(0, Math.max(0, full.length + 1 - files))) rmSync(oldest);
    size = 0;
  };
  return {
    append: (event) => {
      const line = `${JSON.stringify(event)}\n`;
      const added = Buffer.byteLength(line);
      if (size > 0 && size + added > bytes) rotate();
      appendFileSync(path, line, { mode: OWNER_ONLY });
      size += added;
    },
  };
};
