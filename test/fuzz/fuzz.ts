/** Feeds hostile inputs to the core: it refuses them or takes them, but never crashes, hangs, or is changed by them. */
import { groupType, type Json, ScimError, userType } from '../../lib/scim/index.ts';
import { deepFrozen } from '../arbitraries/deep-frozen.ts';
import { createRandom, type Random } from './random.ts';
import { type Setting, targets } from './targets.ts';

/** Milliseconds of CPU that no input may take. */
const SLOW = 50;
const BATCH = 1000;

type Finding = {
  readonly kind: string;
  readonly problem: string;
  readonly input: Json;
  readonly type: string;
  readonly mode: string;
};
type Count = { taken: number; refused: number };
export type Report = {
  readonly inputs: number;
  readonly counts: Readonly<Record<string, Count>>;
  readonly slowest: { readonly kind: string; readonly milliseconds: number; readonly input: Json };
  /** The first; nothing runs after it. */
  readonly finding: Finding | undefined;
};

const settings: readonly Setting[] = [userType, groupType].flatMap((type) =>
  (['tolerant', 'rfc'] as const).map((mode) => ({ type, mode })),
);

/** Names on the prototypes of everything. */
const prototypes = (): string =>
  [Object.prototype, Array.prototype, String.prototype, Function.prototype, Map.prototype]
    .map((prototype) => Reflect.ownKeys(prototype).map(String).join())
    .join();
const clean = prototypes();

/** @returns what is wrong, or whether the input was taken */
const outcomeOf = (kind: string, input: Json, setting: Setting): 'taken' | 'refused' | { readonly problem: string } => {
  try {
    targets[kind]?.run(input, setting);
    return 'taken';
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

/** The least of several: what else the process does, such as collecting garbage, is not the input's fault. */
const leastOf = (work: () => void): number => Math.min(...Array.from({ length: 5 }, () => milliseconds(work)));

export type Fuzzing = {
  readonly inputs: number;
  readonly seed: number;
  readonly onBatch?: (done: number) => void;
};

/** What has been seen so far. */
type Tally = { readonly counts: Record<string, Count>; slowest: Report['slowest'] };

/** @returns what is wrong with one input in one setting */
const tryIn = (setting: Setting, { kind, input }: Made, tally: Tally): 'taken' | 'refused' | { problem: string } => {
  const start = performance.now();
  const outcome = outcomeOf(kind, input, setting);
  // The clock is cheap to ask; only what may be the slowest so far is measured by its CPU.
  if (performance.now() - start <= tally.slowest.milliseconds) return outcome;
  const least = leastOf(() => outcomeOf(kind, input, setting));
  if (least > tally.slowest.milliseconds) tally.slowest = { kind, milliseconds: least, input };
  return least > SLOW ? { problem: `takes ${least.toFixed(1)} ms` } : outcome;
};
type Made = { readonly kind: string; readonly input: Json };

const tryOne = (made: Made, tally: Tally): Finding | undefined => {
  const outcomes = settings.map((setting) => ({ setting, outcome: tryIn(setting, made, tally) }));
  for (const { setting, outcome } of outcomes)
    if (typeof outcome === 'object')
      return { ...made, problem: outcome.problem, type: setting.type.name, mode: setting.mode };
  const count = tally.counts[made.kind];
  if (count !== undefined) count[outcomes.some(({ outcome }) => outcome === 'taken') ? 'taken' : 'refused']++;
  return undefined;
};

/** Frozen, so that writing to it throws; through JSON, because that is how it arrives. */
const makeInput = (kind: string, random: Random): Json => {
  const value = targets[kind]?.make(random) ?? null;
  return typeof value === 'string' ? value : deepFrozen(JSON.parse(JSON.stringify(value)) as Json);
};

/** Each input goes through its code for users and groups, in both modes. */
export const fuzz = ({ inputs, seed, onBatch = () => undefined }: Fuzzing): Report => {
  const random = createRandom(seed);
  const kinds = Object.keys(targets);
  const tally: Tally = {
    counts: Object.fromEntries(kinds.map((kind) => [kind, { taken: 0, refused: 0 }])),
    slowest: { kind: '', milliseconds: 0, input: null },
  };
  for (let done = 1; done <= inputs; done++) {
    const kind = random.pick(kinds);
    const made = { kind, input: makeInput(kind, random) };
    const checkpoint = done % BATCH === 0 || done === inputs;
    const finding = tryOne(made, tally) ?? (checkpoint ? pollution(made) : undefined);
    if (finding !== undefined) return { inputs: done, ...tally, finding };
    if (checkpoint) onBatch(done);
  }
  return { inputs, ...tally, finding: undefined };
};

const pollution = (made: Made): Finding | undefined =>
  prototypes() === clean
    ? undefined
    : { ...made, problem: `a prototype was changed by one of the last ${BATCH} inputs`, type: 'any', mode: 'any' };
