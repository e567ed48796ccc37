/**
 * Possible values of a register with concurrent writes. Sound without knowing the order of the writes: there are no false
 * findings, though concurrent writes may hide some losses.
 */
import type { Effect, Span } from './history.ts';

export type Write<Value> = {
  readonly effect: Effect;
  readonly value: Value;
  /** The write has no effect if there is already a value. */
  readonly ifAbsent?: boolean;
};
/** `version`: the version of the observed state, for users only. */
export type Read = Span & { readonly version?: number };

/** Members are counted after they are written, so only the version of a single conditional write tells the order. */
const isCountedBefore = ({ counted: first }: Effect, { counted: second }: Effect): boolean =>
  first !== undefined && second !== undefined && (first.exact || second.exact) && first.version < second.version;

/** Whether `first` certainly took place before the last execution of `second`. */
const isBefore = (first: Effect, second: Effect): boolean =>
  first.end < second.start ||
  (first.version !== undefined && second.version !== undefined && first.version < second.version) ||
  isCountedBefore(first, second);

const precedes = (effect: Effect, read: Read): boolean =>
  effect.end < read.start ||
  (effect.version !== undefined && read.version !== undefined && effect.version <= read.version);

const mayHaveHappened = ({ effect }: Write<unknown>, { end }: Span): boolean =>
  effect.outcome !== 'refused' && effect.start < end;

/**
 * @returns undefined if the value may have been read; otherwise the lost write: an acknowledged write of another value
 * after all writes of this value and before the read. `lost` is undefined if no request wrote the value.
 */
export const whyNot = <Value>(
  writes: readonly Write<Value>[],
  read: Read,
  value: Value,
): { readonly lost: Effect | undefined } | undefined => {
  const candidates = writes.filter((write) => write.value === value && mayHaveHappened(write, read));
  if (candidates.length === 0) return { lost: undefined };
  const lost = writes.find(
    (write) =>
      write.value !== value &&
      write.ifAbsent !== true &&
      write.effect.outcome === 'done' &&
      precedes(write.effect, read) &&
      candidates.every(({ effect }) => isBefore(effect, write.effect)),
  );
  return lost === undefined ? undefined : { lost: lost.effect };
};

/** @returns the write whose value certainly was current during the whole span */
export const certainWrite = <Value>(writes: readonly Write<Value>[], span: Span): Write<Value> | undefined => {
  const last = writes
    .filter(({ effect }) => effect.outcome === 'done' && effect.end < span.start)
    .reduce<Write<Value> | undefined>(
      (latest, write) => (latest === undefined || isBefore(latest.effect, write.effect) ? write : latest),
      undefined,
    );
  if (last === undefined) return undefined;
  const others = writes.filter((write) => write.value !== last.value && mayHaveHappened(write, span));
  return others.every(({ effect }) => isBefore(effect, last.effect)) ? last : undefined;
};

/** @returns the span during which a write's value certainly was current; an end before the start: never */
export const certainHold = <Value>(writes: readonly Write<Value>[], write: Write<Value>, ends: readonly Effect[]) => {
  const others = [...writes.filter(({ value }) => value !== write.value).map(({ effect }) => effect), ...ends];
  const threats = others.filter(({ outcome }) => outcome !== 'refused');
  const start = write.effect.end;
  const end = threats
    .filter((effect) => !isBefore(effect, write.effect))
    .reduce((first, effect) => Math.min(first, effect.start), Number.POSITIVE_INFINITY);
  return { start, end };
};

/** @returns the longest span during which a write's value may have been current */
export const possibleHold = <Value>(writes: readonly Write<Value>[], write: Write<Value>, ends: readonly Effect[]) => {
  const others = [...writes.filter(({ value }) => value !== write.value).map(({ effect }) => effect), ...ends];
  const end = others
    .filter((effect) => effect.outcome === 'done' && effect.start > write.effect.end)
    .reduce((first, effect) => Math.min(first, effect.end), Number.POSITIVE_INFINITY);
  return { start: write.effect.start, end };
};
