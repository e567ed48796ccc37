import { describe, expect, test } from 'vitest';
import { createGuard, whyPaused } from '../../lib/store/directories/deactivation-guard.ts';
import { createDirectories } from '../../lib/store/directories/directories.ts';
import { DirectorySettings } from '../../lib/store/directories/directory-settings.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import type { Guard } from '../../lib/store/items/directory-item.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { newDirectory, sceneOf } from './scene.ts';

const engine = useEngine();
const actor = { kind: 'provisioning-client', tokenId: 't1' } as const;
const admin = { kind: 'admin' } as const;
const refused = { status: 429, headers: { 'Retry-After': '900' } };

/** Creates a directory with a guard and a controllable clock. */
const setUp = async (guard: Guard) => {
  const state = { now: Date.parse('2026-11-21T10:00:00Z') };
  const options = { client: engine(), tableName: TABLE_NAME, clock: () => state.now };
  const directories = createDirectories(options);
  const id = newDirectory();
  await directories.create(DirectorySettings.parse({ id, guard }));
  const guards = [createGuard(options), createGuard(options)];
  const count = (by = 0, setting = guard) =>
    guards[by]?.({ directory: { id, guard: setting }, type: 'User', actor, deadline: state.now + 25_000 });
  /** @returns the number of calls that passed */
  const countMany = async (times: number) => {
    const outcomes = await Promise.allSettled(Array.from({ length: times }, (_, i) => count(i % 2)));
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(refused);
    return outcomes.filter(({ status }) => status === 'fulfilled').length;
  };
  const resume = () => directories.change(id, admin, ({ pausedBy: _, ...before }) => ({ ...before, status: 'active' }));
  return { state, directories, id, count, countMany, resume };
};

describe('the guard against mass deactivation', () => {
  test('of forty parallel calls, exactly the allowed number passes, and the directory is paused', async () => {
    const { countMany, directories, id } = await setUp({ deactivations: 7, minutes: 60 });
    expect(await countMany(40)).toBe(7);
    const directory = await directories.read(id);
    expect(directory).toMatchObject({ status: 'paused', pausedBy: 'guard' });
    expect(directory && whyPaused(directory)).toMatch(/guard.*scim directory resume/);
  });

  test('the allowed number does not trip it', async () => {
    const { countMany, directories, id } = await setUp({ deactivations: 3, minutes: 60 });
    expect(await countMany(3)).toBe(3);
    expect(await directories.read(id)).toMatchObject({ status: 'active' });
  });

  test('the window starts with the first call and ends after its minutes', async () => {
    const { state, count, countMany } = await setUp({ deactivations: 2, minutes: 10 });
    await count();
    state.now += 9 * 60_000;
    await count();
    state.now += 60_000;
    expect(await countMany(2)).toBe(2);
    await expect(count()).rejects.toMatchObject(refused);
  });

  test('once tripped, it refuses in the next window too, even in a function that has not seen the pause', async () => {
    const { state, countMany } = await setUp({ deactivations: 1, minutes: 1 });
    expect(await countMany(2)).toBe(1);
    state.now += 3 * 60_000;
    expect(await countMany(2)).toBe(0);
  });

  test('resuming starts a new window', async () => {
    const { countMany, resume, directories, id } = await setUp({ deactivations: 2, minutes: 60 });
    expect(await countMany(3)).toBe(2);
    expect(await resume()).toMatchObject({ status: 'active' });
    expect(await directories.read(id)).toMatchObject({ status: 'active' });
    expect(await countMany(3)).toBe(2);
    expect(await directories.read(id)).toMatchObject({ status: 'paused', pausedBy: 'guard' });
  });

  test('a changed setting keeps the count', async () => {
    const { count } = await setUp({ deactivations: 5, minutes: 60 });
    await count();
    await count();
    const lower: Guard = { deactivations: 3, minutes: 60 };
    await count(1, lower);
    await expect(count(1, lower)).rejects.toMatchObject(refused);
  });

  test('a percentage refers to the users at the start of the window, and allows at least one', async () => {
    const { id, countMany, resume } = await setUp({ percent: 25, minutes: 60 });
    const scene = sceneOf(createStore({ client: engine(), tableName: TABLE_NAME }), id);
    await scene.createUsers(3);
    expect(await countMany(3)).toBe(1);
    await scene.createUsers(10, 'more');
    await resume();
    expect(await countMany(6)).toBe(3);
  });

  test('a directory paused by an administrator stays paused by the administrator', async () => {
    const { id, directories, countMany } = await setUp({ deactivations: 1, minutes: 60 });
    await directories.change(id, admin, (before) => ({ ...before, status: 'paused', pausedBy: 'admin' }));
    expect(await countMany(3)).toBe(1);
    expect(await directories.read(id)).toMatchObject({ status: 'paused', pausedBy: 'admin' });
  });
});
