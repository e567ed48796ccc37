/** A directory in each mode, `rfc` and `tolerant`, in the shared local run. */
import type { Run } from '../support/local-run.ts';
import { useSharedRun } from '../support/shared-run.ts';

export const MODES = ['rfc', 'tolerant'] as const;
export type Mode = (typeof MODES)[number];

/** One directory per mode, named after it. */
const bothModes = MODES.map((mode) => ({ id: mode, mode }));

/** Call once at the top of a test file. @returns request functions for either directory */
export function useBothModes() {
  const { run, ask, tokenOf } = useSharedRun(bothModes);
  type Options = Omit<NonNullable<Parameters<typeof ask>[2]>, 'directory'>;
  const askIn =
    (directory: Mode) =>
    (method: string, path: string, options: Options = {}) =>
      ask(method, path, { ...options, directory });
  return { run: (): Run => run(), tokenOf, ask, rfc: askIn('rfc'), tolerant: askIn('tolerant') };
}
