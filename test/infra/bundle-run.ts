/** Calls a bundle like Lambda: CommonJS, in a fresh process with only its own environment, with one event. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleFunction, type FunctionName, functionNames } from '../../lib/infra/bundle.ts';

const driver = `
const { handler } = require(process.argv[2]);
const context = { awsRequestId: 'bundle-test', getRemainingTimeInMillis: () => 28000 };
process.once('message', async (event) => {
  const answer = await handler(event, context).then(
    (result) => ({ result, node: process.version }),
    (error) => ({ error: error.message, node: process.version }),
  );
  process.send(answer, () => process.disconnect());
});
`;

export type Bundles = {
  /** Size in bytes of the file that Lambda loads. */
  readonly size: (name: FunctionName) => number;
  readonly path: (name: FunctionName) => string;
  readonly driver: string;
  readonly remove: () => void;
};

/** Builds all functions with the stack's options, as `.cjs` because `.js` files of this repository are ESM. */
export const buildBundles = (): Bundles => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-bundles-'));
  const path = (name: FunctionName) => join(folder, `${name}.cjs`);
  for (const name of functionNames) bundleFunction(name, path(name));
  writeFileSync(join(folder, 'driver.cjs'), driver);
  return {
    size: (name) => statSync(path(name)).size,
    path,
    driver: join(folder, 'driver.cjs'),
    remove: () => rmSync(folder, { recursive: true }),
  };
};

export type Call = {
  /** Path of the Node binary. */
  readonly node: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly event: object;
};
export type Answer = { readonly node: string; readonly result?: unknown; readonly error?: string };

/** @throws Error with the output of the process if it ends without an answer */
export const callBundle = async (bundles: Bundles, name: FunctionName, call: Call): Promise<Answer> => {
  const child = fork(bundles.driver, [bundles.path(name)], {
    execPath: call.node,
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
