import { expect, test } from 'vitest';
import { createTokenUse } from '../../lib/store/tokens/token-use.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { watch } from './calls.ts';

const engine = useEngine();
const HOUR = 60 * 60 * 1000;
const token = { directory: 'acme', tokenId: 't1' };

test('the last use of a token is written once an hour in total, and checked once an hour by each function', async () => {
  const state = { now: Date.parse('2026-11-21T10:00:00Z') };
  const watched = watch(engine());
  const open = () => createTokenUse({ client: watched.client, tableName: TABLE_NAME, clock: () => state.now });
  const [one, other] = [open(), open()];
  const lastUse = async () => (await open().ofDirectory('acme')).get('t1');
  await one.note(token);
  state.now += HOUR / 2;
  for (let i = 0; i < 3; i += 1) await one.note(token);
  await other.note(token);
  expect(watched.names()).toEqual(['UpdateItem', 'UpdateItem']);
  expect(await lastUse()).toBe('2026-11-21T10:00:00.000Z');
  state.now += HOUR / 2 + 1;
  await one.note(token);
  expect(await lastUse()).toBe('2026-11-21T11:00:00.001Z');
  expect(await open().ofDirectory('beta')).toEqual(new Map());
});

test('a failed write is retried at the next use', async () => {
  const state = { down: true };
  const flaky = watch(engine(), () =>
    state.down ? { when: 'before', error: Object.assign(new Error('down'), { $fault: 'client' }) } : undefined,
  );
  const use = createTokenUse({ client: flaky.client, tableName: TABLE_NAME });
  await expect(use.note({ directory: 'beta', tokenId: 't2' })).rejects.toMatchObject({ status: 503 });
  state.down = false;
  await use.note({ directory: 'beta', tokenId: 't2' });
  expect((await use.ofDirectory('beta')).get('t2')).toMatch(/Z$/);
});
