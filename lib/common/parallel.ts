/** Bounded concurrency. */

/** Default limit for the calls that one request has in flight. */
const CALLS_AT_ONCE = 8;

/**
 * Runs `work` for every item, at most `atOnce` at a time.
 * @returns the results in the order of `items`
 * @throws the first failure: no further item starts, and the calls in flight finish first, so that nothing is still
 * being written after the caller sees the error
 */
export const inParallel = async <Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
  atOnce = CALLS_AT_ONCE,
): Promise<Result[]> => {
  const results: Result[] = [];
  const queue = items.entries();
  let failure: { readonly error: unknown } | undefined;
  const worker = async () => {
    for (const [index, item] of queue) {
      if (failure !== undefined) return;
      try {
        results[index] = await work(item);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  if (failure !== undefined) throw failure.error;
  return results;
};

export const chunksOf = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
