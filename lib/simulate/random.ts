/** Random choices that are reproducible from a seed. */
import { createHash } from 'node:crypto';

export type Random = {
  /** From 0 to limit - 1. */
  integer(limit: number): number;
  pick<T>(list: readonly T[]): T;
  /** @returns a shuffled copy */
  shuffle<T>(list: readonly T[]): T[];
  hex(digits: number): string;
};

/** Mulberry32: sufficient for choosing names, and identical on every machine. */
export function createRandom(seed: string): Random {
  let state = createHash('sha256').update(seed).digest().readUInt32LE();
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (limit: number) => Math.floor(next() * limit);
  return {
    integer,
    pick(list) {
      const chosen = list[integer(list.length)];
      if (chosen === undefined) throw new Error('cannot pick from an empty list');
      return chosen;
    },
    shuffle(list) {
      return list
        .map((item) => ({ item, place: next() }))
        .sort((a, b) => a.place - b.place)
        .map(({ item }) => item);
    },
    hex: (digits) => Array.from({ length: digits }, () => integer(16).toString(16)).join(''),
  };
}

/** Six hexadecimal digits that keep the names of different seeds apart. */
export const labelOf = (seed: string): string => createHash('sha256').update(seed).digest('hex').slice(0, 6);
