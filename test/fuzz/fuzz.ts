/** Feeds hostile inputs to the protocol core, which must refuse or accept them without crashing, hanging or changing. */
import { groupType, type Json, ScimError, userType } from '../../lib/scim/index.ts';
import { deepFrozen } from '../arbitraries/deep-frozen.ts';
import { createRandom, type Random } from './random.ts';
import { type Setting, targets } from './targets.ts';

/** Limit per input, in milliseconds of CPU. */
const SLOW = 50;
const BATCH = 1000;

type Finding = {
  readonly kind: string;
  readonly problem: string;
  readonly input: Json;
  readonly type: string;
  readonly mode: string;
};
type Count = { accepted: number; refused: number };
export type Report = {
  readonly inputs: number;
  readonly counts: Readonly<Record<string, Count>>;
  readonly slowest: { readonly kind: string; readonly milliseconds: number; readonly input: Json };
  /** The first finding; it ends the run. */
  readonly finding: Finding | undefined;
};

const settings: readonly Setting[] = [userType, groupType].flatMap((type) =>
  (['tolerant', 'rfc'] as const).map((mode) => ({ type, mode })),
);

/** Property names of the built-in prototypes. */
const prototypes = (): string =>
  [Object.prototype, Array.prototype, String.prototype, Function.prototype, Map.prototype]
    .map((prototype) => Reflect.ownKeys(prototype).map(String).join())
    .join();
const clean = prototypes();

/** Runs one input once. @returns whether it was accepted or refused, or the problem */
const outcomeOf = (
  kind: string,
  input: Json,
  setting: Setting,
): 'accepted' | 'refused' | { readonly problem: string } => {
  try {
    targets[kind]?.run(input, setting);
    return 'accepted';
  } catch (error) {
    if (error instanceof ScimError && error.status >= 400 && error.status < 500) return 'refused';
    return { problem: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
};

const milliseconds = (work: () => void): number => {
  const { user, system } = process.cpuUsage();
  work();
  const after = process.cpuUsage();
  return (after.user - user + after.system - system) / 1000;
};

/** The minimum of five runs, because garbage collection and other work are not the input's fault. */
const minimumOf = (work: () => void): number => Math.min(...Array.from({ length: 5 }, () => milliseconds(work)));

export type Fuzzing = {
  readonly inputs: number;
  readonly seed: number;
  readonly onBatch?: (done: number) => void;
};

/** Counts and the slowest input so far. */
type Tally = { readonly counts: Record<string, Count>; slowest: Report['slowest'] };

/** Runs one input in one setting and measures it. @returns as outcomeOf */
const tryIn = (
  setting: Setting,
  { kind, input }: Sample,
  tally: Tally,
): 'accepted' | 'refused' | { problem: string } => {
  const start = performance.now();
  const outcome = outcomeOf(kind, input, setting);
  // Reading the clock is cheap; CPU time is measured only for what may be the slowest input so far.
  if (performance.now() - start <= tally.slowest.milliseconds) return outcome;
  const minimum = minimumOf(() => outcomeOf(kind, input, setting));
  if (minimum > tally.slowest.milliseconds) tally.slowest = { kind, milliseconds: minimum, input };
  return minimum > SLOW ? { problem: `takes ${minimum.toFixed(1)} ms` } : outcome;
};
type Sample = { readonly kind: string; readonly input: Json };

const tryOne = (sample: Sample, tally: Tally): Finding | undefined => {
  const outcomes = settings.map((setting) => ({ setting, outcome: tryIn(setting, sample, tally) }));
  for (const { setting, outcome } of outcomes)
    if (typeof outcome === 'object')
      return { ...sample, problem: outcome.problem, type: setting.type.name, mode: setting.mode };
  const count = tally.counts[sample.kind];
  if (count !== undefined) count[outcomes.some(({ outcome }) => outcome === 'accepted') ? 'accepted' : 'refused']++;
  return undefined;
};

/** Frozen, so that writing to it throws; passed through JSON, because requests arrive as JSON. */
const createInput = (kind: string, random: Random): Json => {
  const value = targets[kind]?.make(random) ?? null;
  return typeof value === 'string' ? value : deepFrozen(JSON.parse(JSON.stringify(value)) as Json);
};

/** Runs each input against its target for users and groups, in both modes. */
export const fuzz = ({ inputs, seed, onBatch = () => undefined }: Fuzzing): Report => {
  const random = createRandom(seed);
  const kinds = Object.keys(targets);
  const tally: Tally = {
    counts: Object.fromEntries(kinds.map((kind) => [kind, { accepted: 0, refused: 0 }])),
    slowest: { kind: '', milliseconds: 0, input: null },
  };
  for (let done = 1; done <= inputs; done++) {
    const kind = random.pick(kinds);
    const sample = { kind, input: createInput(kind, random) };
    const checkpoint = done % BATCH === 0 || done === inputs;
    const finding = tryOne(sample, tally) ?? (checkpoint ? pollution(sample) : undefined);
    if (finding !== undefined) return { inputs: done, ...tally, finding };
    if (checkpoint) onBatch(done);
  }
  return { inputs, ...tally, finding: undefined };
};

const pollution = (sample: Sample): Finding | undefined =>
  prototypes() === clean
    ? undefined
    : { ...sample, problem: `a prototype was changed by one of the last ${BATCH} inputs`, type: 'any', mode: 'any' };
