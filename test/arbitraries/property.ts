/**
 * Runs properties with a seed that is printed and can be set: `FC_SEED=123 npx vitest run test/properties`.
 * FC_TIMES=50 runs fifty times as many inputs.
 */
import * as fc from 'fast-check';

const seed = Number(process.env.FC_SEED ?? Math.floor(Math.random() * 2 ** 31));
const times = Number(process.env.FC_TIMES ?? 1);
console.log(`FC_SEED=${seed}`);

const withSeed = (cause: unknown): Error => {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new Error(`Reproduce with FC_SEED=${seed}. ${message}`, { cause });
};

/** Asserts a synchronous property. @throws Error with the seed and the smallest counterexample */
export const holds = <Ts>(property: fc.IProperty<Ts>, numRuns: number): void => {
  try {
    // A synchronous property is asserted synchronously, so there is no promise to await.
    void fc.assert(property, { seed, numRuns: numRuns * times });
  } catch (cause) {
    throw withSeed(cause);
  }
};

/** Asserts an asynchronous property, otherwise like `holds`. */
export const holdsAsync = async <Ts>(property: fc.IAsyncProperty<Ts>, numRuns: number): Promise<void> => {
  try {
    await fc.assert(property, { seed, numRuns: numRuns * times });
  } catch (cause) {
    throw withSeed(cause);
  }
};
