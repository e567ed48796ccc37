/** One local run with a directory in each mode: `rfc` and `tolerant`. */
import { type Run, useLocalRun } from '../support/local-run.ts';

export const MODES = ['rfc', 'tolerant'] as const;
export type Mode = (typeof MODES)[number];

/** Run settings with one directory per mode, named after it. */
const bothModes = { directories: MODES.map((mode) => ({ id: mode, mode })) };

/** Call once at the top of a test file. @returns request functions for either directory */
export function useBothModes() {
  const { run, ask, tokenOf } = useLocalRun(bothModes);
  type Options = Omit<NonNullable<Parameters<typeof ask>[2]>, 'directory'>;
  const askIn =
    (directory: Mode) =>
    (method: string, path: string, options: Options = {}) =>
      ask(method, path, { ...options, directory });
  return { run: (): Run => run(), tokenOf, ask, rfc: askIn('rfc'), tolerant: askIn('tolerant') };
}
