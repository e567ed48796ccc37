/** Percentiles of measured times. */

/** @returns the smallest of the values that is at or above `share` (0 to 1) of them; 0 without values */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
};
