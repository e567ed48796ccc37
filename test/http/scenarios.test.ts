/** Identity provider traffic: the runner of `test/fixtures/idp-scenarios` against the local run. */
import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { useLocalRun } from '../support/local-run.ts';

const { run } = useLocalRun();
const runner = new URL('../fixtures/idp-scenarios/run_scenarios.mjs', import.meta.url).pathname;

const play = (concurrency: string) =>
  new Promise<{ code: number | null; output: string }>((resolve, reject) => {
    const { baseUrl, token } = run();
    const env = { ...process.env, BASE: baseUrl, TOKEN: token, CONCURRENCY: concurrency, STRICT: '1' };
    const child = spawn(process.execPath, [runner], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', reject).once('exit', (code) => resolve({ code, output }));
  });

test.each(['1', '8'])('all scenarios pass, including the advisory ones, with concurrency %s', async (concurrency) => {
  const { code, output } = await play(concurrency);
  expect(output.split('\n').filter((line) => !line.startsWith('pass'))).toEqual(['90 passed, 0 failed', '']);
  expect(code).toBe(0);
});
