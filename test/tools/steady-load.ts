/**
 * `node --import tsx test/tools/steady-load.ts --base URL --token-file FILE [--rate 25] [--seconds 60]`: sends
 * rate x seconds SCIM requests at a steady rate, at most 16 in parallel. Reads the token file before each request, so the
 * token may change. On a machine too slow for the rate, the same number of requests takes longer. Prints one line of
 * JSON: requests, failed, the first failures, latencies in milliseconds. Exit code 1 if a request failed.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    base: { type: 'string', default: '' },
    'token-file': { type: 'string', default: '' },
    rate: { type: 'string', default: '25' },
    seconds: { type: 'string', default: '60' },
  },
});
const [rate, seconds] = [Number(values.rate), Number(values.seconds)];
const total = rate * seconds;
const CONCURRENCY = 16;
/** An identity provider's most frequent requests; every tenth request is a PATCH instead. */
const paths = [
  '/Users?filter=userName%20eq%20%22nobody%40example.com%22',
  '/Users?count=5',
  '/Groups?count=5&excludedAttributes=members',
  '/ServiceProviderConfig',
];
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';

const ask = async (method: string, path: string, body?: object) => {
  const token = (await readFile(values['token-file'], 'utf8')).trim();
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' };
  const init = { method, headers, signal: AbortSignal.timeout(30_000) };
  const response = await fetch(
    `${values.base}${path}`,
    body === undefined ? init : { ...init, body: JSON.stringify(body) },
  );
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 200)}`);
  return text;
};

const user = JSON.parse(await ask('POST', '/Users', { schemas: [USER], userName: 'load@example.com' })) as {
  readonly id: string;
};
const latencies: number[] = [];
const failures: string[] = [];
const sendOne = async (i: number) => {
  const start = performance.now();
  try {
    if (i % 10 === 9) {
      const Operations = [{ op: 'replace', path: 'title', value: `Title ${i}` }];
      await ask('PATCH', `/Users/${user.id}`, { schemas: [PATCH_OP], Operations });
    } else await ask('GET', paths[i % paths.length] ?? '');
  } catch (error) {
    failures.push(error instanceof Error ? error.message : String(error));
  }
  latencies.push(performance.now() - start);
};

const start = performance.now();
const running = new Set<Promise<void>>();
for (let i = 0; i < total; i++) {
  const due = start + (i * 1000) / rate;
  const early = due - performance.now();
  if (early > 0) await wait(early);
  while (running.size >= CONCURRENCY) await Promise.race(running);
  const request: Promise<void> = sendOne(i).finally(() => running.delete(request));
  running.add(request);
}
await Promise.all(running);
const elapsed = (performance.now() - start) / 1000;
await ask('DELETE', `/Users/${user.id}`).catch(() => {});

latencies.sort((a, b) => a - b);
const quantile = (share: number) => Math.round(latencies[Math.floor(share * (latencies.length - 1))] ?? 0);
const report = {
  requests: latencies.length,
  failed: failures.length,
  seconds: Math.round(elapsed * 10) / 10,
  p50: quantile(0.5),
  p99: quantile(0.99),
  failures: failures.slice(0, 5),
};
console.log(JSON.stringify(report));
if (failures.length > 0) process.exitCode = 1;
