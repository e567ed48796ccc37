/**
 * Properties with a seed that is printed, and that FC_SEED sets: `FC_SEED=123 npx vitest run test/properties`.
 * FC_TIMES=50 tries fifty times as many inputs.
 */
import * as fc from 'fast-check';

const seed = Number(process.env.FC_SEED ?? Math.floor(Math.random() * 2 ** 31));
const times = Number(process.env.FC_TIMES ?? 1);
console.log(`FC_SEED=${seed}`);

const withSeed = (cause: unknown): Error => {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new Error(`FC_SEED=${seed} repeats this. ${message}`, { cause });
};

/** @throws Error with the seed and the smallest counterexample */
export const holds = <Ts>(property: fc.IProperty<Ts>, numRuns: number): void => {
  try {
    // A property that waits for nothing is asserted at once.
    void fc.assert(property, { seed, numRuns: numRuns * times });
  } catch (cause) {
    throw withSeed(cause);
  }
};

/** The same for a property that waits for something. */
export const holdsAsync = async <Ts>(property: fc.IAsyncProperty<Ts>, numRuns: number): Promise<void> => {
  try {
    await fc.assert(property, { seed, numRuns: numRuns * times });
  } catch (cause) {
    throw withSeed(cause);
  }
};
