/** The attributes of stored items, each of them: docs/storage.md. */
import { randomUUID } from 'node:crypto';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, test } from 'vitest';
import { groupType, userType } from '../../lib/scim/index.ts';
import { createCleanUp } from '../../lib/store/clean-up.ts';
import { createGuard } from '../../lib/store/directories/deactivation-guard.ts';
import { createDirectories } from '../../lib/store/directories/directories.ts';
import { DirectorySettings } from '../../lib/store/directories/directory-settings.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { createDenialWork, createDeniedTokens } from '../../lib/store/tokens/denied-tokens.ts';
import { createTokenNames } from '../../lib/store/tokens/token-names.ts';
import { createTokenShards } from '../../lib/store/tokens/token-shards.ts';
import { createTokenUse } from '../../lib/store/tokens/token-use.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { watch } from './calls.ts';
import { newDirectory, scopeOf } from './scene.ts';
import { scanTable } from './table-scan.ts';

const engine = useEngine();
const NOW = Date.now();
const AT = new Date(NOW).toISOString();
const DAY_SECONDS = 24 * 60 * 60;
const TOMBSTONE_SECONDS = 30 * DAY_SECONDS;
const ACTOR = { kind: 'provisioning-client', tokenId: 't1', requestId: 'r1' } as const;
const STAMP = { s: 1, by: ACTOR, reason: 'import', at: AT };

const options = () => ({ client: engine(), tableName: TABLE_NAME, clock: () => NOW });
const open = () => {
  const directory = newDirectory();
  const scope = { actor: ACTOR, reason: 'import' } as const;
  return {
    store: createStore(options()),
    directory,
    users: scopeOf(directory, userType, scope),
    groups: scopeOf(directory, groupType, scope),
  };
};
const bytes = (id: string) => new Uint8Array(Buffer.from(id.replaceAll('-', ''), 'hex'));

/** @returns the item without its key; undefined if there is none */
const itemAt = async (pk: string, sk: string) => {
  const items = await scanTable(engine(), {
    FilterExpression: 'pk = :pk AND sk = :sk',
    ExpressionAttributeValues: { ':pk': pk, ':sk': sk },
  });
  const [item] = items;
  if (item === undefined) return undefined;
  const { pk: _, sk: __, ...attributes } = item;
  return attributes;
};

