/** `npx cdk synth` as an engineer runs it, on a machine without AWS configuration. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { functionNames } from '../../lib/infra/bundle.ts';
import { buildBundles } from './bundle-run.ts';

const folder = mkdtempSync(join(tmpdir(), 'rollcall-synth-'));
afterAll(() => rmSync(folder, { recursive: true }));

const hashOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

test('needs no credentials, and packages exactly the bundles that the tests load', () => {
  const output = join(folder, 'cdk.out');
  execFileSync('node_modules/.bin/cdk', ['synth', '--quiet', '--no-notices', '--output', output], {
    env: { PATH: process.env.PATH, HOME: folder, CDK_DISABLE_VERSION_CHECK: '1' },
    stdio: 'pipe',
  });
  const packed = readdirSync(output)
    .filter((name) => name.startsWith('asset.'))
    .map((name) => hashOf(join(output, name, 'index.js')));
  // The webhook is off by default.
  const deployed = functionNames.filter((name) => name !== 'webhook');
  expect(packed).toHaveLength(deployed.length);
  const bundles = buildBundles();
  const tested = deployed.map((name) => hashOf(bundles.path(name)));
  bundles.remove();
  // As sets, because entry points with the same code produce the same bytes.
  expect(new Set(packed)).toEqual(new Set(tested));
});
