/**
 * The programs of bin/ and test/tools, bundled once for all tests that start them. tsx would translate their modules for
 * each process, which takes longer than most tests.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { inject } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const NAMES = {
  scim: 'bin/scim.ts',
  'dev-server': 'bin/dev-server.ts',
  'check-events': 'test/tools/check-events.ts',
} as const;

declare module 'vitest' {
  interface ProvidedContext {
    programs: string;
  }
}

/** @returns the folder of the programs, three levels below the root like most modules, and a function that deletes it */
export const buildPrograms = (): { readonly folder: string; readonly remove: () => void } => {
  const folder = `${root}node_modules/.cache/rollcall-${process.pid}/`;
  mkdirSync(folder, { recursive: true });
  buildSync({
    absWorkingDir: root,
    entryPoints: Object.entries(NAMES).map(([out, path]) => ({ in: path, out })),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
};

/** Node's arguments for a program: the built one in a test of the project `process`, its source in a tool. */
export const programArguments = (name: keyof typeof NAMES): readonly string[] =>
  process.env.VITEST === undefined
    ? ['--import', import.meta.resolve('tsx'), `${root}${NAMES[name]}`]
    : [`${inject('programs')}${name}.mjs`];
