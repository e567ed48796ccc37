/** A whole simulation: connection test, initial sync, days of changes, comparison, and cleaning up. */
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
  /** Requests a second; undefined: as fast as answers come. */
  readonly rate?: number | undefined;
  /** How many people or groups are worked on at once. */
  readonly concurrency: number;
  readonly cleanup: boolean;
};
type Progress = {
  readonly phase: string;
  readonly done: number;
  readonly all: number;
};
export type Hooks = {
  /** Ends the simulation before its next request; cleaning up is done nevertheless. */
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
  /** A line of JSON for each exchange. */
  readonly record?: (line: string) => void;
};
export type Report = {
  readonly identityProvider: string;
  readonly seed: string;
  /** What all its names contain. */
  readonly label: string;
  readonly interrupted: boolean;
  readonly seconds: number;
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Requests that failed or whose answer was wrong. */
  readonly failures: number;
  /** Undefined: it was not compared. */
  readonly differences: number | undefined;
  /** Answers 429 after which the request was sent again. */
  readonly throttled: number;
  /** Events that could not be played because an earlier one failed. */
  readonly skipped: number;
  readonly users: number;
  readonly groups: number;
  readonly times: Times;
  readonly kinds: readonly KindStatistics[];
  /** Of different reasons. */
  readonly firstFailures: readonly FailureStatistics[];
  readonly firstDifferences: readonly string[];
};

const DIFFERENCES_SHOWN = 20;

type Play = {
  readonly provider: Provider;
  readonly conversation: Session;
  readonly ledger: State;
  readonly tally: Statistics;
  readonly concurrency: number;
  readonly signal: AbortSignal;
};

/** @returns what the step gave, or undefined when it failed or was interrupted */
const attempt = async <Result>(signal: AbortSignal, step: () => Promise<Result>): Promise<Result | undefined> => {
  try {
    return await step();
  } catch (error) {
    if (error instanceof StepFailed || signal.aborted) return undefined;
    throw error;
  }
};

const playTrack = async (play: Play, track: readonly Event[]): Promise<void> => {
  for (const event of track) {
    const done = await attempt(play.signal, () => runEvent(play, event));
    if (done === false) play.tally.skipped();
  }
};

const playPhase = async (play: Play, phase: Phase, progress: Hooks['progress']): Promise<void> => {
  let done = 0;
  const all = phase.tracks.length;
  await forEachInParallel(phase.tracks, play.concurrency, async (track) => {
    if (!play.signal.aborted) await playTrack(play, track);
    progress({ phase: phase.name, done: ++done, all });
  });
};

/** Groups first: a user who is deleted leaves them, which costs the server more. */
const cleanUp = async ({ conversation, ledger, concurrency, signal }: Play): Promise<void> => {
  const groups = [...ledger.groups.values()].map(({ id }) => groupTarget(id));
  const users = [...ledger.users.values()].map(({ id }) => userTarget(id));
  for (const targets of [groups, users])
    await forEachInParallel(targets, concurrency, async (target) => {
      await attempt(signal, () => conversation.remove('cleanup', target));
    });
};

const playStory = async (play: Play, story: readonly Phase[], progress: Hooks['progress']): Promise<void> => {
  for (const phase of story) if (!play.signal.aborted) await playPhase(play, phase, progress);
};

const round = (value: number): number => Math.round(value * 10) / 10;

/** A wrong URL or token shows here, before N users fail one by one. */
const testConnection = async ({ provider, conversation, signal }: Play, seed: string): Promise<boolean> => {
  const random = createRandom(`${seed} connection test`);
  const unknown = { userName: `test.${random.hex(12)}@${labelOf(seed)}.example.com`, uid: random.hex(32) };
  const passed = await attempt(signal, async () => {
    await provider.testConnection(conversation, unknown);
    return true;
  });
  return passed === true;
};

export async function simulate(options: SimulationOptions, { signal, progress, record }: Hooks): Promise<Report> {
  const { seed, concurrency, rate } = options;
  const connection = openConnection(options, concurrency);
  const [tally, ledger, provider] = [createStatistics(), createState(), createProvider(options.idp)];
  const start = performance.now();
  const play = (until: AbortSignal): Play => {
    const line = { connection, manner: provider, tally, pace: createRequestRate(rate, until), signal: until };
    const conversation = createSession({ ...line, record: (exchange) => record?.(toRecordLine(exchange)) });
    return { provider, conversation, ledger, tally, concurrency, signal: until };
  };
  const main = play(signal);
  let differences: readonly string[] | undefined;
  if (await testConnection(main, seed)) {
    await playStory(main, createScenario(options, provider), progress);
    differences = await attempt(signal, () => compareDirectory(main));
  }
  const [users, groups] = [ledger.users.size, ledger.groups.size];
  if (options.cleanup) await cleanUp(play(new AbortController().signal));
  connection.close();
  const seconds = (performance.now() - start) / 1000;
  const counts = tally.counts();
  return {
    identityProvider: provider.title,
    ...{ seed, label: labelOf(seed), interrupted: signal.aborted, seconds: round(seconds) },
    ...{ ...counts, requestsPerSecond: round(counts.requests / seconds), users, groups },
    differences: differences?.length,
    ...{ times: tally.times(), kinds: tally.kinds(), firstFailures: tally.firstFailures() },
    firstDifferences: differences?.slice(0, DIFFERENCES_SHOWN) ?? [],
  };
}
