/** How an entry point of functions/ becomes the one file that Lambda loads: read by the construct and by the test of the bundles. */
import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The folder of the entry points. */
export const FUNCTIONS_FOLDER = `${root}functions`;
/** The entry points `functions/<name>.ts`, each of which exports `handler`. */
export const functionNames = [
  'users',
  'groups',
  'discovery',
  'admin',
  'events',
  'authorizer',
  'lifecycle-events',
  'replay',
  'webhook',
  'clean-up',
  'token-expiry',
] as const;
export type FunctionName = (typeof functionNames)[number];

/** CommonJS because Node 22 and 24 load undici for every ESM import of `node:http`: 30 to 58 ms of each cold start. */
const bundleOptions: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  // Lambda runs Node 24; the same bytes load on the Node 20 of the tests.
  target: 'node20',
  minify: true,
  // The default takes the SDK's CommonJS files, which esbuild cannot shake: +217 kB, +30 ms.
  mainFields: ['module', 'main'],
  sourcemap: 'external',
  // Imported by the SDK only when an operation has an event stream, which none of ours has: -20 kB.
  external: ['@smithy/core/event-streams'],
  alias: {
    '@aws-sdk/credential-provider-node': `${root}lib/infra/credentials-from-environment.mjs`,
    '@aws-sdk/endpoint-cache': `${root}lib/infra/no-endpoint-cache.mjs`,
    '@smithy/core/checksum': `${root}lib/infra/native-checksum.mjs`,
    'node:stream/web': `${root}lib/infra/no-web-streams.mjs`,
  },
  logLevel: 'warning',
};

/**
 * Bundles an entry point, the AWS SDK included, into `outfile` and `outfile.map`.
 * @param options in place of the functions' own
 * @throws when esbuild finds an error
 */
export const bundle = (entryPoint: string, outfile: string, options: Pick<BuildOptions, 'alias'> = {}): void => {
  buildSync({ ...bundleOptions, ...options, entryPoints: [entryPoint], outfile });
};

export const bundleFunction = (name: FunctionName, outfile: string): void =>
  bundle(`${FUNCTIONS_FOLDER}/${name}.ts`, outfile);
