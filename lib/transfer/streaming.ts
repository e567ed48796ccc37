/** Work on what arrives one after the other, some of it at once. */

/** After the first failure no further item is begun; it is thrown when what was begun has ended. */
export async function fromEach<Item>(
  items: AsyncIterable<Item>,
  atOnce: number,
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
  await Promise.all(Array.from({ length: atOnce }, guarded));
  await iterator.return?.();
  if (failures.length > 0) throw failures[0];
}

/** The results in the order of the items, with up to `atOnce` of them being worked on ahead. */
export async function* mapAhead<Item, Result>(
  items: AsyncIterable<Item>,
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const begun: Promise<Result>[] = [];
  for await (const item of items) {
    const result = work(item);
    // Whoever waits for it hears of the failure; until then nobody does.
    result.catch(() => {});
    begun.push(result);
    const first = begun.length < atOnce ? undefined : begun.shift();
    if (first !== undefined) yield await first;
  }
  for (const result of begun) yield await result;
}
