/** A short run of `npm run fuzz`. */
import { expect, test } from 'vitest';
import { fuzz } from './fuzz.ts';

test('20,000 hostile inputs are refused or accepted; none crashes, takes long or changes anything', () => {
  const report = fuzz({ inputs: 20_000, seed: 20_261_122 });
  expect(report.finding).toBeUndefined();
  expect(report.inputs).toBe(20_000);
  // If all inputs were refused, or all accepted, the test would prove little.
  for (const [kind, { accepted, refused }] of Object.entries(report.counts))
    expect(Math.min(accepted, kind === 'projection' ? accepted : refused), kind).toBeGreaterThan(100);
});

test('the same seed gives the same counts', () => {
  const counts = () => fuzz({ inputs: 500, seed: 7 }).counts;
  expect(counts()).toEqual(counts());
});
