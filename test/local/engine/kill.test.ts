/**
 * kill -9 of node and the engine while they write: on a data folder without the index, before the first indexing, and
 * on one with it. `npm run check:kills` runs twenty rounds.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { readHeader } from '../../../lib/local/engine/file-header.ts';
import { APPLICATION_ID } from '../../../lib/local/engine/stream-index.ts';
import { user } from '../../support/local-run.ts';
import { type Announced, type Started, startRun, temporaryFolder } from '../run-process.ts';
import { otherEngine } from './data-files.ts';

const ROUNDS = Number(process.env.ROLLCALL_KILL_ROUNDS ?? 2);
const WRITERS = 8;
const User = z.object({ id: z.string() });
const UserEvent = z.object({
  'detail-type': z.string(),
  detail: z.object({ user: z.object({ id: z.string() }).optional() }),
});

const start = (data: string, env: Readonly<Record<string, string>> = {}) =>
  startRun({ args: ['--port', '0', '--data', data, '--json'], env, npm: false });

const send = ({ baseUrl, token }: Announced, path: string, body?: unknown) =>
  fetch(`${baseUrl}${path}`, {
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/scim+json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });

/** Creates users until the run no longer responds. @returns ids of those it acknowledged */
const write = async (run: Announced, acknowledged: Set<string>) => {
  try {
    for (;;) {
      const response = await send(run, '/Users', user(`${crypto.randomUUID()}@example.com`));
      if (response.status === 201) acknowledged.add(User.parse(await response.json()).id);
    }
  } catch {
    // The run is dead.
  }
};

const writeUntilKilled = async (run: Started, acknowledged: Set<string>) => {
  const announced = await run.announced();
  const before = acknowledged.size;
  const writers = Array.from({ length: WRITERS }, () => write(announced, acknowledged));
  await expect.poll(() => acknowledged.size - before, { interval: 20 }).toBeGreaterThan(WRITERS);
  await sleep(Math.random() * 1000);
  run.killAll();
  await run.exited;
  await Promise.all(writers);
};

/** Ids of users in events of the type. */
const published = (data: string): Set<string | undefined> =>
  new Set(
    readFileSync(join(data, 'events.ndjson'), 'utf8')
      .split('\n')
      .filter((line) => line.endsWith('}')) // the last line may be cut short by the kill
      .map((line) => UserEvent.parse(JSON.parse(line)))
      .filter((event) => event['detail-type'] === 'user.created')
      .map(({ detail }) => detail.user?.id),
  );

const expectKept = async (run: Announced, data: string, acknowledged: ReadonlySet<string>) => {
  for (const id of acknowledged) expect((await send(run, `/Users/${id}`)).status, `user ${id}`).toBe(200);
  await expect.poll(() => [...acknowledged].filter((id) => !published(data).has(id))).toEqual([]);
};

const stop = async (run: Started) => {
  process.kill(run.pid, 'SIGTERM');
  await run.exited;
};

test.each(Array.from({ length: ROUNDS }, (_, i) => i + 1))(
  'round %i: nothing acknowledged is lost, and every change is published',
  async () => {
    const folder = temporaryFolder();
    const data = join(folder, 'data');
    const acknowledged = new Set<string>();

    const unindexed = start(data, { ROLLCALL_ENGINE: otherEngine(folder) });
    await writeUntilKilled(unindexed, acknowledged);
    expect(unindexed.stderr()).toContain('The data is not indexed');

    const first = start(data);
    await expectKept(await first.announced(), data, acknowledged);
    expect(first.stderr()).not.toContain('not indexed');
    expect(readHeader(join(data, 'rollcall.db')).applicationId).toBe(APPLICATION_ID);

    await writeUntilKilled(first, acknowledged);
    const second = start(data);
    await expectKept(await second.announced(), data, acknowledged);
    await stop(second);
  },
);
