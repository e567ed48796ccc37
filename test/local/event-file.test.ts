import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { followFile } from '../../lib/cli/follow-file.ts';
import { eventFiles, fullFiles, openEventFile } from '../../lib/local/event-file.ts';

const root = mkdtempSync(join(tmpdir(), 'rollcall-event-file-'));
afterAll(() => rmSync(root, { recursive: true }));
const newPath = () => join(mkdtempSync(join(root, 'run-')), 'events.ndjson');
const linesOf = (path: string) =>
  eventFiles(path).flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== ''),
  );
/** Each line has eleven bytes with its newline. */
const event = (n: number) => ({ n: 1000 + n });

test('a full file is renamed, and its events stay in order', () => {
  const path = newPath();
  const file = openEventFile(path, { bytes: 33, files: 10 });
  for (let n = 0; n < 10; n++) file.append(event(n));
  expect(linesOf(path)).toEqual(Array.from({ length: 10 }, (_, n) => JSON.stringify(event(n))));
  expect(fullFiles(path).map(({ number }) => number)).toEqual([1, 2, 3]);
  for (const one of eventFiles(path)) {
    expect(statSync(one).size).toBeLessThanOrEqual(33);
    expect(statSync(one).mode & 0o777).toBe(0o600);
  }
});

test('a number of files is kept: the oldest files are deleted, and numbers go up', () => {
  const path = newPath();
  const file = openEventFile(path, { bytes: 22, files: 2 });
  for (let n = 0; n < 20; n++) file.append(event(n));
  expect(fullFiles(path).map(({ number }) => number)).toEqual([8, 9]);
  expect(linesOf(path).at(-1)).toBe(JSON.stringify(event(19)));
  expect(linesOf(path)).toHaveLength(6);
});

test('a later run continues the file, and one large event has a file of its own', () => {
  const path = newPath();
  writeFileSync(join(path, '..', 'events.other.ndjson'), 'not ours');
  openEventFile(path, { bytes: 33 }).append(event(1));
  const file = openEventFile(path, { bytes: 33 });
  file.append({ text: 'x'.repeat(100) });
  file.append(event(2));
  expect(linesOf(path)).toHaveLength(3);
  expect(readdirSync(join(path, '..')).sort()).toEqual([
    'events.000001.ndjson',
    'events.000002.ndjson',
    'events.ndjson',
    'events.other.ndjson',
  ]);
  expect(eventFiles(join(root, 'none', 'events.ndjson'))).toEqual([]);
});

test('a reader that follows the file misses no event when it is renamed', async () => {
  const path = newPath();
  const file = openEventFile(path, { bytes: 200, files: 50 });
  file.append(event(0));
  const controller = new AbortController();
  const seen: string[] = [];
  const following = (async () => {
    for await (const line of followFile(path, { fromStart: true, signal: controller.signal })) seen.push(line);
  })();
  for (let n = 1; n <= 60; n++) {
    file.append(event(n));
    if (n % 15 === 0) await expect.poll(() => seen.length).toBe(n + 1);
  }
  controller.abort();
  await following;
  expect(seen).toEqual(linesOf(path));
});
