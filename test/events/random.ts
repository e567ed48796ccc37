/** Seeded pseudo-random numbers (mulberry32). */
export type Random = ReturnType<typeof createRandom>;

export const createRandom = (seed: number) => {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  /** Integer from 0 to n - 1. */
  const below = (n: number) => Math.floor(next() * n);
  const pick = <Item>(items: readonly Item[]): Item | undefined => items[below(items.length)];
  const shuffle = <Item>(items: readonly Item[]): Item[] => {
    const shuffled = [...items];
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = below(i + 1);
      const [a, b] = [shuffled[i] as Item, shuffled[j] as Item];
      shuffled[i] = b;
      shuffled[j] = a;
    }
    return shuffled;
  };
  return { next, below, pick, shuffle };
};
