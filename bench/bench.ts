/** What a bench is: a file of `benches/` that exports `bench`, run by its file name. */

export type Bar = { readonly atLeast: number } | { readonly atMost: number };

/** One number. Ratios are without dimension; what has a bar is checked by `--check`. */
export type Row = {
  readonly what: string;
  readonly value: number;
  readonly unit: 'x' | 'µs' | 'ms' | 'KB';
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
