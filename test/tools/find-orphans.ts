/**
 * Scans the table and says what fits with nothing. A first scan adds up, for a hash of each fact, what is said of it from
 * either side; only of what remains a second scan finds the words. So memory holds numbers, 60 bytes or so for each fact
 * of which the scan has met one side: about 60 MB for a million items. What was written between is forgiven, because only
 * what both scans find is wrong.
 */
import { createHash } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { createDirectories } from '../../lib/store/directories/directories.ts';
import { Directory } from '../../lib/store/items/directory-item.ts';
import { openTable } from '../../lib/store/table/calls.ts';
import { directoryShardsKey } from '../../lib/store/table/keys.ts';
import { createReader, type Fact, type Item, type Known, ownerOf } from './item-facts.ts';

export type OrphanSearch = {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** Looks at this directory alone, and takes it for granted that it exists. */
  readonly only?: string;
  /** Findings that are put into words. @default 50 */
  readonly lines?: number;
  /** Told now and then how many items were read so far. */
  readonly progress?: (items: number) => void;
};
export type OrphanReport = {
  readonly items: number;
  readonly directories: number;
  /** Of what was deleted: DynamoDB takes them away after their time to live. */
  readonly tombstones: number;
  /** Words of requests that ended in the middle, not overdue. */
  readonly toSweep: number;
  readonly orphans: number;
  /** One for each orphan, up to as many as were asked for. */
  readonly lines: readonly string[];
};

/** The embedded engine reads all that is left for a page without a limit: a whole scan would be quadratic. */
const PAGE = 2000;
const StoredItem = z.looseObject({ pk: z.string(), sk: z.string() });

/** 48 bits: that two of a million facts meet in one is unlikely, that it hides an orphan is out of the question. */
const hash = (text: string) => createHash('sha1').update(text).digest().readUIntBE(0, 6);

async function* scan({ client, tableName, only, progress }: OrphanSearch): AsyncGenerator<readonly Item[]> {
  const documents = DynamoDBDocumentClient.from(client);
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  let items = 0;
  do {
    const page = await documents.send(
      new ScanCommand({ TableName: tableName, ConsistentRead: true, Limit: PAGE, ExclusiveStartKey }),
    );
    const found = (page.Items ?? []).map((item) => StoredItem.parse(item));
    items += found.length;
    progress?.(items);
    yield only === undefined ? found : found.filter((item) => ownerOf(item) === only);
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
}

const listDirectories = async ({ client, tableName }: OrphanSearch): Promise<Directory[]> => {
  const directories = createDirectories({ client, tableName });
  const all: Directory[] = [];
  let after: string | undefined;
  do {
    const page = await directories.list(after);
    all.push(...page.directories);
    after = page.next;
  } while (after !== undefined);
  return all;
};

const learn = async (search: OrphanSearch): Promise<Known> => {
  const { only } = search;
  const all = await listDirectories(search);
  const given = only === undefined ? [] : [Directory.parse({ id: only, createdAt: '' })];
  const directories = new Map([...given, ...all].map((directory) => [directory.id, directory]));
  const ids = [...directories.keys()];
  const shards = await openTable(search).getAll(ids.map(directoryShardsKey));
  const withTokens = new Set(ids.filter((id) => shards.get(directoryShardsKey(id)) !== undefined));
  return { directories, withTokens, now: Date.now() };
};

/** What both sides say cancels out: only what is open is kept. */
const createSums = (isOfInterest: (key: number) => boolean) => {
  const sums = new Map<number, number>();
  return {
    sums,
    add: ({ about, amount }: Fact): number | undefined => {
      const key = hash(about);
      if (!isOfInterest(key)) return undefined;
      const sum = (sums.get(key) ?? 0) + amount;
      if (sum === 0) sums.delete(key);
      else sums.set(key, sum);
      return key;
    },
  };
};

type Told = { readonly facts: (facts: readonly Fact[]) => void };

/** One scan. @returns what it counted */
const readAll = async (search: OrphanSearch, known: Known, { facts: tell }: Told) => {
  const reader = createReader(known);
  const kinds = { item: 0, tombstone: 0, toSweep: 0 };
  const strays = new Map<string, number>();
  for await (const items of scan(search))
    for (const item of items) {
      const { kind, facts, stray } = reader.read(item);
      kinds[kind] += 1;
      if (stray !== undefined) strays.set(stray, (strays.get(stray) ?? 0) + 1);
      tell(facts);
    }
  tell(reader.end());
  return { kinds, strays };
};

/** The second scan: the words of those that are still open. */
const nameOpen = async (search: OrphanSearch, open: ReadonlySet<number>, lines: number) => {
  const { sums, add } = createSums((key) => open.has(key));
  const words = new Map<number, Fact['say']>();
  const { strays } = await readAll(search, await learn(search), {
    facts: (facts) => {
      for (const fact of facts) {
        const key = add(fact);
        if (key !== undefined && !words.has(key)) words.set(key, fact.say);
      }
    },
  });
  const said: string[] = [];
  let orphans = 0;
  const say = (text: string, weight = 1) => {
    orphans += weight;
    if (said.length < lines) said.push(text);
  };
  for (const [directory, items] of strays)
    say(`items of a directory that does not exist: ${items} of ${directory}`, items);
  for (const [key, sum] of sums) {
    const text = words.get(key)?.(sum);
    if (text !== undefined) say(text);
  }
  return { orphans, lines: said };
};

/** @throws what the client throws when the table does not answer */
export const findOrphans = async (search: OrphanSearch): Promise<OrphanReport> => {
  const known = await learn(search);
  const { sums, add } = createSums(() => true);
  const { kinds, strays } = await readAll(search, known, {
    facts: (facts) => {
      for (const fact of facts) add(fact);
    },
  });
  const { tombstone: tombstones, toSweep } = kinds;
  const counts = { items: kinds.item + tombstones + toSweep, directories: known.directories.size, tombstones, toSweep };
  if (sums.size + strays.size === 0) return { ...counts, orphans: 0, lines: [] };
  return { ...counts, ...(await nameOpen(search, new Set(sums.keys()), search.lines ?? 50)) };
};

export const toSummary = ({ items, directories, tombstones, toSweep, orphans }: OrphanReport): string =>
  `${orphans} orphans in ${items} items (${directories} directories, ${tombstones} tombstones, ${toSweep} to be swept)`;
