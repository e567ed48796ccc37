/** The interface of a bench: a file of `benches/` that exports `bench` and is run by its file name. */
import { toTextTable } from '../lib/cli/text-table.ts';

export type Bar = { readonly atLeast: number } | { readonly atMost: number };

/** One measurement. `x` is the unit of ratios; `--check` checks rows with a bar. */
export type Row = {
  readonly what: string;
  readonly value: number;
  readonly unit: 'x' | 'µs' | 'ms' | 'KB' | 'M instructions' | 'requests' | 'requests/s' | 's' | 'processes';
  readonly bar?: Bar;
};

export type BenchOptions = {
  /** Folder of another checkout to compare with, with its node_modules. */
  readonly baseline?: string | undefined;
};

export type Bench = {
  /** What the bench measures, and how, in one sentence. */
  readonly title: string;
  /** @throws if the contestants produce different results, which makes their times incomparable */
  readonly run: (options: BenchOptions) => Promise<readonly Row[]>;
};

export const isMissed = ({ value, bar }: Row): boolean => {
  if (bar === undefined) return false;
  return 'atLeast' in bar ? !(value >= bar.atLeast) : !(value <= bar.atMost);
};

export const toBarText = (bar: Bar | undefined): string => {
  if (bar === undefined) return '';
  return 'atLeast' in bar ? `at least ${bar.atLeast}` : `at most ${bar.atMost}`;
};

/** Formats a value with three significant digits, without an exponent. */
export const toValueText = (value: number): string => {
  const text = value.toPrecision(3);
  return text.includes('e') ? value.toFixed(0) : text;
};

export const toText = (rows: readonly Row[]): string =>
  toTextTable(
    ['measurement', 'value', 'unit', 'bar', ''],
    rows.map((row) => [
      row.what,
      toValueText(row.value),
      row.unit,
      toBarText(row.bar),
      row.bar === undefined ? '' : isMissed(row) ? 'MISSED' : 'ok',
    ]),
  );
