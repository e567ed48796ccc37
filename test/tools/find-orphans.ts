/**
 * Scans the table for orphaned items. Each fact is stored in two items; a first scan sums both sides by a hash of the
 * fact, and a second scan describes the facts whose sum is not zero. Memory holds only numbers, about 60 bytes for each
 * fact with one side read so far: about 60 MB for a million items. Writes during the scans cause no false findings,
 * because an orphan counts only if both scans find it.
 */
import { createHash } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { createDirectories } from '../../lib/store/directories/directories.ts';
import { Directory } from '../../lib/store/items/directory-item.ts';
import { openTable } from '../../lib/store/table/calls.ts';
import { CLEANUP_PK, directoryShardsKey } from '../../lib/store/table/keys.ts';
import { cleaningOf, createReader, type Fact, type Item, ownerOf, type TableContext } from './item-facts.ts';

export type OrphanSearch = {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** Searches only this directory, and assumes that it exists. */
  readonly only?: string;
  /** Counts what a young cleanup marker excuses, too: the cleanup has not run yet. */
  readonly strict?: boolean;
  /** Maximum number of findings described. @default 50 */
  readonly lines?: number;
  /** Receives the number of items read so far, after each page. */
  readonly progress?: (items: number) => void;
};
export type OrphanReport = {
  readonly items: number;
  readonly directories: number;
  /** Of deleted resources. DynamoDB deletes them after their time to live. */
  readonly tombstones: number;
  /** Cleanup markers of interrupted requests, including overdue ones. */
  readonly toSweep: number;
  readonly orphans: number;
  /** One for each orphan, at most as many as requested. */
  readonly lines: readonly string[];
};

/** Without a limit the embedded engine reads all remaining items for each page, which makes a scan quadratic. */
const PAGE = 2000;
const StoredItem = z.looseObject({ pk: z.string(), sk: z.string() });

/** 48 bits: a collision among a million facts is unlikely, and one that hides an orphan practically impossible. */
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

const readContext = async (search: OrphanSearch): Promise<TableContext> => {
  const { only } = search;
  const all = await listDirectories(search);
  const assumed = only === undefined ? [] : [Directory.parse({ id: only, createdAt: '' })];
  const directories = new Map([...assumed, ...all].map((directory) => [directory.id, directory]));
  const ids = [...directories.keys()];
  const table = openTable(search);
  const shards = await table.getAll(ids.map(directoryShardsKey));
  const withTokens = new Set(ids.filter((id) => shards.get(directoryShardsKey(id)) !== undefined));
  const now = Date.now();
  const stored = search.strict === true ? [] : await table.query({ pk: CLEANUP_PK });
  const markers = stored.map((item) => StoredItem.parse(item));
  const cleaning = new Set(markers.flatMap((item) => cleaningOf(item, now) ?? []));
  return { directories, withTokens, now, cleaning };
};

/** Sums facts. Facts with both sides cancel out, so only open ones are kept. */
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

type FactHandler = (facts: readonly Fact[]) => void;

/** Scans the table once. @returns the number of items of each kind, and items by nonexistent directory */
const readAll = async (search: OrphanSearch, context: TableContext, onFacts: FactHandler) => {
  const reader = createReader(context);
  const kinds = { item: 0, tombstone: 0, toSweep: 0 };
  const strays = new Map<string, number>();
  for await (const items of scan(search))
    for (const item of items) {
      const { kind, facts, stray } = reader.read(item);
      kinds[kind] += 1;
      if (stray !== undefined) strays.set(stray, (strays.get(stray) ?? 0) + 1);
      onFacts(facts);
    }
  onFacts(reader.end());
  return { kinds, strays };
};

/** The second scan: describes the facts that are still open. */
const describeOpen = async (search: OrphanSearch, open: ReadonlySet<number>, lines: number) => {
  const { sums, add } = createSums((key) => open.has(key));
  const descriptions = new Map<number, Fact['describe']>();
  const { strays } = await readAll(search, await readContext(search), (facts) => {
    for (const fact of facts) {
      const key = add(fact);
      if (key !== undefined && !descriptions.has(key)) descriptions.set(key, fact.describe);
    }
  });
  const described: string[] = [];
  let orphans = 0;
  const report = (text: string, weight = 1) => {
    orphans += weight;
    if (described.length < lines) described.push(text);
  };
  for (const [directory, items] of strays) report(`items of a nonexistent directory: ${items} of ${directory}`, items);
  for (const [key, sum] of sums) {
    const text = descriptions.get(key)?.(sum);
    if (text !== undefined) report(text);
  }
  return { orphans, lines: described };
};

/** @throws the client's error if the table cannot be read */
export const findOrphans = async (search: OrphanSearch): Promise<OrphanReport> => {
  const context = await readContext(search);
  const { sums, add } = createSums(() => true);
  const { kinds, strays } = await readAll(search, context, (facts) => {
    for (const fact of facts) add(fact);
  });
  const { tombstone: tombstones, toSweep } = kinds;
  const counts = {
    items: kinds.item + tombstones + toSweep,
    directories: context.directories.size,
    tombstones,
    toSweep,
  };
  if (sums.size + strays.size === 0) return { ...counts, orphans: 0, lines: [] };
  return { ...counts, ...(await describeOpen(search, new Set(sums.keys()), search.lines ?? 50)) };
};

const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`;

export const toSummary = ({ items, directories, tombstones, toSweep, orphans }: OrphanReport): string =>
  `${count(orphans, 'orphan')} in ${count(items, 'item')} (${directories} ${directories === 1 ? 'directory' : 'directories'}, ${count(tombstones, 'tombstone')}, ${count(toSweep, 'cleanup marker')})`;
