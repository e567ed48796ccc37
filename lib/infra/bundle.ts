/** Bundles an entry point of functions/ into the single file that Lambda loads; for the stack and the bundle tests. */
import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The folder of the entry points. */
export const FUNCTIONS_FOLDER = `${root}functions`;
/** Names of the entry points `functions/<name>.ts`. Each exports `handler`. */
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
  'token-clean-up',
] as const;
export type FunctionName = (typeof functionNames)[number];

/** The functions of the SCIM API call DynamoDB alone, through the store, which retries by itself. */
const WITHOUT_SDK_RETRIES: ReadonlySet<FunctionName> = new Set(['users', 'groups', 'discovery']);

/** CommonJS, because Node 22 and 24 load undici for every ESM import of `node:http`: 30 to 58 ms per cold start. */
const bundleOptions: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  // Lambda runs Node 24; the same bytes load on the Node 20 of the tests.
  target: 'node20',
  minify: true,
  // The default picks the SDK's CommonJS files, which esbuild cannot tree-shake: +217 kB, +30 ms.
  mainFields: ['module', 'main'],
  sourcemap: 'external',
  // The SDK imports it only for operations with an event stream, which Rollcall does not use: -20 kB.
  external: ['@smithy/core/event-streams'],
  alias: {
    '@aws-sdk/credential-provider-node': `${root}lib/infra/credentials-from-environment.mjs`,
    '@aws-sdk/middleware-endpoint-discovery': `${root}lib/infra/no-endpoint-discovery.mjs`,
    '@smithy/core/checksum': `${root}lib/infra/native-checksum.mjs`,
    '@smithy/core/config': `${root}lib/infra/config-from-environment.mjs`,
    'node:stream/web': `${root}lib/infra/no-web-streams.mjs`,
  },
  // The SDK compares the body of a response with these classes, for which Node would load its web streams.
  define: { ReadableStream: 'undefined', Blob: 'undefined' },
  logLevel: 'warning',
};

/**
 * Bundles an entry point, including the AWS SDK, into `outfile` and `outfile.map`.
 * @param options overrides of the functions' options
 * @throws if esbuild reports an error
 */
export const bundle = (entryPoint: string, outfile: string, options: Pick<BuildOptions, 'alias'> = {}): void => {
  buildSync({ ...bundleOptions, ...options, entryPoints: [entryPoint], outfile });
};

export const bundleFunction = (name: FunctionName, outfile: string): void => {
  const alias = { ...bundleOptions.alias, '@smithy/core/retry': `${root}lib/infra/no-sdk-retries.mjs` };
  bundle(`${FUNCTIONS_FOLDER}/${name}.ts`, outfile, WITHOUT_SDK_RETRIES.has(name) ? { alias } : {});
};
