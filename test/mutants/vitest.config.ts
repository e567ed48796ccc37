/** One process for one mutant: the files of MUTANT_TESTS, one after another in this order, until a test fails. */

import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import * as z from 'zod';

const files = z.array(z.string()).parse(JSON.parse(process.env.MUTANT_TESTS ?? '[]'));

class InOrder extends BaseSequencer {
  override sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const position = ({ moduleId }: TestSpecification) => files.findIndex((file) => moduleId.endsWith(file));
    return Promise.resolve([...specifications].sort((a, b) => position(a) - position(b)));
  }
}

export default defineConfig({
  cacheDir: 'cache',
  test: {
    include: files,
    bail: 1,
    fileParallelism: false,
    isolate: false,
    sequence: { sequencer: InOrder },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    env: {
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      AWS_REGION: 'local',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      FC_SEED: '1',
    },
  },
});
