/** Orders test files for a mutated module: those that import it, then those named for it, then the fastest. */
import { basename, dirname } from 'node:path';
import { reachedFrom, readImports, sortTestFiles } from '../projects.ts';

const FOLDERS = /^test\/(store|tokens|events|admin|model)\//;
/** They take minutes on a busy machine, and repeat with more resources what others test. */
const LEFT_OUT = /\/(deletions|size|sorted-budgets)\.test\.ts$/;
const STORE = /^lib\/store\//;
const STEM = 5;

/** The test files that reach the store. */
export const listTests = (): readonly string[] => {
  const { unit, engine } = sortTestFiles();
  const reachesStore = (test: string) => [...reachedFrom(test, readImports).keys()].some((file) => STORE.test(file));
  return [...unit, ...engine].filter((file) => FOLDERS.test(file) && !LEFT_OUT.test(file) && reachesStore(file));
};

const stemsOf = (path: string): string[] =>
  basename(path)
    .replace(/(\.test)?\.ts$/, '')
    .split('-')
    .map((word) => word.slice(0, STEM));

const distance = (test: string, module: string): number => {
  if (readImports(test).includes(module)) return 0;
  const names = [...stemsOf(module), ...stemsOf(dirname(module))];
  return stemsOf(test).some((stem) => names.includes(stem)) ? 1 : 2;
};

/** @param seconds how long each test file takes without a mutant */
export const nearestFirst = (module: string, seconds: ReadonlyMap<string, number>): readonly string[] =>
  [...seconds]
    .map(([test, time]) => ({ test, time, distance: distance(test, module) }))
    .sort((a, b) => a.distance - b.distance || a.time - b.time)
    .map(({ test }) => test);
