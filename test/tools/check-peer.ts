/**
 * `npm run check:peer`: runs doctor and simulate against another SCIM server, SCIMMY from bench/ with its own store.
 * Doctor must find SCIMMY's known faults, and the simulated identity providers that it supports must pass. Prints one
 * line for each; exit code 1 if a result differs from the expectation.
 */
import * as z from 'zod';
import { installRivals } from '../../bench/install-rivals.ts';
import { startScimmy } from '../../bench/scimmy.ts';
import { runScim } from '../cli/run-scim.ts';

/** Ids of checks that fail. */
const KNOWN_FAULTS = [
  'create.location',
  'version.etag',
  'create.one-primary',
  'entra.create-on-miss',
  'entra.boolean-string',
];
/** SCIMMY rejects booleans as strings and the single manager value, which Entra ID and OneLogin send. */
const SUPPORTED = ['okta', 'okta-oin', 'jumpcloud', 'ping'];
const UNSUPPORTED = ['entra', 'onelogin'];

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

const report = (asExpected: boolean, text: string) => {
  console.log(`${asExpected ? 'ok  ' : 'FAIL'}  ${text}`);
  if (!asExpected) process.exitCode = 1;
};
type Server = Awaited<ReturnType<typeof startScimmy>>['server'];
const scim = async ({ baseUrl, token }: Server, ...args: readonly string[]) => {
  const environment = { SCIM_TOKEN: token };
  const { out, err } = await runScim([...args, '--url', baseUrl, '--json'], { environment });
  if (out === '') throw new Error(err);
  return JSON.parse(out) as unknown;
};

const examine = async (peer: Server) => {
  const { findings, leftBehind } = Examined.parse(await scim(peer, 'doctor'));
  const failed = new Map(findings.filter(({ outcome }) => outcome === 'fail').map((one) => [one.id, one]));
  for (const id of KNOWN_FAULTS) report(failed.has(id), `doctor ${id}: ${failed.get(id)?.saw ?? 'not found'}`);
  report(
    leftBehind.length === 0,
    `doctor: ${findings.length} checks, ${failed.size} failed, ${leftBehind.length} resources left behind`,
  );
};
const simulate = async (peer: Server, idp: string, supported: boolean) => {
  const args = ['--idp', idp, '--users', '40', '--groups', '6', '--seed', '1', '--cleanup'];
  const { requests, failures, differences, firstFailures } = Simulated.parse(await scim(peer, 'simulate', ...args));
  const [first] = firstFailures;
  const why = first === undefined ? '' : `; first failure: ${first.fault}: ${first.detail}`;
  report(
    supported ? failures + differences === 0 : failures > 0 && differences === 0,
    `simulate ${idp}: ${requests} requests, ${failures} failures, ${differences} differences${why}`,
  );
};

installRivals();
const { child, server } = await startScimmy();
try {
  await examine(server);
  for (const idp of SUPPORTED) await simulate(server, idp, true);
  for (const idp of UNSUPPORTED) await simulate(server, idp, false);
} finally {
  await child.stop();
}
