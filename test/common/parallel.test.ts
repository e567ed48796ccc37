import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { forEachInParallel, inParallel, mapAhead } from '../../lib/common/parallel.ts';

async function* asyncOf<Item>(items: readonly Item[]) {
  for (const item of items) yield await Promise.resolve(item);
}

/** Runs work on 20 items and reports the largest number in flight. */
const peakOf = async (run: (work: (item: number) => Promise<number>) => Promise<unknown>): Promise<number> => {
  let running = 0;
  let peak = 0;
  await run(async (item) => {
    running += 1;
    peak = Math.max(peak, running);
    await sleep(1);
    running -= 1;
    return item;
  });
  return peak;
};
const items = Array.from({ length: 20 }, (_, i) => i);

test('results keep the order of the items', async () => {
  expect(await inParallel(items, async (item) => sleep(20 - item, item), 5)).toEqual(items);
});

test('at most the limit is in flight', async () => {
  expect(await peakOf((work) => inParallel(items, work, 3))).toBe(3);
  expect(await peakOf((work) => forEachInParallel(asyncOf(items), 4, async (item) => void (await work(item))))).toBe(4);
  const drain = async (results: AsyncIterable<number>) => {
    const seen: number[] = [];
    for await (const result of results) seen.push(result);
    expect(seen).toEqual(items);
  };
  expect(await peakOf((work) => drain(mapAhead(asyncOf(items), 3, work)))).toBe(3);
});

test.each(['array', 'async iterable'])('a failure starts nothing further and waits for the rest: %s', async (kind) => {
  const done: number[] = [];
  const started: number[] = [];
  const work = async (item: number) => {
    started.push(item);
    if (item === 2) throw new Error('two');
    await sleep(20);
    done.push(item);
  };
  await expect(forEachInParallel(kind === 'array' ? items : asyncOf(items), 4, work)).rejects.toThrow('two');
  expect(done).toEqual(started.filter((item) => item !== 2));
  expect(started.length).toBeLessThan(items.length);
});
