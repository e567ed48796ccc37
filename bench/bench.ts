/** What a bench is: a file of `benches/` that exports `bench`, run by its file name. */
import { toTextTable } from '../lib/cli/text-table.ts';

export type Bar = { readonly atLeast: number } | { readonly atMost: number };

/** One number. Ratios are without dimension; what has a bar is checked by `--check`. */
export type Row = {
  readonly what: string;
  readonly value: number;
  readonly unit: 'x' | 'µs' | 'ms' | 'KB' | 'requests' | 'requests/s' | 'processes';
  readonly bar?: Bar;
};

export type Bench = {
  /** What is measured, and how, in a sentence. */
  readonly title: string;
  /** @throws when the contestants do not come to the same result: then there is nothing to compare */
  readonly run: () => Promise<readonly Row[]>;
};

export const isMissed = ({ value, bar }: Row): boolean => {
  if (bar === undefined) return false;
  return 'atLeast' in bar ? !(value >= bar.atLeast) : !(value <= bar.atMost);
};

export const toBarText = (bar: Bar | undefined): string => {
  if (bar === undefined) return '';
  return 'atLeast' in bar ? `at least ${bar.atLeast}` : `at most ${bar.atMost}`;
};

/** Three digits, without an exponent. */
export const toValueText = (value: number): string => {
  const text = value.toPrecision(3);
  return text.includes('e') ? value.toFixed(0) : text;
};

export const toText = (rows: readonly Row[]): string =>
  toTextTable(
    ['what', 'value', 'unit', 'bar', ''],
    rows.map((row) => [
      row.what,
      toValueText(row.value),
      row.unit,
      toBarText(row.bar),
      row.bar === undefined ? '' : isMissed(row) ? 'MISSED' : 'ok',
    ]),
  );
