/** The bundled stream function in a separate process, which can be killed in the middle of a batch. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DynamoDBBatchResponse, DynamoDBRecord } from 'aws-lambda';
import { bundleFunction } from '../../lib/infra/bundle.ts';

const driver = `
const { handler } = require(process.argv[2]);
const context = { getRemainingTimeInMillis: () => 28000 };
process.on('message', (event) => handler(event, context).then(
  (answer) => process.send({ answer }),
  (error) => process.send({ error: String(error) }),
));
`;
type Reply = { readonly answer?: DynamoDBBatchResponse; readonly error?: string };

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
    /** Restarts the function if it was killed. @throws if the function throws, or is killed first */
    invoke: async (Records: readonly DynamoDBRecord[]): Promise<DynamoDBBatchResponse> => {
      child ??= start();
      const running = child;
      running.send({ Records });
      const settled = new AbortController();
      const reply = await Promise.race([
        once(running, 'message', settled).then(([message]) => message as Reply),
        once(running, 'exit', settled).then((): Reply => ({ error: 'killed' })),
      ]);
      settled.abort();
      if (reply.answer === undefined) throw new Error(reply.error);
      return reply.answer;
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
