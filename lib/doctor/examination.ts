/** All checks against one server, one after another, and the removal of what they made. */
import { type Endpoint, openConnection } from '../scim-client/connection.ts';
import { at, elementsOf } from '../scim-client/json-value.ts';
import { percentile } from '../scim-client/percentile.ts';
import type { Check, Grade } from './check.ts';
import { createDoctorContext, type DoctorContext, targetOf } from './check-context.ts';
import { CheckFailed, CheckSkipped } from './check-outcome.ts';

export type Finding = Omit<Check, 'run'> & {
  readonly outcome: 'pass' | 'fail' | 'skip';
  /** What was seen, or why it could not be. */
  readonly saw: string;
  /** The slowest of its answers, in milliseconds. */
  readonly milliseconds: number;
};
export type Examination = {
  readonly findings: readonly Finding[];
  readonly requests: number;
  /** Milliseconds. */
  readonly times: { readonly p50: number; readonly p95: number; readonly max: number };
  readonly interrupted: boolean;
  /** Targets of what the doctor made and could not remove. */
  readonly leftBehind: readonly string[];
};
export type ExaminationOptions = Endpoint & { readonly chosen: readonly Check[] };
export type ExaminationHooks = {
  /** Ends the examination before its next request; what was made is removed nevertheless. */
  readonly signal: AbortSignal;
  readonly progress: (progress: { done: number; all: number }) => void;
};

/** What Okta's test suite asks of each answer. */
const SLOWEST_P95_MS = 600;
const LEFTOVER_PAGES = 50;

const round = (value: number): number => Math.round(value * 10) / 10;

const runCheck = async (check: Check, stage: DoctorContext): Promise<Finding> => {
  const { run, ...about } = check;
  const before = stage.times.length;
  const found = (outcome: Finding['outcome'], saw: string): Finding => ({
    ...{ ...about, outcome, saw },
    milliseconds: round(Math.max(0, ...stage.times.slice(before))),
  });
  try {
    return found('pass', await run(stage));
  } catch (error) {
    if (error instanceof CheckFailed) return found('fail', error.message);
    if (error instanceof CheckSkipped) return found('skip', error.message);
    throw error;
  }
};

const FIRST = 'authentication.accepted';

/** A wrong URL or token is one finding, not a hundred. */
const isShut = ([first]: readonly Finding[]): boolean => first?.id === FIRST && first.outcome === 'fail';
const skipped = ({ run: _, ...about }: Check): Finding => ({
  ...{ ...about, outcome: 'skip', milliseconds: 0 },
  saw: `nothing can be checked (${FIRST})`,
});

const latency = ({ times }: DoctorContext): Finding => {
  const p95 = round(percentile(times, 0.95));
  return {
    ...{ id: 'latency.p95', title: `95 of 100 answers come within ${SLOWEST_P95_MS} ms`, source: "Okta's SPEC test" },
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

/** What an answer that went astray made: found by its name, for which the whole listing is read where `sw` is not understood. */
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
      (seen) => seen.status,
      () => 0,
    );
    if (status !== 404 && (status < 200 || status > 299)) left.push(target);
  }
  return left;
};

/** @param stage one that is not interrupted */
const cleanUp = async (stage: DoctorContext, made: readonly string[]): Promise<string[]> => {
  const left = await removeAll(stage, made);
  const leftovers = async (endpoint: '/Users' | '/Groups') => findLeftovers(stage, endpoint).catch(() => []);
  const found = [...(await leftovers('/Groups')), ...(await leftovers('/Users'))].filter(
    (target) => !left.includes(target),
  );
  return [...left, ...(await removeAll(stage, found))];
};

const examineAll = async (stage: DoctorContext, chosen: readonly Check[], { signal, progress }: ExaminationHooks) => {
  const findings: Finding[] = [];
  for (const check of chosen) {
    progress({ done: findings.length, all: chosen.length });
    try {
      findings.push(isShut(findings) ? skipped(check) : await runCheck(check, stage));
    } catch (error) {
      if (signal.aborted) break;
      throw error;
    }
  }
  return findings;
};

/** @throws Unanswered when nobody is there */
export async function examine(
  { chosen, ...endpoint }: ExaminationOptions,
  hooks: ExaminationHooks,
): Promise<Examination> {
  const connection = openConnection(endpoint, 8);
  const stage = createDoctorContext(connection, hooks.signal);
  await connection.send({ method: 'GET', target: '/ServiceProviderConfig' });
  let findings: Finding[] = [];
  let leftBehind: string[] = [];
  try {
    findings = await examineAll(stage, chosen, hooks);
  } finally {
    const sweeper = createDoctorContext(connection, new AbortController().signal);
    leftBehind = await cleanUp({ ...sweeper, prefix: stage.prefix }, stage.made());
    connection.close();
  }
  const measured = stage.times.length > 0 && !hooks.signal.aborted ? [latency(stage)] : [];
  return {
    findings: [...findings, ...measured],
    requests: stage.times.length,
    times: {
      p50: round(percentile(stage.times, 0.5)),
      p95: round(percentile(stage.times, 0.95)),
      max: round(percentile(stage.times, 1)),
    },
    interrupted: hooks.signal.aborted,
    leftBehind,
  };
}
