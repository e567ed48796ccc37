/** Bounded concurrency. */

/** Calls that one request has in flight. */
const CALLS_AT_ONCE = 8;

/**
 * Runs `work` on each item, `limit` at a time. After the first failure no further item starts, and it is thrown once
 * those in flight have settled, so that nothing writes after the caller has moved on.
 */
export const forEachInParallel = async <Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  limit: number,
  work: (item: Item) => Promise<void>,
): Promise<void> => {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let failure: { readonly error: unknown } | undefined;
  const worker = async () => {
    try {
      while (failure === undefined) {
        const next = await iterator.next();
        if (next.done === true) return;
        await work(next.value);
      }
    } catch (error) {
      failure ??= { error };
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  await iterator.return?.();
  if (failure !== undefined) throw failure.error;
};

/** @returns the results in the order of `items`. @throws as `forEachInParallel` */
export const inParallel = async <Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
  limit = CALLS_AT_ONCE,
): Promise<Result[]> => {
  const results: Result[] = [];
  await forEachInParallel(items.entries(), Math.min(limit, items.length), async ([index, item]) => {
    results[index] = await work(item);
  });
  return results;
};

/** The results in the order of the items, with up to `limit` items in flight ahead of the consumer. */
export async function* mapAhead<Item, Result>(
  items: AsyncIterable<Item>,
  limit: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const started: Promise<Result>[] = [];
  for await (const item of items) {
    const result = work(item);
    // The failure is thrown when the consumer awaits this result; until then it is not unhandled.
    result.catch(() => {});
    started.push(result);
    const first = started.length < limit ? undefined : started.shift();
    if (first !== undefined) yield await first;
  }
  for (const result of started) yield await result;
}

export const chunksOf = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