describe('resources', () => {
  test('a user and a group, until they are deleted', async () => {
    const { store, directory, users, groups } = open();
    const [userId, groupId] = [randomUUID(), randomUUID()];
    const user = await store.create(users, { id: userId, attributes: { userName: 'ann' }, members: [] });
    const group = await store.create(groups, {
      id: groupId,
      attributes: { displayName: 'g' },
      members: [{ id: userId, display: 'Ann' }],
    });
    const [userPk, groupPk] = [`${directory}#User#${userId}`, `${directory}#Group#${groupId}`];
    const own = { ...STAMP, id: userId, type: 'User' };
    expect(await itemAt(userPk, 'RESOURCE')).toEqual({
      ...own,
      v: 1,
      m: 0,
      created: AT,
      r: '{"userName":"ann"}',
      claims: [`${directory}#User.sort.userName\n=ann\u0001`],
      lookups: [`${directory}#User.sort.displayName\n>${userId}`],
    });
    const memberOf = { ...own, rev: 1, g: new Set([bytes(groupId)]) };
    expect(await itemAt(userPk, 'MEMBEROF')).toEqual(memberOf);
    expect(await itemAt(groupPk, 'MEMBEROF')).toEqual({ ...STAMP, id: groupId, type: 'Group', rev: 0 });
    expect(await itemAt(groupPk, `~${userId}`)).toEqual({ type: 'User', display: 'Ann' });
    expect(await itemAt(`${directory}#User.sort.userName`, '=ann\u0001')).toEqual({ id: userId });
    expect(await itemAt(`${directory}#User.sort.meta.created`, `=${AT}\u0001${userId}`)).toEqual({ id: userId });
    expect(await itemAt(`${directory}#User`, userId)).toEqual({});
    expect(await itemAt(`${directory}#User.count`, userId.slice(0, 2))).toEqual({ n: 1 });

    const gone = { gone: true, ttl: Math.ceil(NOW / 1000) + TOMBSTONE_SECONDS };
    expect(await store.delete(users, user)).toBe('deleted');
    expect(await itemAt(userPk, 'RESOURCE')).toEqual({
      ...own,
      v: 2,
      m: 0,
      created: AT,
      names: '{"userName":"ann"}',
      ...gone,
    });
    expect(await itemAt(userPk, 'MEMBEROF')).toEqual({ ...memberOf, rev: 2, ...gone });
    expect(await itemAt(`${directory}#User.count`, userId.slice(0, 2))).toEqual({ n: 0 });
    const counted = { ...STAMP, id: groupId, type: 'Group', v: 1, m: 1, created: AT };
    expect(await itemAt(groupPk, 'RESOURCE')).toMatchObject({ ...counted, r: '{"displayName":"g"}' });
    expect(await store.delete(groups, group)).toBe('deleted');
    expect(await itemAt(groupPk, 'RESOURCE')).toEqual({ ...counted, v: 2, names: '{"displayName":"g"}', ...gone });
  });

  test('a large group whose name is taken while it is written leaves a tombstone that expires', async () => {
    const { store, directory, users, groups } = open();
    const members = Array.from({ length: 60 }, () => ({ id: randomUUID() }));
    await Promise.all(members.map(({ id }) => store.create(users, { id, attributes: { userName: id }, members: [] })));
    const [id, rival] = [randomUUID(), randomUUID()];
    let rivals = 0;
    const watched = watch(engine(), async ({ name }) => {
      // The first transaction writes the pending group, after its name was found free.
      if (name === 'TransactWriteItems' && rivals++ === 1)
        await store.create(groups, { id: rival, attributes: { displayName: 'Big' }, members: [] });
      return undefined;
    });
    const slow = createStore({ ...options(), client: watched.client });
    await expect(slow.create(groups, { id, attributes: { displayName: 'big' }, members })).rejects.toMatchObject({
      scimType: 'uniqueness',
    });
    const item = await itemAt(`${directory}#Group#${id}`, 'RESOURCE');
    expect(item).toEqual({
      ...STAMP,
      id,
      type: 'Group',
      v: 1,
      m: 0,
      created: AT,
      pending: true,
      gone: true,
      names: '{"displayName":"big"}',
      ttl: Math.ceil(NOW / 1000) + TOMBSTONE_SECONDS,
    });
  });
});

test('a large group whose request dies is marked, and the sweeper leaves a tombstone that expires', async () => {
  const { store, directory, users, groups } = open();
  const members = Array.from({ length: 60 }, () => ({ id: randomUUID() }));
  await Promise.all(members.map(({ id }) => store.create(users, { id, attributes: { userName: id }, members: [] })));
  const id = randomUUID();
  let transactions = 0;
  const watched = watch(engine(), ({ name }) =>
    name === 'TransactWriteItems' && transactions++ > 0 ? { error: new Error('killed'), when: 'before' } : undefined,
  );
  const dying = createStore({ ...options(), client: watched.client });
  await expect(dying.create(groups, { id, attributes: { displayName: 'g' }, members })).rejects.toThrow('killed');
  const own = { ...STAMP, id, type: 'Group' };
  const marker = {
    ...own,
    directory,
    groupType: 'Group',
    kind: 'pending',
    draft: expect.stringMatching(/^[\w-]{32}$/),
  };
  expect(await itemAt('#sweep', `${directory}#Group#${id}#pending`)).toEqual(marker);
  const later = NOW + DAY_SECONDS * 1000;
  const cleanUp = createCleanUp({ ...options(), clock: () => later });
  await cleanUp({ deadline: Number.POSITIVE_INFINITY });
  expect(await itemAt('#sweep', `${directory}#Group#${id}#pending`)).toBeUndefined();
  const gone = { pending: true, gone: true, ttl: Math.ceil(later / 1000) + TOMBSTONE_SECONDS };
  expect(await itemAt(`${directory}#Group#${id}`, 'RESOURCE')).toEqual({
    ...own,
    v: 1,
    m: 0,
    created: AT,
    names: '{"displayName":"g"}',
    ...gone,
  });
});

