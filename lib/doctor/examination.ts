/** Runs checks against a server one by one, and deletes the resources they created. */
import { type Endpoint, openConnection } from '../scim-client/connection.ts';
import { at, elementsOf } from '../scim-client/json-value.ts';
import { percentile } from '../scim-client/percentile.ts';
import type { Check, Grade } from './check.ts';
import { createDoctorContext, type DoctorContext, targetOf } from './check-context.ts';
import { CheckFailed, CheckSkipped } from './check-outcome.ts';

export type Finding = Omit<Check, 'run'> & {
  readonly outcome: 'pass' | 'fail' | 'skip';
  /** The observed behavior, or the reason the check was skipped. */
  readonly saw: string;
  /** Milliseconds of its slowest request. */
  readonly milliseconds: number;
};
export type Examination = {
  readonly findings: readonly Finding[];
  readonly requests: number;
  /** Milliseconds. */
  readonly times: { readonly p50: number; readonly p95: number; readonly max: number };
  readonly interrupted: boolean;
  /** Targets of created resources that could not be deleted. */
  readonly leftBehind: readonly string[];
};
export type ExaminationOptions = Endpoint & { readonly chosen: readonly Check[] };
export type ExaminationHooks = {
  /** Ends the examination before its next request; the created resources are still deleted. */
  readonly signal: AbortSignal;
  readonly progress: (progress: { done: number; all: number }) => void;
};

/** The limit of Okta's test suite. */
const SLOWEST_P95_MS = 600;
const LEFTOVER_PAGES = 50;

const round = (value: number): number => Math.round(value * 10) / 10;

const runCheck = async (check: Check, context: DoctorContext): Promise<Finding> => {
  const { run, ...about } = check;
  const before = context.times.length;
  const toFinding = (outcome: Finding['outcome'], saw: string): Finding => ({
    ...{ ...about, outcome, saw },
    milliseconds: round(Math.max(0, ...context.times.slice(before))),
  });
  try {
    return toFinding('pass', await run(context));
  } catch (error) {
    if (error instanceof CheckFailed) return toFinding('fail', error.message);
    if (error instanceof CheckSkipped) return toFinding('skip', error.message);
    throw error;
  }
};

const AUTHENTICATION = 'authentication.accepted';

/** If the token is refused, all further checks are skipped: a wrong URL or token is one finding, not a hundred. */
const isRefused = ([first]: readonly Finding[]): boolean => first?.id === AUTHENTICATION && first.outcome === 'fail';
const skipped = ({ run: _, ...about }: Check): Finding => ({
  ...{ ...about, outcome: 'skip', milliseconds: 0 },
  saw: `the server refused the token (${AUTHENTICATION})`,
});

const latency = ({ times }: DoctorContext): Finding => {
  const p95 = round(percentile(times, 0.95));
  return {
    ...{ id: 'latency.p95', title: `95% of responses arrive within ${SLOWEST_P95_MS} ms`, source: "Okta's SPEC test" },
    ...{ grade: 'should' as Grade, audience: ['okta', 'entra'] as const, milliseconds: round(percentile(times, 1)) },
    outcome: p95 <= SLOWEST_P95_MS ? 'pass' : 'fail',
    saw: `p95 is ${p95} ms over ${times.length} requests`,
  };
};

const isOurs = (resource: unknown, prefix: string): boolean =>
  ['userName', 'displayName'].some((name) =>
    String(at(resource, name) ?? '')
      .toLowerCase()
      .startsWith(prefix),
  );

/** Finds resources created by requests whose response was lost, by name. Reads the whole list if `sw` is unsupported. */
const findLeftovers = async ({ ask, prefix }: DoctorContext, endpoint: '/Users' | '/Groups'): Promise<string[]> => {
  const attribute = endpoint === '/Users' ? 'userName' : 'displayName';
  const filter = encodeURIComponent(`${attribute} sw "${prefix}"`);
  const targets: string[] = [];
  const add = (resources: unknown) => {
    for (const resource of elementsOf(resources))
      if (isOurs(resource, prefix)) targets.push(targetOf(endpoint, String(at(resource, 'id'))));
  };
  const filtered = await ask('GET', `${endpoint}?filter=${filter}&count=100`);
  if (filtered.status === 200) {
    add(at(filtered.json, 'Resources'));
    return targets;
  }
  for (let startIndex = 1, pages = 0; pages < LEFTOVER_PAGES; pages++) {
    const page = elementsOf(at((await ask('GET', `${endpoint}?startIndex=${startIndex}&count=100`)).json, 'Resources'));
    add(page);
    startIndex += page.length;
    if (page.length === 0) break;
  }
  return targets;
};

const removeAll = async ({ ask }: DoctorContext, targets: readonly string[]): Promise<string[]> => {
  const left: string[] = [];
  for (const target of targets) {
    const status = await ask('DELETE', target).then(
      (response) => response.status,
      () => 0,
    );
    if (status !== 404 && (status < 200 || status > 299)) left.push(target);
  }
  return left;
};

/** @param context a context whose signal is never aborted */
const cleanUp = async (context: DoctorContext, created: readonly string[]): Promise<string[]> => {
  const left = await removeAll(context, created);
  const leftovers = async (endpoint: '/Users' | '/Groups') => findLeftovers(context, endpoint).catch(() => []);
  const found = [...(await leftovers('/Groups')), ...(await leftovers('/Users'))].filter(
    (target) => !left.includes(target),
  );
  return [...left, ...(await removeAll(context, found))];
};

const examineAll = async (context: DoctorContext, chosen: readonly Check[], { signal, progress }: ExaminationHooks) => {
  const findings: Finding[] = [];
  for (const check of chosen) {
    progress({ done: findings.length, all: chosen.length });
    try {
      findings.push(isRefused(findings) ? skipped(check) : await runCheck(check, context));
    } catch (error) {
      if (signal.aborted) break;
      throw error;
    }
  }
  return findings;
};

/** @throws Unanswered if the server does not respond */
export async function examine(
  { chosen, ...endpoint }: ExaminationOptions,
  hooks: ExaminationHooks,
): Promise<Examination> {
  const connection = openConnection(endpoint, 8);
  const context = createDoctorContext(connection, hooks.signal);
  await connection.send({ method: 'GET', target: '/ServiceProviderConfig' });
  let findings: Finding[] = [];
  let leftBehind: string[] = [];
  try {
    findings = await examineAll(context, chosen, hooks);
  } finally {
    const cleanupContext = createDoctorContext(connection, new AbortController().signal);
    leftBehind = await cleanUp({ ...cleanupContext, prefix: context.prefix }, context.created());
    connection.close();
  }
  const measured = context.times.length > 0 && !hooks.signal.aborted ? [latency(context)] : [];
  return {
    findings: [...findings, ...measured],
    requests: context.times.length,
    times: {
      p50: round(percentile(context.times, 0.5)),
      p95: round(percentile(context.times, 0.95)),
      max: round(percentile(context.times, 1)),
    },
    interrupted: hooks.signal.aborted,
    leftBehind,
  };
}
