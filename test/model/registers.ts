/**
 * What can have been the value of something that several wrote at once. Sound without knowing the order in which the
 * writes took place: a finding is never an accident of timing, though some losses may hide behind concurrent writes.
 */
import type { Effect, Span } from './history.ts';

export type Write<Value> = {
  readonly effect: Effect;
  readonly value: Value;
  /** It changes nothing where somebody was before it. */
  readonly isFaint?: boolean;
};
/** `version`: of users, the version that showed the value. */
export type Read = Span & { readonly version?: number };

/** Members are counted after they are written: only one write that insisted on a version tells what came before it. */
const isCountedBefore = ({ counted: first }: Effect, { counted: second }: Effect): boolean =>
  first !== undefined && second !== undefined && (first.exact || second.exact) && first.version < second.version;

/** Whether `first` took place before `second` did for the last time. */
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
 * @returns why the value cannot have been read: nobody wrote it, or an acknowledged write of another value came after
 * all who did and before the read
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
      write.isFaint !== true &&
      write.effect.outcome === 'done' &&
      precedes(write.effect, read) &&
      candidates.every(({ effect }) => isBefore(effect, write.effect)),
  );
  return lost === undefined ? undefined : { lost: lost.effect };
};

/** @returns the write whose value stood from the beginning of the span to its end for certain */
export const standing = <Value>(writes: readonly Write<Value>[], span: Span): Write<Value> | undefined => {
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

/** @returns from when until when a write's value stood for certain; an end before the start: never */
export const certainHold = <Value>(writes: readonly Write<Value>[], write: Write<Value>, ends: readonly Effect[]) => {
  const others = [...writes.filter(({ value }) => value !== write.value).map(({ effect }) => effect), ...ends];
  const threats = others.filter(({ outcome }) => outcome !== 'refused');
  const start = write.effect.end;
  const end = threats
    .filter((effect) => !isBefore(effect, write.effect))
    .reduce((first, effect) => Math.min(first, effect.start), Number.POSITIVE_INFINITY);
  return { start, end };
};

/** @returns from when until when a write's value may have stood at most */
export const possibleHold = <Value>(writes: readonly Write<Value>[], write: Write<Value>, ends: readonly Effect[]) => {
  const others = [...writes.filter(({ value }) => value !== write.value).map(({ effect }) => effect), ...ends];
  const end = others
    .filter((effect) => effect.outcome === 'done' && effect.start > write.effect.end)
    .reduce((first, effect) => Math.min(first, effect.end), Number.POSITIVE_INFINITY);
  return { start: write.effect.start, end };
};
