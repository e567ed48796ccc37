/** `npm run check:orphans` finds each kind of orphan by name, and nothing where there is none. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, test } from 'vitest';
import type { StoredResource } from '../../lib/scim/index.ts';
import { createDirectories } from '../../lib/store/directories/directories.ts';
import { DirectorySettings } from '../../lib/store/directories/directory-settings.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { toBytes } from '../../lib/store/items/items.ts';
import { createTokenShards } from '../../lib/store/tokens/token-shards.ts';
import { createTokenUse } from '../../lib/store/tokens/token-use.ts';
import { sceneOf } from '../store/scene.ts';
import { scanTable } from '../store/table-scan.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { group, useLocalRun, user } from '../support/local-run.ts';
import { findOrphans, type OrphanReport, toSummary } from './find-orphans.ts';

const HOUR_MS = 3_600_000;
type Found = Readonly<Record<string, unknown>>;
type Planted = { readonly put?: readonly Found[]; readonly without?: (item: Found) => boolean };

describe('s5 the scan', () => {
  const engine = useEngine({ stream: false });
  const options = () => ({ client: engine(), tableName: TABLE_NAME });
  const search = (): Promise<OrphanReport> => findOrphans(options());
  const documents = () => DynamoDBDocumentClient.from(engine());
  const made: { ann?: StoredResource; everybody?: StoredResource } = {};
  const ann = () => made.ann?.id ?? '';
  const everybody = () => made.everybody?.id ?? '';
  const by = { s: 1, by: { kind: 'system' }, reason: 'change', at: new Date().toISOString() };

  const makeDirectory = async (id: string) => {
    await createDirectories(options()).create(DirectorySettings.parse({ id }));
    await createTokenShards(options()).add(id, 1);
    await createTokenUse(options()).note({ directory: id, tokenId: 't1' });
    return sceneOf(createStore(options()), id);
  };
  beforeAll(async () => {
    const store = createStore(options());
    const scene = await makeDirectory('acme');
    await (await makeDirectory('other')).createUsers(3);
    const users = await scene.createUsers(60);
    made.ann = await scene.createUser({
      userName: 'ann',
      externalId: 'e1',
      displayName: 'Ann',
      emails: [{ value: 'a@x.y' }],
    });
    const inner = await scene.createGroup('inner', [{ id: ann() }]);
    made.everybody = await scene.createGroup(
      'everybody',
      [...users, inner, made.ann].map(({ id }) => ({ id })),
    );
    const leaver = await scene.createUser({ userName: 'leaver' });
    await scene.changeMembers(made.everybody, [leaver.id]);
    await store.delete(scene.users(), leaver);
    await store.delete(scene.groups(), inner);
  });

  const write = (request: { PutRequest: { Item: Found } } | { DeleteRequest: { Key: Found } }) =>
    documents().send(new BatchWriteCommand({ RequestItems: { [TABLE_NAME]: [request] } }));
  const keyOf = ({ pk, sk }: Found) => `${pk}\n${sk}`;
  /** Scans the table with other items in it, or without some, and makes it again what it was. */
  const meanwhile = async ({ put = [], without = () => false }: Planted): Promise<OrphanReport> => {
    const before = new Map((await scanTable(engine())).map((item) => [keyOf(item), item]));
    const gone = [...before.values()].filter(without);
    for (const { pk, sk } of gone) await write({ DeleteRequest: { Key: { pk, sk } } });
    for (const Item of put) await write({ PutRequest: { Item } });
    const report = await search();
    for (const { pk, sk } of put) await write({ DeleteRequest: { Key: { pk, sk } } });
    for (const { pk, sk } of [...put, ...gone]) {
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

  test('nothing is wrong: tombstones in their time and words to the sweeper are counted apart', async () => {
    const report = await search();
    expect(report.lines).toEqual([]);
    expect(toSummary(report)).toBe(
      `0 orphans in ${(await scanTable(engine())).length} items (2 directories, 4 tombstones, 1 to be swept)`,
    );
    const long = Math.floor(Date.now() / 1000) - 10 * 86_400;
    const expired = { pk: 'acme#tokens', sk: 'EXPIRING#t0', ttl: long };
    expect(await meanwhile({ put: [expired] })).toMatchObject({ orphans: 0, tombstones: 5 });
  });

  const nobody = randomUUID();
  type Case = [name: string, change: () => Planted, line: () => string | RegExp];
  const cases: Case[] = [
    [
      'a membership that only the group knows',
      () => ({
        put: [{ pk: `acme#Group#${everybody()}`, sk: `~${nobody}`, type: 'User' }],
      }),
      () => `membership that only the group knows: acme Group ${everybody()} has User ${nobody}`,
    ],
    [
      'a membership that only the member knows',
      () => ({ without: ({ pk, sk }) => pk === `acme#Group#${everybody()}` && sk === `~${ann()}` }),
      () => `membership that only the member knows: acme Group ${everybody()} has User ${ann()}`,
    ],
    [
      'a member of a dead group',
      () => ({ put: [{ pk: `acme#Group#${nobody}`, sk: `~${ann()}`, type: 'User' }] }),
      () => `member of what is not there: acme Group ${nobody} has ${ann()}`,
    ],
    [
      'memberships of a dead user',
      () => ({
        put: [{ ...by, pk: `acme#User#${nobody}`, sk: 'MEMBEROF', id: nobody, type: 'User', rev: 0 }],
      }),
      () => `MEMBEROF without its resource: acme User ${nobody}`,
    ],
    [
      'a user without its memberships',
      () => ({ without: ({ pk, sk }) => pk === `acme#User#${ann()}` && sk === 'MEMBEROF' }),
      () => `resource without its MEMBEROF: acme User ${ann()}`,
    ],
    [
      'a claim of nobody',
      () => ({ put: [{ pk: 'acme#User.sort.userName', sk: '=bob\u0001', id: nobody }] }),
      () => `of nobody: acme#User.sort.userName =bob^A ${nobody}`,
    ],
    [
      'a look-up of nobody',
      () => ({ put: [{ pk: 'acme#User.externalId#0123456789abcdef0123456789abcdef', sk: nobody, id: nobody }] }),
      () => `of nobody: acme#User.externalId#0123456789abcdef0123456789abcdef ${nobody} ${nobody}`,
    ],
    [
      'a place in an order of nobody',
      () => ({ put: [{ pk: 'acme#User.sort.displayName', sk: `>${nobody}`, id: nobody }] }),
      () => `of nobody: acme#User.sort.displayName >${nobody} ${nobody}`,
    ],
    [
      'a list entry of nobody',
      () => ({ put: [{ pk: 'acme#User', sk: nobody }] }),
      () => `of nobody: acme#User ${nobody} ${nobody}`,
    ],
    [
      'a claim that is another’s',
      () => ({ put: [{ pk: 'acme#User.sort.userName', sk: '=ann\u0001', id: nobody }] }),
      () => `missing: acme#User.sort.userName =ann^A ${ann()}`,
    ],
    [
      'a missing list entry',
      () => ({ without: ({ pk, sk }) => pk === 'acme#User' && sk === ann() }),
      () => `missing: acme#User ${ann()} ${ann()}`,
    ],
    [
      'a missing look-up',
      () => ({ without: ({ pk }) => String(pk).startsWith('acme#User.emails.value#') }),
      () => /^missing: acme#User\.emails\.value#\S+ /,
    ],
    [
      'a missing place by creation',
      () => ({
        without: ({ pk, id }) => pk === 'acme#User.sort.meta.created' && id === ann(),
      }),
      () => new RegExp(`^missing: acme#User.sort.meta.created =.*${ann()}$`),
    ],
    [
      'a count that is too high',
      () => ({ put: [{ pk: 'acme#Group.count', sk: everybody().slice(0, 2), n: 2 }] }),
      () => `count that is wrong by +1: acme#Group.count ${everybody().slice(0, 2)}`,
    ],
    [
      'a count that is missing',
      () => ({ without: ({ pk, sk }) => pk === 'acme#Group.count' && sk === everybody().slice(0, 2) }),
      () => `count that is wrong by -1: acme#Group.count ${everybody().slice(0, 2)}`,
    ],
    [
      'what never came, and nobody will sweep',
      () => ({
        put: [
          {
            ...by,
            pk: `acme#Group#${nobody}`,
            sk: 'RESOURCE',
            id: nobody,
            type: 'Group',
            v: 1,
            m: 0,
            created: by.at,
            r: '{}',
            pending: true,
          },
        ],
      }),
      () => `never came, and nobody will sweep it: acme Group ${nobody}`,
    ],
    [
      'what should have been swept',
      () => {
        const at = new Date(Date.now() - HOUR_MS * 2).toISOString();
        const left = { kind: 'group', directory: 'acme', type: 'Group', id: nobody, groupType: 'Group' };
        return { put: [{ ...by, ...left, at, pk: '#sweep', sk: `acme#Group#${nobody}#group` }] };
      },
      () => new RegExp(`^should have been swept: acme#Group#${nobody}#group`),
    ],
    [
      'a tombstone for ever',
      () => ({
        put: [
          {
            ...by,
            pk: `acme#User#${nobody}`,
            sk: 'RESOURCE',
            id: nobody,
            type: 'User',
            v: 2,
            created: by.at,
            gone: true,
          },
        ],
      }),
      () => `tombstone for ever: acme#User#${nobody} RESOURCE`,
    ],
    [
      'items of a directory that is not there',
      () => ({
        put: [
          { pk: 'lost#tokens', sk: 'USED#t9', usedAt: by.at },
          { pk: 'lost', sk: 'TOKENS', shards: new Set([1]) },
          { pk: 'lost', sk: 'GUARD', n: 1 },
        ],
      }),
      () => 'items of a directory that does not exist: 3 of lost',
    ],
    [
      'a directory of the list that is not there',
      () => ({ put: [{ pk: '#directories', sk: 'lost' }] }),
      () => 'directory of the list that is not there: lost',
    ],
    [
      'a directory that is in no list',
      () => ({ without: ({ pk, sk }) => pk === '#directories' && sk === 'other' }),
      () => 'directory that is in no list: other',
    ],
    [
      'the use of a token where there never was one',
      () => ({ without: ({ pk, sk }) => pk === 'other' && sk === 'TOKENS' }),
      () => 'of a token where there never was one: other#tokens USED#t1',
    ],
    ['an item of no known kind', () => ({ put: [{ pk: 'acme', sk: 'NEW' }] }), () => 'of no known kind: acme NEW'],
    [
      'a damaged item',
      () => ({ put: [{ pk: 'acme#User.count', sk: 'ff', n: 'many' }] }),
      () => /^damaged: acme#User\.count ff: /,
    ],
  ];
  test.each(cases)('%s is found', async (_, change, line) => {
    const { lines, orphans } = await meanwhile(change());
    const expected = line();
    expect(lines).toContainEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected));
    expect(orphans).toBeGreaterThan(0);
  });

  test('a resource that does not know what its attributes ask for', async () => {
    const item = await itemAt(`acme#User#${ann()}`, 'RESOURCE');
    const put = [{ ...item, r: JSON.stringify({ userName: 'anna' }) }];
    const { lines } = await meanwhile({ put });
    expect(lines).toEqual([
      expect.stringContaining(`acme User ${ann()}: acme#User.sort.userName =anna^A`),
      expect.stringContaining(`acme User ${ann()}: acme#User.sort.displayName >${ann()}`),
    ]);
  });

  test('a group that the tombstone of a user still names is no orphan, a half of one who lives is', async () => {
    const item = await itemAt(`acme#User#${ann()}`, 'MEMBEROF');
    const g = new Set([toBytes(everybody()), toBytes(nobody)]);
    expect((await meanwhile({ put: [{ ...item, g }] })).lines).toEqual([
      `membership that only the member knows: acme Group ${nobody} has User ${ann()}`,
    ]);
  });

  test('of very many, some are put into words', async () => {
    const put = Array.from({ length: 60 }, () => ({ pk: 'acme#User', sk: randomUUID() }));
    const { orphans, lines } = await meanwhile({ put });
    expect(orphans).toBe(60);
    expect(lines).toHaveLength(50);
    expect((await search()).orphans).toBe(0);
  });
});

