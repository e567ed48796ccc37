/**
 * Sorts the test files into Vitest's projects by what they import, directly or not, so that no list of them goes stale:
 * `infra` synthesizes the stack, `process` starts processes, `engine` uses the embedded engine, `unit` does none of it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

export const PROJECTS = ['unit', 'engine', 'process', 'infra'] as const;
export type Project = (typeof PROJECTS)[number];

const TYPE_IMPORT = /^import type [^;]*;/gm;
const IMPORT = /(?:from|import\(?)\s*'([^']+)'/g;

/** Files and packages that a file imports, other than types. */
export const readImports = (file: string): readonly string[] =>
  [...readFileSync(file, 'utf8').replaceAll(TYPE_IMPORT, '').matchAll(IMPORT)].map(([, name = '']) =>
    name.startsWith('.') ? normalize(join(dirname(file), name)) : name,
  );

/** Files and packages that a file imports, directly or not. Modules outside `test/` are followed, too. */
export const reachedFrom = (
  file: string,
  importsOf: (file: string) => readonly string[],
): ReadonlyMap<string, string[]> => {
  const importers = new Map<string, string[]>();
  const open = [file];
  for (let one = open.pop(); one !== undefined; one = open.pop())
    for (const imported of importsOf(one)) {
      const known = importers.get(imported);
      if (known === undefined && imported.endsWith('.ts')) open.push(imported);
      importers.set(imported, [...(known ?? []), one]);
    }
  return importers;
};

const startsProcesses = (reached: ReadonlyMap<string, string[]>): boolean =>
  (reached.get('node:child_process') ?? []).some((importer) => /^(test|bench)\//.test(importer));

const classify = (file: string, importsOf: (file: string) => readonly string[]): Project => {
  if (file.startsWith('test/infra/')) return 'infra';
  const reached = reachedFrom(file, importsOf);
  if (startsProcesses(reached)) return 'process';
  return reached.has('lib/local/engine/process.ts') ? 'engine' : 'unit';
};

const listTestFiles = (): string[] =>
  readdirSync('test', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `test/${name}`);

/** @returns the test files of each project; each file is in exactly one */
export const sortTestFiles = (): Readonly<Record<Project, readonly string[]>> => {
  const cache = new Map<string, readonly string[]>();
  const importsOf = (file: string) => {
    const imports = cache.get(file) ?? (existsSync(file) ? readImports(file) : []);
    cache.set(file, imports);
    return imports;
  };
  const files = listTestFiles().map((file) => [file, classify(file, importsOf)] as const);
  const of = (project: Project) => files.filter(([, its]) => its === project).map(([file]) => file);
  return { unit: of('unit'), engine: of('engine'), process: of('process'), infra: of('infra') };
};
