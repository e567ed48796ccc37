/** Bounded concurrency over asynchronous iterables. */

/** Calls `work` for each item. After the first failure it starts no further item, waits for the rest and throws it. */
export async function forEachConcurrently<Item>(
  items: AsyncIterable<Item>,
  concurrency: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  const failures: unknown[] = [];
  const worker = async () => {
    while (failures.length === 0) {
      const next = await iterator.next();
      if (next.done === true) return;
      await work(next.value);
    }
  };
  const guarded = () => worker().catch((error: unknown) => void failures.push(error));
  await Promise.all(Array.from({ length: concurrency }, guarded));
  await iterator.return?.();
  if (failures.length > 0) throw failures[0];
}

/** Yields the results in the order of the items, working on up to `concurrency` items ahead. */
export async function* mapAhead<Item, Result>(
  items: AsyncIterable<Item>,
  concurrency: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const pending: Promise<Result>[] = [];
  for await (const item of items) {
    const result = work(item);
    // Prevents an unhandled rejection; the failure is thrown when the result is awaited.
    result.catch(() => {});
    pending.push(result);
    const first = pending.length < concurrency ? undefined : pending.shift();
    if (first !== undefined) yield await first;
  }
  for (const result of pending) yield await result;
}
