/** A short run of `npm run fuzz`. */
import { expect, test } from 'vitest';
import { fuzz } from './fuzz.ts';

test('20,000 hostile inputs: refused or taken, none crashes, takes long, or changes anything', () => {
  const report = fuzz({ inputs: 20_000, seed: 20_261_122 });
  expect(report.finding).toBeUndefined();
  expect(report.inputs).toBe(20_000);
  // Inputs that are all refused, or all taken, would show little.
  for (const [kind, { taken, refused }] of Object.entries(report.counts))
    expect(Math.min(taken, kind === 'projection' ? taken : refused), kind).toBeGreaterThan(100);
});

test('the same seed says the same', () => {
  const counts = () => fuzz({ inputs: 500, seed: 7 }).counts;
  expect(counts()).toEqual(counts());
});
