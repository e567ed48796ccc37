/** The scan of `scim audit` names each kind of orphan, and reports none in a consistent table. */
import { randomUUID } from 'node:crypto';
import { BatchWriteCommand, DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, test } from 'vitest';
import type { StoredResource } from '../../lib/scim/index.ts';
import { findOrphans, type OrphanReport, toSummary } from '../../lib/store/audit/find-faults.ts';
import { createDirectories } from '../../lib/store/directories/directories.ts';
import { DirectorySettings } from '../../lib/store/directories/directory-settings.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { toBytes } from '../../lib/store/items/items.ts';
import { createTokenShards } from '../../lib/store/tokens/token-shards.ts';
import { createTokenUse } from '../../lib/store/tokens/token-use.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { sceneOf } from './scene.ts';
import { scanTable } from './table-scan.ts';

const HOUR_MS = 3_600_000;
type Found = Readonly<Record<string, unknown>>;
type Planted = { readonly put?: readonly Found[]; readonly without?: (item: Found) => boolean };

describe('s5 the scan', () => {
  const engine = useEngine({ stream: false });
  const options = () => ({ client: engine(), tableName: TABLE_NAME });
  const search = (): Promise<OrphanReport> => findOrphans(options());
  const documents = () => DynamoDBDocumentClient.from(engine());
  const created: { ann?: StoredResource; everyone?: StoredResource } = {};
  const ann = () => created.ann?.id ?? '';
  const everyone = () => created.everyone?.id ?? '';
  const by = { s: 1, by: { kind: 'system' }, reason: 'change', at: new Date().toISOString() };

  const createDirectory = async (id: string) => {
    await createDirectories(options()).create(DirectorySettings.parse({ id }));
    await createTokenShards(options()).add(id, 1);
    await createTokenUse(options()).note({ directory: id, tokenId: 't1' });
    return sceneOf(createStore(options()), id);
  };
  beforeAll(async () => {
    const lease = { pk: '#lease', sk: 'SWEEP', s: 1, holder: 'sweep', until: 0 };
    await documents().send(new PutCommand({ TableName: TABLE_NAME, Item: lease }));
    const store = createStore(options());
    const scene = await createDirectory('acme');
    await (await createDirectory('other')).createUsers(3);
    const users = await scene.createUsers(60);
    created.ann = await scene.createUser({
      userName: 'ann',
      externalId: 'e1',
      displayName: 'Ann',
      emails: [{ value: 'a@x.y' }],
    });
    const inner = await scene.createGroup('inner', [{ id: ann() }]);
    created.everyone = await scene.createGroup(
      'everyone',
      [...users, inner, created.ann].map(({ id }) => ({ id })),
    );
    const leaver = await scene.createUser({ userName: 'leaver' });
    await scene.changeMembers(created.everyone, [leaver.id]);
    await store.delete(scene.users(), leaver);
    await store.delete(scene.groups(), inner);
  });

  const write = (request: { PutRequest: { Item: Found } } | { DeleteRequest: { Key: Found } }) =>
    documents().send(new BatchWriteCommand({ RequestItems: { [TABLE_NAME]: [request] } }));
  const keyOf = ({ pk, sk }: Found) => `${pk}\n${sk}`;
  /** Searches the table with items added or removed, then restores it. */
  const searchWith = async ({ put = [], without = () => false }: Planted): Promise<OrphanReport> => {
    const before = new Map((await scanTable(engine())).map((item) => [keyOf(item), item]));
    const removed = [...before.values()].filter(without);
    for (const { pk, sk } of removed) await write({ DeleteRequest: { Key: { pk, sk } } });
    for (const Item of put) await write({ PutRequest: { Item } });
    const report = await search();
    for (const { pk, sk } of put) await write({ DeleteRequest: { Key: { pk, sk } } });
    for (const { pk, sk } of [...put, ...removed]) {
      const Item = before.get(keyOf({ pk, sk }));
      if (Item !== undefined) await write({ PutRequest: { Item } });
    }
    return report;
  };
  const itemAt = async (pk: string, sk: string): Promise<Found> => {
    const found = (await scanTable(engine())).find((item) => item.pk === pk && item.sk === sk);
    if (found === undefined) throw new Error(`no ${pk} ${sk}`);
    return found;
  };

  test('a consistent table has no orphans; unexpired tombstones and cleanup markers are counted separately', async () => {
    const report = await search();
    expect(report.lines).toEqual([]);
    expect(toSummary(report)).toBe(
      `0 orphans in ${(await scanTable(engine())).length} items (2 directories, 4 tombstones, 1 cleanup marker)`,
    );
    const tenDaysAgo = Math.floor(Date.now() / 1000) - 10 * 86_400;
    const expired = { pk: 'acme#tokens', sk: 'EXPIRING#t0', ttl: tenDaysAgo };
    expect(await searchWith({ put: [expired] })).toMatchObject({ orphans: 0, tombstones: 5 });
  });

  const missing = randomUUID();
  type Case = [name: string, change: () => Planted, line: () => string | RegExp];
  const cases: Case[] = [
    [
      'a membership stored only with the group',
      () => ({
        put: [{ pk: `acme#Group#${everyone()}`, sk: `~${missing}`, type: 'User' }],
      }),
      () => `membership stored only with the group: acme Group ${everyone()} has User ${missing}`,
    ],
    [
      'a membership stored only with the member',
      () => ({ without: ({ pk, sk }) => pk === `acme#Group#${everyone()}` && sk === `~${ann()}` }),
      () => `membership stored only with the member: acme Group ${everyone()} has User ${ann()}`,
    ],
    [
      'a member of a nonexistent group',
      () => ({ put: [{ pk: `acme#Group#${missing}`, sk: `~${ann()}`, type: 'User' }] }),
      () => `member of a nonexistent group: acme Group ${missing} has ${ann()}`,
    ],
    [
      'memberships of a nonexistent user',
      () => ({
        put: [{ ...by, pk: `acme#User#${missing}`, sk: 'MEMBEROF', id: missing, type: 'User', rev: 0 }],
      }),
      () => `MEMBEROF without resource: acme User ${missing}`,
    ],
    [
      'a user without its memberships',
      () => ({ without: ({ pk, sk }) => pk === `acme#User#${ann()}` && sk === 'MEMBEROF' }),
      () => `resource without MEMBEROF: acme User ${ann()}`,
    ],
    [
      'a claim without an owner',
      () => ({ put: [{ pk: 'acme#User.sort.userName', sk: '=bob\u0001', id: missing }] }),
      () => `entry without owner: acme#User.sort.userName =bob^A ${missing}`,
    ],
    [
      'a lookup without an owner',
      () => ({ put: [{ pk: 'acme#User.externalId#0123456789abcdef0123456789abcdef', sk: missing, id: missing }] }),
      () => `entry without owner: acme#User.externalId#0123456789abcdef0123456789abcdef ${missing} ${missing}`,
    ],
    [
      'a sort entry without an owner',
      () => ({ put: [{ pk: 'acme#User.sort.displayName', sk: `>${missing}`, id: missing }] }),
      () => `entry without owner: acme#User.sort.displayName >${missing} ${missing}`,
    ],
    [
      'a list entry without an owner',
      () => ({ put: [{ pk: 'acme#User', sk: missing }] }),
      () => `entry without owner: acme#User ${missing} ${missing}`,
    ],
    [
      'a claim owned by another resource',
      () => ({ put: [{ pk: 'acme#User.sort.userName', sk: '=ann\u0001', id: missing }] }),
      () => `missing entry: acme#User.sort.userName =ann^A ${ann()}`,
    ],
    [
      'a missing list entry',
      () => ({ without: ({ pk, sk }) => pk === 'acme#User' && sk === ann() }),
      () => `missing entry: acme#User ${ann()} ${ann()}`,
    ],
    [
      'a missing lookup',
      () => ({ without: ({ pk }) => String(pk).startsWith('acme#User.emails.value#') }),
      () => /^missing entry: acme#User\.emails\.value#\S+ /,
    ],
    [
      'a missing sort entry by creation time',
      () => ({
        without: ({ pk, id }) => pk === 'acme#User.sort.meta.created' && id === ann(),
      }),
      () => new RegExp(`^missing entry: acme#User.sort.meta.created =.*${ann()}$`),
    ],
    [
      'denied tokens that no clean-up is noted for',
      () => ({ put: [{ pk: 'acme', sk: 'DENIED', s: 1, n: 1, d_t1: { shard: 1, from: by.at } }] }),
      () => 'denied tokens that no clean-up will find: acme',
    ],
    [
      'a count that is too high',
      () => ({ put: [{ pk: 'acme#Group.count', sk: everyone().slice(0, 2), n: 2 }] }),
      () => `count off by +1: acme#Group.count ${everyone().slice(0, 2)}`,
    ],
    [
      'a count that is missing',
      () => ({ without: ({ pk, sk }) => pk === 'acme#Group.count' && sk === everyone().slice(0, 2) }),
      () => `count off by -1: acme#Group.count ${everyone().slice(0, 2)}`,
    ],
    [
      'an unfinished create without a cleanup marker',
      () => ({
        put: [
          {
            ...by,
            pk: `acme#Group#${missing}`,
            sk: 'RESOURCE',
            id: missing,
            type: 'Group',
            v: 1,
            m: 0,
            created: by.at,
            r: '{}',
            pending: true,
          },
        ],
      }),
      () => `unfinished create without cleanup marker: acme Group ${missing}`,
    ],
    [
      'an overdue cleanup',
      () => {
        const at = new Date(Date.now() - HOUR_MS * 2).toISOString();
        const left = { kind: 'group', directory: 'acme', type: 'Group', id: missing, groupType: 'Group' };
        return { put: [{ ...by, ...left, at, pk: '#sweep', sk: `acme#Group#${missing}#group` }] };
      },
      () => new RegExp(`^overdue cleanup: acme#Group#${missing}#group`),
    ],
    [
      'a tombstone without an expiry',
      () => ({
        put: [
          {
            ...by,
            pk: `acme#User#${missing}`,
            sk: 'RESOURCE',
            id: missing,
            type: 'User',
            v: 2,
            created: by.at,
            gone: true,
          },
        ],
      }),
      () => `tombstone without expiry: acme#User#${missing} RESOURCE`,
    ],
    [
      'items of a nonexistent directory',
      () => ({
        put: [
          { pk: 'lost#tokens', sk: 'USED#t9', usedAt: by.at },
          { pk: 'lost', sk: 'TOKENS', shards: new Set([1]) },
          { pk: 'lost', sk: 'GUARD', n: 1 },
        ],
      }),
      () => 'items of a nonexistent directory: 3 of lost',
    ],
    [
      'a listed directory that does not exist',
      () => ({ put: [{ pk: '#directories', sk: 'lost' }] }),
      () => 'listed directory that does not exist: lost',
    ],
    [
      'a directory missing from the list',
      () => ({ without: ({ pk, sk }) => pk === '#directories' && sk === 'other' }),
      () => 'directory missing from the list: other',
    ],
    [
      'the use of a token in a directory without tokens',
      () => ({ without: ({ pk, sk }) => pk === 'other' && sk === 'TOKENS' }),
      () => 'token item in a directory without tokens: other#tokens USED#t1',
    ],
    ['an item of an unknown kind', () => ({ put: [{ pk: 'acme', sk: 'NEW' }] }), () => 'unknown item: acme NEW'],
    [
      'an invalid item',
      () => ({ put: [{ pk: 'acme#User.count', sk: 'ff', n: 'many' }] }),
      () => /^invalid item: acme#User\.count ff: /,
    ],
  ];
  test.each(cases)('%s is found', async (_, change, line) => {
    const { lines, orphans } = await searchWith(change());
    const expected = line();
    expect(lines).toContainEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected));
    expect(orphans).toBeGreaterThan(0);
  });

  test('a resource without the index entries of its attributes is found', async () => {
    const item = await itemAt(`acme#User#${ann()}`, 'RESOURCE');
    const put = [{ ...item, r: JSON.stringify({ userName: 'anna' }) }];
    const { lines } = await searchWith({ put });
    expect(lines).toEqual([
      expect.stringContaining(`acme User ${ann()}: acme#User.sort.userName =anna^A`),
      expect.stringContaining(`acme User ${ann()}: acme#User.sort.displayName >${ann()}`),
    ]);
  });

  test('a membership that an existing user states in a nonexistent group is found', async () => {
    const item = await itemAt(`acme#User#${ann()}`, 'MEMBEROF');
    const g = new Set([toBytes(everyone()), toBytes(missing)]);
    expect((await searchWith({ put: [{ ...item, g }] })).lines).toEqual([
      `membership stored only with the member: acme Group ${missing} has User ${ann()}`,
    ]);
  });

  test('all orphans are counted, the first 50 are described', async () => {
    const put = Array.from({ length: 60 }, () => ({ pk: 'acme#User', sk: randomUUID() }));
    const { orphans, lines } = await searchWith({ put });
    expect(orphans).toBe(60);
    expect(lines).toHaveLength(50);
    expect((await search()).orphans).toBe(0);
  });
});
