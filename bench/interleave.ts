/** Timing on a machine with other load: contestants take turns in short rounds, and medians are compared. */

/** Repeats the work `times` times. */
export type Contestant = (times: number) => void | Promise<void>;

export type Times = {
  /** Microseconds of CPU for one repetition, as the median of all rounds. */
  readonly median: (name: string) => number;
  /** Time of one contestant as a multiple of the other's, as the median of the ratios in each round. */
  readonly ratio: (slower: string, faster: string) => number;
};

const ROUNDS = 41;
const ROUND_MILLISECONDS = 12;

export const medianOf = (numbers: readonly number[]): number => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return ((sorted[Math.floor(half)] ?? Number.NaN) + (sorted[Math.ceil(half) - 1] ?? Number.NaN)) / 2;
};

/** Measures CPU time instead of wall time, which excludes other processes. @returns milliseconds */
const timeOnce = async (work: Contestant, times: number): Promise<number> => {
  const start = process.cpuUsage();
  await work(times);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
};

/** Warms up the work. @returns the number of repetitions that fill a round */
const calibrate = async (work: Contestant): Promise<number> => {
  let times = 1;
  let spent = 0;
  while (spent < ROUND_MILLISECONDS * 10) {
    const milliseconds = await timeOnce(work, times);
    spent += milliseconds;
    if (milliseconds < ROUND_MILLISECONDS) times *= 2;
  }
  const milliseconds = await timeOnce(work, times);
  return Math.max(1, Math.round((times * ROUND_MILLISECONDS) / milliseconds));
};

export const interleave = async (contestants: Readonly<Record<string, Contestant>>): Promise<Times> => {
  const entries = Object.entries(contestants);
  const lanes = new Map<string, { work: Contestant; times: number; microseconds: number[] }>();
  for (const [name, work] of entries) lanes.set(name, { work, times: await calibrate(work), microseconds: [] });
  for (let round = 0; round < ROUNDS; round++) {
    // Rotate the order, so that no contestant always pays for the garbage of the same predecessor.
    const order = [...lanes.values()];
    const first = round % order.length;
    for (const lane of [...order.slice(first), ...order.slice(0, first)])
      lane.microseconds.push(((await timeOnce(lane.work, lane.times)) * 1000) / lane.times);
  }
  const roundsOf = (name: string): readonly number[] => {
    const lane = lanes.get(name);
    if (lane === undefined) throw new Error(`there is no contestant ${name}`);
    return lane.microseconds;
  };
  return {
    median: (name) => medianOf(roundsOf(name)),
    ratio: (slower, faster) => {
      const fast = roundsOf(faster);
      return medianOf(roundsOf(slower).map((microseconds, round) => microseconds / (fast[round] ?? Number.NaN)));
    },
  };
};
