/** The audit finds one planted fault of each kind and mends it, and reports nothing beside live writers. */
import { randomUUID } from 'node:crypto';
import { BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, test } from 'vitest';
import { type StoredResource, userType } from '../../lib/scim/index.ts';
import { audit, estimateCost } from '../../lib/store/audit/audit.ts';
import { createDirectories } from '../../lib/store/directories/directories.ts';
import { DirectorySettings } from '../../lib/store/directories/directory-settings.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { createTokenShards } from '../../lib/store/tokens/token-shards.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { watch } from './calls.ts';
import { newDirectory, sceneOf } from './scene.ts';
import { scanTable } from './table-scan.ts';

type Found = Readonly<Record<string, unknown>>;
const HOUR_MS = 3_600_000;
const engine = useEngine({ stream: false });
const options = () => ({ client: engine(), tableName: TABLE_NAME });
const write = (request: { PutRequest: { Item: Found } } | { DeleteRequest: { Key: Found } }) =>
  DynamoDBDocumentClient.from(engine()).send(new BatchWriteCommand({ RequestItems: { [TABLE_NAME]: [request] } }));
const put = (Item: Found) => write({ PutRequest: { Item } });
const remove = ({ pk, sk }: Found) => write({ DeleteRequest: { Key: { pk, sk } } });
const itemsOf = async (isWanted: (item: Found) => boolean) => (await scanTable(engine())).filter(isWanted);
const itemAt = async (pk: string, sk: string): Promise<Found> => {
  const [found] = await itemsOf((item) => item.pk === pk && item.sk === sk);
  if (found === undefined) throw new Error(`no ${pk} ${sk}`);
  return found;
};
const removeWhere = async (isWanted: (item: Found) => boolean) => {
  const found = await itemsOf(isWanted);
  expect(found).not.toEqual([]);
  for (const item of found) await remove(item);
};
const change = async (pk: string, sk: string, over: Found) => put({ ...(await itemAt(pk, sk)), ...over });

const createDirectory = async (id: string) => {
  await createDirectories(options()).create(DirectorySettings.parse({ id }));
  await createTokenShards(options()).add(id, 1);
  return sceneOf(createStore(options()), id);
};