describe('the command', () => {
  const { run, ask } = useLocalRun();
  const root = new URL('../..', import.meta.url).pathname;
  const check = async (...options: readonly string[]) => {
    const command = ['--import', 'tsx', 'test/tools/check-orphans.ts', ...options];
    try {
      const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: root });
      return { code: 0, stdout, stderr: '' };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, stdout, stderr };
    }
  };
  test('finds the table of a local run, and nothing wrong with it', async () => {
    const { json } = await ask('POST', '/Users', { body: user('ann') });
    const { json: made } = await ask('POST', '/Groups', { body: group('g', { members: [{ value: json.id }] }) });
    await ask('DELETE', `/Groups/${made.id}`);
    const { code, stdout } = await check('--data', dirname(run().eventsFile));
    expect(stdout).toMatch(/^0 orphans in \d+ items \(\d directories, 2 tombstones, 1 to be swept\)\n$/);
    expect(code).toBe(0);
  });
  test.each([
    ['an option that it does not know', ['--tables', 'x'], /--tables/],
    ['a folder without a run', ['--data', '/nowhere'], /no local run in \/nowhere/],
    ['no URL', ['--endpoint', 'localhost:8000'], /--endpoint takes an http or https URL/],
    ['two ways at once', ['--data', 'x', '--table', 'y'], /say one of/],
    ['a server that does not answer', ['--endpoint', 'http://127.0.0.1:9'], /cannot be read.*ECONNREFUSED/],
  ])('exit 2 in one line: %s', async (_, options, line) => {
    const { code, stdout, stderr } = await check(...options);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trim()).toMatch(line);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
  test('exit 0 and examples: --help', async () => {
    const { code, stdout } = await check('--help');
    expect(stdout).toContain('npm run check:orphans -- --endpoint http://127.0.0.1:8000 --table rollcall');
    expect(code).toBe(0);
  });
});
