/** The bundle of the stream function as a process of its own, which can be killed in the middle of a batch. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DynamoDBBatchResponse, DynamoDBRecord } from 'aws-lambda';
import { bundleFunction } from '../../lib/infra/bundle.ts';

const driver = `
const { handler } = require(process.argv[2]);
process.on('message', (event) => handler(event, {}).then(
  (answer) => process.send({ answer }),
  (error) => process.send({ error: String(error) }),
));
`;
type Said = { readonly answer?: DynamoDBBatchResponse; readonly error?: string };

export const createKillableFunction = (environment: Readonly<Record<string, string>>) => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-killable-'));
  const bundle = join(folder, 'lifecycle-events.cjs');
  bundleFunction('lifecycle-events', bundle);
  writeFileSync(join(folder, 'driver.cjs'), driver);
  let child: ChildProcess | undefined;
  const start = () => {
    const started = fork(join(folder, 'driver.cjs'), [bundle], { env: { ...environment }, execArgv: [] });
    started.once('exit', () => {
      if (child === started) child = undefined;
    });
    return started;
  };
  return {
    /** Starts it anew when it was killed. @throws when it throws, or dies first */
    invoke: async (Records: readonly DynamoDBRecord[]): Promise<DynamoDBBatchResponse> => {
      child ??= start();
      const running = child;
      running.send({ Records });
      const settled = new AbortController();
      const said = await Promise.race([
        once(running, 'message', settled).then(([message]) => message as Said),
        once(running, 'exit', settled).then((): Said => ({ error: 'killed' })),
      ]);
      settled.abort();
      if (said.answer === undefined) throw new Error(said.error);
      return said.answer;
    },
    kill: () => {
      child?.kill('SIGKILL');
      child = undefined;
    },
    remove: () => {
      child?.kill('SIGKILL');
      rmSync(folder, { recursive: true });
    },
  };
};