describe('one planted fault of each kind', () => {
  const missing = randomUUID();
  const by = { s: 1, by: { kind: 'system' }, reason: 'change', at: new Date().toISOString() };
  const state = { id: '', ann: '', team: '' };
  beforeEach(async () => {
    for (const item of await scanTable(engine())) await remove(item);
    const scene = await createDirectory(newDirectory());
    const ann: StoredResource = await scene.createUser({
      userName: 'ann',
      externalId: 'e1',
      emails: [{ value: 'a@x.y' }],
    });
    const team = await scene.createGroup('team', [{ id: ann.id }]);
    Object.assign(state, { id: scene.directory, ann: ann.id, team: team.id });
  });
  const user = () => `${state.id}#User#${state.ann}`;
  const group = () => `${state.id}#Group#${state.team}`;

  const cases: [name: string, plant: () => Promise<unknown>][] = [
    ['an edge of a user that does not exist', () => put({ pk: group(), sk: `~${missing}`, type: 'User' })],
    ['a membership only with the member', () => remove({ pk: group(), sk: `~${state.ann}` })],
    ['a membership only with the group', () => change(user(), 'MEMBEROF', { g: undefined })],
    [
      'a member of a group that does not exist',
      () => put({ pk: `${state.id}#Group#${missing}`, sk: `~${state.ann}`, type: 'User' }),
    ],
    ['a user without MEMBEROF', () => remove({ pk: user(), sk: 'MEMBEROF' })],
    [
      'a MEMBEROF without user',
      () => put({ ...by, pk: `${state.id}#User#${missing}`, sk: 'MEMBEROF', id: missing, type: 'User', rev: 0 }),
    ],
    ['a claim without owner', () => put({ pk: `${state.id}#User.sort.userName`, sk: '=bob\u0001', id: missing })],
    ['a claim with another owner', () => put({ pk: `${state.id}#User.sort.userName`, sk: '=ann\u0001', id: missing })],
    [
      'a look-up without owner',
      () => put({ pk: `${state.id}#User.externalId#${'0'.repeat(32)}`, sk: missing, id: missing }),
    ],
    [
      'a sort entry without owner',
      () => put({ pk: `${state.id}#User.sort.displayName`, sk: `>${missing}`, id: missing }),
    ],
    ['a list entry without owner', () => put({ pk: `${state.id}#User`, sk: missing })],
    ['a missing list entry', () => remove({ pk: `${state.id}#User`, sk: state.ann })],
    ['a missing look-up', () => removeWhere(({ pk }) => String(pk).startsWith(`${state.id}#User.emails.value#`))],
    [
      'a missing sort entry',
      () => removeWhere(({ pk, id }) => pk === `${state.id}#User.sort.meta.created` && id === state.ann),
    ],
    [
      'a resource from before a look-up path',
      async () => {
        const { lookups, ...item } = await itemAt(user(), 'RESOURCE');
        const kept = (lookups as string[]).filter((key) => !key.includes('.emails.value#'));
        await put({ ...item, lookups: kept });
        await removeWhere(({ pk }) => String(pk).startsWith(`${state.id}#User.emails.value#`));
      },
    ],
    ['a count that is too high', () => put({ pk: `${state.id}#User.count`, sk: state.ann.slice(0, 2), n: 7 })],
    ['a count that is missing', () => remove({ pk: `${state.id}#User.count`, sk: state.ann.slice(0, 2) })],
    [
      'a member version that was not counted',
      async () => {
        const old = (hours: number) => new Date(Date.now() - hours * HOUR_MS).toISOString();
        await change(group(), 'RESOURCE', { at: old(3) });
        await change(user(), 'MEMBEROF', { at: old(2) });
      },
    ],
    [
      'an unfinished create without marker',
      () =>
        put({
          ...{ ...by, pk: `${state.id}#Group#${missing}`, sk: 'RESOURCE', id: missing, type: 'Group', v: 1, m: 0 },
          ...{ created: by.at, r: '{}', pending: true },
        }),
    ],
    [
      'a tombstone without expiry',
      () =>
        put({
          ...{ ...by, pk: `${state.id}#User#${missing}`, sk: 'RESOURCE', id: missing, type: 'User', v: 2 },
          ...{ created: by.at, gone: true },
        }),
    ],
    ['items of a nonexistent directory', () => put({ pk: 'lost', sk: 'GUARD', n: 1 })],
    ['a listed directory that does not exist', () => put({ pk: '#directories', sk: 'lost', s: 1 })],
    ['a directory that is not listed', () => remove({ pk: '#directories', sk: state.id })],
    [
      'denied tokens without clean-up',
      () => put({ pk: state.id, sk: 'DENIED', s: 1, n: 1, d_t1: { shard: 1, from: by.at } }),
    ],
  ];
  test.each(cases)('%s is found, and mended with fix', async (_, plant) => {
    expect((await audit(options())).faults).toEqual([]);
    await plant();
    const before = await scanTable(engine());
    const found = await audit(options());
    expect(found.faults.map(({ outcome }) => outcome)).toContain('fixable');
    expect(await scanTable(engine()), 'a dry run writes nothing').toEqual(before);
    const { faults } = await audit({ ...options(), fix: true });
    expect(faults.filter(({ outcome }) => outcome !== 'fixed')).toEqual([]);
    expect((await audit(options())).faults).toEqual([]);
  });

  test('the back-fill makes a user findable by the new path', async () => {
    const scene = sceneOf(createStore(options()), state.id);
    await cases.find(([name]) => name.includes('look-up path'))?.[1]();
    expect((await scene.find(userType, 'emails.value', 'a@x.y')).resources).toEqual([]);
    await audit({ ...options(), fix: true });
    expect((await scene.find(userType, 'emails.value', 'a@x.y')).resources).toHaveLength(1);
  });

  test('a member that is taken out of a group moves its version', async () => {
    const versionOf = async () => (await itemAt(group(), 'RESOURCE')).m;
    const before = await versionOf();
    await put({ pk: group(), sk: `~${missing}`, type: 'User' });
    await audit({ ...options(), fix: true });
    expect(await versionOf()).toBe(Number(before) + 1);
  });

  test.each(['group', 'pending', 'member'])('a %s that is cleaned up since it was read is left alone', async (kind) => {
    const about = kind === 'member' ? `User#${missing}` : `Group#${state.team}`;
    const edge = { pk: group(), sk: `~${missing}`, type: 'User' };
    await put(edge);
    const { client } = watch(engine(), async ({ name }) => {
      if (name.startsWith('TransactWrite')) await put({ pk: '#sweep', sk: `${state.id}#${about}#${kind}` });
      return undefined;
    });
    const { faults } = await audit({ ...options(), client, fix: true });
    expect(faults).toMatchObject([{ outcome: 'left', reason: 'a request changed it meanwhile' }]);
    expect(await itemAt(edge.pk, edge.sk)).toEqual(edge);
  });

  test('what only a person can mend is left, with the reason', async () => {
    await put({ pk: state.id, sk: 'NEW' });
    const { faults } = await audit({ ...options(), fix: true });
    expect(faults).toEqual([
      { text: `unknown item: ${state.id} NEW`, outcome: 'left', reason: 'only a person can mend it' },
    ]);
  });
});

test('beside live writers it reports nothing, and --fix changes nothing that it should not', async () => {
  for (const item of await scanTable(engine())) await remove(item);
  const scene = await createDirectory(newDirectory());
  const store = createStore(options());
  await scene.createUsers(200, 'still');
  const team = await scene.createGroup('team');
  let stopped = false;
  const load = async (worker: number) => {
    for (let i = 0; !stopped; i++) {
      const made = await scene.createUser({ userName: `w${worker}-${i}`, emails: [{ value: `w${worker}-${i}@x.y` }] });
      await scene.changeMembers(team, [made.id]);
      if (i % 2 === 0) await store.delete(scene.users(), made);
    }
  };
  const workers = Promise.all([0, 1, 2, 3].map(load));
  for (let round = 0; round < 6; round++)
    expect((await audit({ ...options(), fix: round % 2 === 1 })).faults).toEqual([]);
  stopped = true;
  await workers;
  expect((await audit(options())).faults).toEqual([]);
});

test('the rate limits the scan, and the cost is an upper bound of it', async () => {
  for (const item of await scanTable(engine())) await remove(item);
  const scene = await createDirectory(newDirectory());
  await scene.createUsers(30);
  const { units, items } = await audit(options());
  expect(items).toBe((await scanTable(engine())).length);
  expect((await estimateCost(options())).units).toBeGreaterThanOrEqual(0);
  const start = Date.now();
  await audit({ ...options(), rcu: units });
  expect(Date.now() - start).toBeGreaterThan(900);
});