describe('directories', () => {
  test('a directory from its creation to its first request', async () => {
    const id = newDirectory();
    const directories = createDirectories(options());
    const labels = { plan: 'gold' };
    await directories.create(DirectorySettings.parse({ id, name: 'Acme', tenant: 'org', labels }), ACTOR);
    const item = {
      s: 1,
      id,
      name: 'Acme',
      tenant: 'org',
      labels,
      mode: 'tolerant',
      uniqueGroupNames: true,
      status: 'active',
      createdAt: AT,
      rev: NOW,
      by: ACTOR,
      at: AT,
      // 32 random bytes.
      cursorKey: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/),
    };
    expect(await itemAt(id, 'DIRECTORY')).toEqual(item);
    expect(await itemAt('#directories', id)).toEqual({ s: 1 });
    const admin = { kind: 'admin' } as const;
    await directories.change(id, admin, (before) => ({ ...before, name: 'Acme Ltd' }));
    expect(await itemAt(id, 'DIRECTORY')).toEqual({ ...item, name: 'Acme Ltd', rev: NOW + 1, by: admin });
    const later = NOW + 1000;
    const at = new Date(later).toISOString();
    await createDirectories({ ...options(), clock: () => later }).connect(id, ACTOR);
    const connected = { ...item, name: 'Acme Ltd', rev: NOW + 2, at, connectedAt: at };
    expect(await itemAt(id, 'DIRECTORY')).toEqual(connected);
    // Only the first request is recorded, and none in a directory that is being deleted or is missing.
    await createDirectories({ ...options(), clock: () => later + 1 }).connect(id, ACTOR);
    expect(await itemAt(id, 'DIRECTORY')).toEqual(connected);
    const leaving = newDirectory();
    await directories.create(DirectorySettings.parse({ id: leaving }), ACTOR);
    await directories.change(leaving, admin, (before) => ({ ...before, status: 'deleting' }));
    const before = await itemAt(leaving, 'DIRECTORY');
    await directories.connect(leaving, ACTOR);
    expect(await itemAt(leaving, 'DIRECTORY')).toEqual(before);
    const missing = newDirectory();
    await directories.connect(missing, ACTOR);
    expect(await itemAt(missing, 'DIRECTORY')).toBeUndefined();
  });

  test('a directory that its guard pauses, and the window', async () => {
    const id = newDirectory();
    const guard = { deactivations: 1, minutes: 5 };
    const directory = await createDirectories(options()).create(DirectorySettings.parse({ id, guard }), {
      kind: 'admin',
    });
    const item = await itemAt(id, 'DIRECTORY');
    const later = NOW + 1000;
    const count = createGuard({ ...options(), clock: () => later });
    const guarded = { directory: { id, guard }, type: 'User', actor: ACTOR, deadline: Number.POSITIVE_INFINITY };
    await count(guarded);
    const window = { s: 1, setting: JSON.stringify(guard), until: later + 5 * 60_000, limit: 1, n: 1 };
    expect(await itemAt(id, 'GUARD')).toEqual(window);
    await expect(count(guarded)).rejects.toMatchObject({ status: 429 });
    expect(await itemAt(id, 'GUARD')).toEqual({ ...window, tripped: true });
    const paused = { status: 'paused', pausedBy: 'guard', by: ACTOR, at: new Date(later).toISOString(), rev: NOW + 1 };
    expect(await itemAt(id, 'DIRECTORY')).toEqual({ ...item, ...paused });
    expect(directory).toMatchObject({ status: 'active' });
  });
});

