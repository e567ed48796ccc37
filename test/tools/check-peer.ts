/**
 * `npm run check:peer`: doctor and simulate against a SCIM server that is not this one, SCIMMY of bench/ with its own
 * store. Doctor must find the faults that it is known to have, and the identity providers whose requests it understands
 * must pass. Prints a line for each; exit 1 when one is otherwise than expected.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { runScim } from '../cli/run-scim.ts';

/** The ids of the checks. */
const KNOWN_FAULTS = [
  'create.location',
  'version.etag',
  'create.one-primary',
  'entra.create-on-miss',
  'entra.boolean-string',
];
/** Beside them it refuses the strings for booleans, and the single manager, that Entra ID and OneLogin send. */
const UNDERSTOOD = ['okta', 'okta-oin', 'jumpcloud', 'ping'];
const NOT_UNDERSTOOD = ['entra', 'onelogin'];
const SCIM_TOKEN = 'peer-token';

const bench = fileURLToPath(new URL('../../bench/', import.meta.url));
if (!existsSync(`${bench}node_modules/scimmy-routers`))
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: bench, stdio: 'inherit' });

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
};
const startPeer = async () => {
  const port = await freePort();
  const child = spawn(process.execPath, [`${bench}fixtures/scimmy-server.mjs`], {
    env: { PATH: process.env.PATH, PORT: String(port), TOKEN: SCIM_TOKEN },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error('the peer did not start'))),
  ]);
  return { url: `http://127.0.0.1:${port}/scim/v2`, stop: () => child.kill() };
};

const Examined = z.object({
  findings: z.array(z.object({ id: z.string(), outcome: z.string(), saw: z.string().optional() })),
  leftBehind: z.array(z.unknown()),
});
const Simulated = z.object({
  requests: z.number(),
  failures: z.number(),
  differences: z.number(),
  firstFailures: z.array(z.object({ fault: z.string(), detail: z.string().optional() })),
});

const say = (asExpected: boolean, text: string) => {
  console.log(`${asExpected ? 'ok  ' : 'FAIL'}  ${text}`);
  if (!asExpected) process.exitCode = 1;
};
const scim = async (url: string, ...args: readonly string[]) => {
  const { out, err } = await runScim([...args, '--url', url, '--json'], { environment: { SCIM_TOKEN } });
  if (out === '') throw new Error(err);
  return JSON.parse(out) as unknown;
};

const examine = async (url: string) => {
  const { findings, leftBehind } = Examined.parse(await scim(url, 'doctor'));
  const failed = new Map(findings.filter(({ outcome }) => outcome === 'fail').map((one) => [one.id, one]));
  for (const id of KNOWN_FAULTS) say(failed.has(id), `doctor ${id}: ${failed.get(id)?.saw ?? 'not found'}`);
  say(leftBehind.length === 0, `doctor: ${findings.length} checks, ${failed.size} failed, nothing left behind`);
};
const simulate = async (url: string, idp: string, understood: boolean) => {
  const args = ['--idp', idp, '--users', '40', '--groups', '6', '--seed', '1', '--cleanup'];
  const { requests, failures, differences, firstFailures } = Simulated.parse(await scim(url, 'simulate', ...args));
  const [first] = firstFailures;
  const why = first === undefined ? '' : `, the first: ${first.fault}: ${first.detail}`;
  say(
    understood ? failures + differences === 0 : failures > 0 && differences === 0,
    `simulate ${idp}: ${requests} requests, ${failures} failures, ${differences} differences${why}`,
  );
};

const peer = await startPeer();
try {
  await examine(peer.url);
  for (const idp of UNDERSTOOD) await simulate(peer.url, idp, true);
  for (const idp of NOT_UNDERSTOOD) await simulate(peer.url, idp, false);
} finally {
  peer.stop();
}
