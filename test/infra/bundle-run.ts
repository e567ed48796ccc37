/** Calls a bundle like Lambda: CommonJS, in a fresh process with only its own environment, with one event. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import * as z from 'zod';
import { bundleFunction, type FunctionName, functionNames } from '../../lib/infra/bundle.ts';

const driver = `
const { handler } = require(process.argv[2]);
const context = { awsRequestId: 'bundle-test', getRemainingTimeInMillis: () => 28000 };
process.once('message', async (event) => {
  const answer = await handler(event, context).then(
    (result) => ({ result, node: process.version, builtins: process.moduleLoadList }),
    (error) => ({ error: error.message, node: process.version }),
  );
  process.send(answer, () => process.disconnect());
});
`;

export type Bundles<Name extends string = FunctionName> = {
  /** Size in bytes of the file that Lambda loads. */
  readonly size: (name: Name) => number;
  readonly path: (name: Name) => string;
  readonly driver: string;
  readonly remove: () => void;
};

/** Puts the bundles into a folder of their own, as `.cjs` because `.js` files of this repository are ESM. */
const createBundles = <Name extends string>(
  names: readonly Name[],
  write: (name: Name, file: string) => void,
): Bundles<Name> => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-bundles-'));
  const path = (name: Name) => join(folder, `${name}.cjs`);
  for (const name of names) write(name, path(name));
  writeFileSync(join(folder, 'driver.cjs'), driver);
  return {
    size: (name) => statSync(path(name)).size,
    path,
    driver: join(folder, 'driver.cjs'),
    remove: () => rmSync(folder, { recursive: true }),
  };
};

/** Builds functions with the stack's options. @param names @default all */
export const buildBundles = (names: readonly FunctionName[] = functionNames): Bundles =>
  createBundles(names, bundleFunction);

const firstRelease = ['users', 'admin', 'authorizer', 'sweep', 'token-expiry', 'lifecycle-events'] as const;
export type FirstReleaseName = (typeof firstRelease)[number];

/** Unpacks the functions of the first release: test/fixtures/first-release/README.md. */
export const unpackFirstRelease = (): Bundles<FirstReleaseName> => {
  const packed = readFileSync('test/fixtures/first-release/bundles.json.br');
  const sources = z
    .record(z.enum(firstRelease), z.string())
    .parse(JSON.parse(brotliDecompressSync(packed).toString('utf8')));
  return createBundles(firstRelease, (name, file) => writeFileSync(file, sources[name]));
};

export type Call = {
  /** Path of the Node binary. @default the one of this process */
  readonly node?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly event: object;
};
export type Answer = {
  readonly node: string;
  readonly result?: unknown;
  readonly error?: string;
  /** Modules of Node that the process has loaded, for example `NativeModule https`. */
  readonly builtins?: readonly string[];
};

/** @throws Error with the output of the process if it ends without an answer */
export const callBundle = async <Name extends string>(
  bundles: Pick<Bundles<Name>, 'path' | 'driver'>,
  name: Name,
  call: Call,
): Promise<Answer> => {
  const child = fork(bundles.driver, [bundles.path(name)], {
    execPath: call.node ?? process.execPath,
    execArgv: [],
    env: { ...call.environment },
    silent: true,
  });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => output.push(chunk));
  const answers: Answer[] = [];
  child.on('message', (answer) => answers.push(answer as Answer));
  child.send(call.event, () => undefined);
  await once(child, 'close');
  const [answer] = answers;
  if (answer === undefined) throw new Error(`${name} ended without an answer: ${Buffer.concat(output)}`);
  return answer;
};
