/** The lease of the sweep: one at a time, and no holder keeps it. */
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLeasedCleanUp } from '../../lib/store/sweep-lease.ts';
import { cleanupMarkerKey, SWEEP_LEASE_KEY } from '../../lib/store/table/keys.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { type Call, type Fault, watch } from './calls.ts';
import { scanTable } from './table-scan.ts';

const engine = useEngine();
const DEADLINE = { deadline: Number.POSITIVE_INFINITY };
const MINUTE_MS = 60_000;

const put = (Item: object) =>
  DynamoDBDocumentClient.from(engine()).send(new PutCommand({ TableName: TABLE_NAME, Item: { ...Item } }));
/** The marker of a group whose deletion was interrupted an hour ago. */
const plantMarker = async () => {
  const marker = { kind: 'group', directory: 'acme', type: 'Group', groupType: 'Group', id: crypto.randomUUID() };
  const at = new Date(Date.now() - 60 * MINUTE_MS).toISOString();
  const by = { kind: 'system' };
  await put({ ...cleanupMarkerKey('acme', 'Group', marker), ...marker, by, reason: 'change', at });
};
const markers = async () => (await scanTable(engine())).filter(({ pk }) => pk === '#sweep').length;
const lease = async () => (await scanTable(engine())).find(({ pk }) => pk === SWEEP_LEASE_KEY.pk);
const sweep = (late = 0, fault: (call: Call) => Fault | Promise<Fault> = () => undefined) => {
  const { client } = watch(engine(), fault);
  return createLeasedCleanUp({ client, tableName: TABLE_NAME, clock: () => Date.now() + late })(DEADLINE);
};

beforeEach(async () => {
  await sweep(10 * MINUTE_MS);
  expect(await markers()).toBe(0);
  for (let i = 0; i < 3; i++) await plantMarker();
});
afterEach(() => void vi.useRealTimers());

const gate = () => {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), opened };
};
/** Starts a sweep that stops at its first read of a marked group until it is resumed. */
const pausedSweep = async (clock = { late: 0 }) => {
  const [paused, resumed] = [gate(), gate()];
  const { client } = watch(engine(), async ({ name }) => {
    if (name !== 'GetItem') return undefined;
    paused.open();
    await resumed.opened;
    return undefined;
  });
  const options = { client, tableName: TABLE_NAME, clock: () => Date.now() + clock.late };
  const report = createLeasedCleanUp(options)(DEADLINE);
  await paused.opened;
  return { report, resume: resumed.open };
};

test('s16 of fifteen sweeps at once, one does the work and the others leave it', async () => {
  const { report, resume } = await pausedSweep();
  expect(await Promise.all(Array.from({ length: 14 }, () => sweep()))).toEqual(
    Array.from({ length: 14 }, () => ({ swept: 0, left: 3 })),
  );
  expect(await markers()).toBe(3);
  resume();
  expect(await report).toEqual({ swept: 3, left: 0 });
  expect(await lease()).toEqual({ ...SWEEP_LEASE_KEY, s: 1 });
});

test('s16 a sweep without work takes no lease', async () => {
  await sweep();
  const { client, names } = watch(engine());
  await createLeasedCleanUp({ client, tableName: TABLE_NAME })(DEADLINE);
  expect(names()).toEqual(['Query']);
});

test('s16 the lease of a killed sweep ends after a minute', async () => {
  let killed = false;
  const dying = sweep(0, ({ name }) => {
    killed ||= name === 'GetItem';
    return killed ? { error: new Error('killed'), when: 'before' } : undefined;
  });
  await expect(dying).rejects.toThrow('killed');
  expect(await lease()).toMatchObject({ holder: expect.any(String), until: expect.any(Number) });
  expect(await sweep(MINUTE_MS / 2)).toEqual({ swept: 0, left: 3 });
  expect(await sweep(MINUTE_MS + 1000)).toEqual({ swept: 3, left: 0 });
});

test('s16 a sweep that was paused beyond its lease begins with no further marker', async () => {
  const clock = { late: 0 };
  const { report, resume } = await pausedSweep(clock);
  clock.late = 2 * MINUTE_MS;
  const other = await pausedSweep({ late: 2 * MINUTE_MS });
  resume();
  expect(await report).toEqual({ swept: 1, left: 2 });
  expect(await lease(), 'it does not release the lease of the other').toMatchObject({ holder: expect.any(String) });
  other.resume();
  await other.report;
  expect(await markers()).toBe(0);
});

test('s16 a sweep that takes long renews its lease', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const clock = { late: 0 };
  const { report, resume } = await pausedSweep(clock);
  for (let seconds = 15; seconds <= 180; seconds += 15) {
    const before = Number((await lease())?.until);
    clock.late = seconds * 1000;
    vi.advanceTimersByTime(15_000);
    await expect.poll(async () => Number((await lease())?.until)).toBeGreaterThan(before + 10_000);
  }
  expect(await sweep(clock.late)).toEqual({ swept: 0, left: 3 });
  resume();
  expect(await report).toEqual({ swept: 3, left: 0 });
});

test('s16 the lease of a clock that was far ahead is taken', async () => {
  await put({ ...SWEEP_LEASE_KEY, s: 1, holder: 'ahead', until: Date.now() + 10 * MINUTE_MS });
  expect(await sweep()).toEqual({ swept: 3, left: 0 });
});
