/** One change of a source file that a test should notice. */
export type Kind = 'condition' | 'write' | 'attribute';
export const KINDS: readonly Kind[] = ['condition', 'write', 'attribute'];

export type Mutant = {
  readonly file: string;
  readonly line: number;
  readonly kind: Kind;
  /** Offsets of the replaced text. */
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  /** The change in a few words. */
  readonly change: string;
};

export const applyMutant = (text: string, { start, end, replacement }: Mutant): string =>
  `${text.slice(0, start)}${replacement}${text.slice(end)}`;
