/** The tests that Stryker runs: those of the protocol core that need neither the engine nor a process. */
import { defineConfig } from 'vitest/config';
import { sortTestFiles } from '../projects.ts';

const COVERS = /^test\/(scim|properties)\//;

export default defineConfig({
  test: {
    testTimeout: 60_000,
    isolate: false,
    testNamePattern: '^(?!.*time is linear)',
    include: sortTestFiles().unit.filter((file) => COVERS.test(file)),
    env: { FC_SEED: '1', FC_TIMES: '0.2' },
  },
});