describe('tokens', () => {
  const deadline = Number.POSITIVE_INFINITY;
  const denial = { shard: 1, from: AT };

  test('the name and the denial of a token from its creation to its clean-up', async () => {
    const directory = newDirectory();
    const [names, denied, work] = [
      createTokenNames(options()),
      createDeniedTokens(options()),
      createDenialWork(options()),
    ];
    const nameItem = () => itemAt(`${directory}#tokens`, 'NAME#okta');
    const deniedItem = () => itemAt(directory, 'DENIED');
    const claimed = { s: 1, incarnation: AT, tokenId: 't1' };
    await names.claim({ directory, incarnation: AT, name: 'okta', tokenId: 't1' }, { deadline });
    expect(await nameItem()).toEqual({ ...claimed, until: NOW + 60_000 });
    const pending = { ...denial, pending: true };
    expect(await denied.deny(directory, 't1', { denial: pending, deadline })).toBe('denied');
    expect(await deniedItem()).toEqual({ s: 1, n: 1, d_t1: pending });
    expect(await itemAt('#denied', directory)).toEqual({ s: 1 });
    expect(await denied.activate(directory, { tokenId: 't1', name: 'okta' }, deadline)).toBe('active');
    expect(await nameItem()).toEqual(claimed);
    expect(await deniedItem()).toEqual({ s: 1, n: 0 });
    expect(await denied.deny(directory, 't1', { denial, deadline })).toBe('denied');
    await work.markRemoved(directory, await denied.read(directory), AT);
    expect(await deniedItem()).toEqual({ s: 1, n: 1, d_t1: { ...denial, removedAt: AT } });
    await work.forget(directory, ['t1']);
    expect(await deniedItem()).toEqual({ s: 1, n: 0 });
    await work.finish({ directory, deletedIncarnation: undefined });
    expect(await deniedItem()).toBeUndefined();
    expect(await itemAt('#denied', directory)).toBeUndefined();
  });

  test('a directory with 200 denied tokens takes no further one, but changes those that it has', async () => {
    const directory = newDirectory();
    const denied = createDeniedTokens({ ...options(), client: watch(engine()).client });
    const item = { s: 1, n: 200, d_t1: denial };
    const Item = marshall({ pk: directory, sk: 'DENIED', ...item });
    await engine().send(new PutItemCommand({ TableName: TABLE_NAME, Item }));
    expect(await denied.deny(directory, 't2', { denial, deadline })).toBe('full');
    expect(await itemAt(directory, 'DENIED')).toEqual(item);
    const sooner = { shard: 1, from: new Date(NOW - 1).toISOString() };
    expect(await denied.deny(directory, 't1', { denial: sooner, deadline })).toBe('denied');
    expect(await itemAt(directory, 'DENIED')).toEqual({ ...item, d_t1: sooner });
  });

  test('the last use of a token', async () => {
    const directory = newDirectory();
    await createTokenUse(options()).note({ directory, tokenId: 't1' });
    expect(await itemAt(`${directory}#tokens`, 'USED#t1')).toEqual({ s: 1, usedAt: AT });
  });

  test('the lease of a shard, held and given back, with and without a count of versions', async () => {
    const shards = createTokenShards(options());
    const item = () => itemAt('#shards', 'SHARD#7');
    for (const [versions, counted] of [
      [undefined, {}],
      [3, { versions: 3, countedAt: NOW }],
      [undefined, { versions: 3, countedAt: NOW }],
    ] as const) {
      const lease = await shards.take(7, 'ann');
      if (lease === undefined) throw new Error('the shard is held');
      expect(await item()).toMatchObject({ s: 1, holder: 'ann', until: lease.until });
      await shards.release(lease, versions);
      expect(await item()).toEqual({ s: 1, ...counted });
    }
    expect((await shards.versions()).get(7)).toBe(3);
  });
});
