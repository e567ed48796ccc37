/** Frozen inputs, so that code that changes its input fails. */

/** Freezes a value and everything in it; writing to it throws. */
export const deepFrozen = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFrozen(inner);
  }
  return value;
};
