/** Calls a bundle as Lambda does: a fresh process with nothing but its own environment, CommonJS, one event. */
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
  /** Bytes of the file that Lambda loads. */
  readonly size: (name: FunctionName) => number;
  readonly path: (name: FunctionName) => string;
  readonly driver: string;
  readonly remove: () => void;
};

/** Builds all functions with the options of the stack. `.cjs`, because this repository's `.js` files are ESM. */
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
  /** The Node binary. */
  readonly node: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly event: object;
};
export type Answer = { readonly node: string; readonly result?: unknown; readonly error?: string };

/** @throws Error with what the process wrote when it ends without an answer */
export const callBundle = async (bundles: Bundles, name: FunctionName, call: Call): Promise<Answer> => {
  const child = fork(bundles.driver, [bundles.path(name)], {
    execPath: call.node,
    execArgv: [],
    env: { ...call.environment },
    silent: true,
  });
  const written: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => written.push(chunk));
  const answers: Answer[] = [];
  child.on('message', (answer) => answers.push(answer as Answer));
  child.send(call.event, () => undefined);
  await once(child, 'close');
  const [answer] = answers;
  if (answer === undefined) throw new Error(`${name} ended without an answer: ${Buffer.concat(written)}`);
  return answer;
};
