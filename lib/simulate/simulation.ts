/** A complete simulation: connection test, initial sync, days of changes, comparison and cleanup. */
import { forEachInParallel } from '../common/parallel.ts';
import { type Endpoint, openConnection } from '../scim-client/connection.ts';
import { compareDirectory } from './comparison.ts';
import { groupTarget, type Provider, userTarget } from './provider.ts';
import { createProvider, type ProviderName } from './providers.ts';
import { createRandom, labelOf } from './random.ts';
import { toRecordLine } from './recording.ts';
import { createRequestRate } from './request-rate.ts';
import { runEvent } from './run-event.ts';
import { createScenario, type Event, type Phase } from './scenario.ts';
import { createSession, type Session, StepFailed } from './session.ts';
import { createState, type State } from './state.ts';
import {
  createStatistics,
  type FailureStatistics,
  type KindStatistics,
  type Statistics,
  type Times,
} from './statistics.ts';

export type SimulationOptions = Endpoint & {
  readonly idp: ProviderName;
  readonly seed: string;
  readonly users: number;
  readonly groups: number;
  readonly days: number;
  /** Requests per second; undefined: no limit. */
  readonly rate?: number | undefined;
  /** Users or groups processed in parallel. */
  readonly concurrency: number;
  readonly cleanup: boolean;
};
type Progress = {
  readonly phase: string;
  readonly done: number;
  readonly all: number;
};
export type Hooks = {
  /** Ends the simulation before its next request; the cleanup still runs. */
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
  /** Receives one line of JSON for each exchange. */
  readonly record?: (line: string) => void;
};
export type Report = {
  readonly identityProvider: string;
  readonly seed: string;
  /** Part of every name this simulation uses. */
  readonly label: string;
  readonly interrupted: boolean;
  readonly seconds: number;
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Requests that failed or got a wrong response. */
  readonly failures: number;
  /** Undefined if the directory was not compared. */
  readonly differences: number | undefined;
  /** 429 responses after which the request was retried. */
  readonly throttled: number;
  /** Events skipped because an earlier one failed. */
  readonly skipped: number;
  readonly users: number;
  readonly groups: number;
  readonly times: Times;
  readonly kinds: readonly KindStatistics[];
  /** One for each kind of request and reason. */
  readonly firstFailures: readonly FailureStatistics[];
  readonly firstDifferences: readonly string[];
};

const DIFFERENCES_SHOWN = 20;

type Run = {
  readonly provider: Provider;
  readonly session: Session;
  readonly state: State;
  readonly statistics: Statistics;
  readonly concurrency: number;
  readonly signal: AbortSignal;
};

/** @returns the result of the step, or undefined if it failed or was interrupted */
const attempt = async <Result>(signal: AbortSignal, step: () => Promise<Result>): Promise<Result | undefined> => {
  try {
    return await step();
  } catch (error) {
    if (error instanceof StepFailed || signal.aborted) return undefined;
    throw error;
  }
};

const playTrack = async (run: Run, track: readonly Event[]): Promise<void> => {
  for (const event of track) {
    const done = await attempt(run.signal, () => runEvent(run, event));
    if (done === false) run.statistics.skipped();
  }
};

const playPhase = async (run: Run, phase: Phase, progress: Hooks['progress']): Promise<void> => {
  let done = 0;
  const all = phase.tracks.length;
  await forEachInParallel(phase.tracks, run.concurrency, async (track) => {
    if (!run.signal.aborted) await playTrack(run, track);
    progress({ phase: phase.name, done: ++done, all });
  });
};

/** Groups first: deleting a user who still has memberships costs the server more. */
const cleanUp = async ({ session, state, concurrency, signal }: Run): Promise<void> => {
  const groups = [...state.groups.values()].map(({ id }) => groupTarget(id));
  const users = [...state.users.values()].map(({ id }) => userTarget(id));
  for (const targets of [groups, users])
    await forEachInParallel(targets, concurrency, async (target) => {
      await attempt(signal, () => session.remove('cleanup', target));
    });
};

const playScenario = async (run: Run, scenario: readonly Phase[], progress: Hooks['progress']): Promise<void> => {
  for (const phase of scenario) if (!run.signal.aborted) await playPhase(run, phase, progress);
};

const round = (value: number): number => Math.round(value * 10) / 10;

/** Catches a wrong URL or token before every user fails one by one. */
const testConnection = async ({ provider, session, signal }: Run, seed: string): Promise<boolean> => {
  const random = createRandom(`${seed} connection test`);
  const unknown = { userName: `test.${random.hex(12)}@${labelOf(seed)}.example.com`, uid: random.hex(32) };
  const passed = await attempt(signal, async () => {
    await provider.testConnection(session, unknown);
    return true;
  });
  return passed === true;
};

export async function simulate(options: SimulationOptions, { signal, progress, record }: Hooks): Promise<Report> {
  const { seed, concurrency, rate } = options;
  const connection = openConnection(options, concurrency);
  const [statistics, state, provider] = [createStatistics(), createState(), createProvider(options.idp)];
  const start = performance.now();
  const createRun = (until: AbortSignal): Run => {
    const sessionOptions = {
      connection,
      wireFormat: provider,
      statistics,
      nextTurn: createRequestRate(rate, until),
      signal: until,
    };
    const session = createSession({ ...sessionOptions, record: (exchange) => record?.(toRecordLine(exchange)) });
    return { provider, session, state, statistics, concurrency, signal: until };
  };
  const main = createRun(signal);
  let differences: readonly string[] | undefined;
  if (await testConnection(main, seed)) {
    await playScenario(main, createScenario(options, provider), progress);
    differences = await attempt(signal, () => compareDirectory(main));
  }
  const [users, groups] = [state.users.size, state.groups.size];
  if (options.cleanup) await cleanUp(createRun(new AbortController().signal));
  connection.close();
  const seconds = (performance.now() - start) / 1000;
  const counts = statistics.counts();
  return {
    identityProvider: provider.title,
    ...{ seed, label: labelOf(seed), interrupted: signal.aborted, seconds: round(seconds) },
    ...{ ...counts, requestsPerSecond: round(counts.requests / seconds), users, groups },
    differences: differences?.length,
    ...{ times: statistics.times(), kinds: statistics.kinds(), firstFailures: statistics.firstFailures() },
    firstDifferences: differences?.slice(0, DIFFERENCES_SHOWN) ?? [],
  };
}
