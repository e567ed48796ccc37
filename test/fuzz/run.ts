/** `npm run fuzz -- --inputs 1000000 --seed 1`: prints a finding with its input and exits with 1. */
import { parseArgs } from 'node:util';
import { fuzz, type Report } from './fuzz.ts';

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
  },
});
const parseWhole = (name: 'inputs' | 'seed'): number => {
  const number = Number(values[name]);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`--${name} must be a whole number of at least 0`);
  return number;
};

const summarize = ({ inputs, counts, slowest }: Report, seconds: number): string => {
  const perKind = Object.entries(counts).map(
    ([kind, { accepted, refused }]) => `${kind} ${accepted} accepted ${refused} refused`,
  );
  const slow = `slowest ${slowest.milliseconds.toFixed(2)} ms (${slowest.kind})`;
  return `${inputs} inputs in ${seconds.toFixed(0)} s: ${perKind.join('; ')}; ${slow}`;
};

const inputs = parseWhole('inputs');
const seed = parseWhole('seed');
const start = performance.now();
const report = fuzz({
  inputs,
  seed,
  onBatch: (done) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${inputs}`);
  },
});
if (process.stderr.isTTY) process.stderr.write('\r');
console.log(`${summarize(report, (performance.now() - start) / 1000)}; seed ${seed}`);
if (report.finding !== undefined) {
  const { problem, ...finding } = report.finding;
  console.error(`${problem}\n${JSON.stringify(finding)}`);
  process.exitCode = 1;
}
