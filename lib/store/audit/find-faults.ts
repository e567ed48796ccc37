/**
 * Scans the table for orphaned items. Each fact is stored in two items; a first scan sums both sides by a hash of the
 * fact, and a second scan describes the facts whose sum is not zero. Memory holds only numbers, about 60 bytes for each
 * fact with one side read so far: about 60 MB for a million items. Writes during the scans cause no false findings,
 * because an orphan counts only if both scans find it.
 */
import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { createDirectories } from '../directories/directories.ts';
import { Directory } from '../items/directory-item.ts';
import { openTable } from '../table/calls.ts';
import { CLEANUP_PK, directoryShardsKey, type Key } from '../table/keys.ts';
import {
  type Counting,
  cleaningOf,
  createReader,
  type Fact,
  type Item,
  ownerOf,
  type TableContext,
  textOf,
} from './item-facts.ts';
import type { Finding, Place } from './repair.ts';

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
  /** Read capacity units per second, at most. @default unlimited */
  readonly rcu?: number;
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
  /** The same with what is to be mended. */
  readonly findings: readonly Finding[];
  /** Read capacity units of the scans. */
  readonly units: number;
};

/** Without a limit the embedded engine reads all remaining items for each page, which makes a scan quadratic. */
const PAGE = 2000;
const StoredItem = z.looseObject({ pk: z.string(), sk: z.string() });

/** 48 bits: a collision among a million facts is unlikely, and one that hides an orphan practically impossible. */
const hash = (text: string) => createHash('sha1').update(text).digest().readUIntBE(0, 6);

/** Waits until the units read so far fit the rate. */
const createPace = (rcu: number | undefined) => {
  const start = Date.now();
  let units = 0;
  return {
    units: () => units,
    async read(count: number): Promise<void> {
      units += count;
      if (rcu === undefined) return;
      const ahead = (units / rcu) * 1000 - (Date.now() - start);
      if (ahead > 0) await wait(ahead);
    },
  };
};
type Pace = ReturnType<typeof createPace>;
/** About ten items are read by one unit, so a page is less than a second's worth. */
const pageOf = (rcu: number | undefined) => (rcu === undefined ? PAGE : Math.min(PAGE, 4 * rcu));

async function* scan(
  { client, tableName, only, progress, rcu }: OrphanSearch,
  pace: Pace,
): AsyncGenerator<readonly Item[]> {
  const documents = DynamoDBDocumentClient.from(client);
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  let items = 0;
  do {
    const page = await documents.send(
      new ScanCommand({
        TableName: tableName,
        ConsistentRead: true,
        Limit: pageOf(rcu),
        ExclusiveStartKey,
        ReturnConsumedCapacity: 'TOTAL',
      }),
    );
    await pace.read(page.ConsumedCapacity?.CapacityUnits ?? 0);
    const found = (page.Items ?? []).map((item) => StoredItem.parse(item));
    items += found.length;
    progress?.(items);
    yield only === undefined ? found : found.filter((item) => ownerOf(item) === only);
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
}

const listDirectories = async ({
  client,
  tableName,
}: Pick<OrphanSearch, 'client' | 'tableName'>): Promise<Directory[]> => {
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

/** The directories of the table, and what the audit of each item needs to know. */
export const readContext = async (search: OrphanSearch): Promise<TableContext> => {
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

/** No request lives longer, so a membership older than this is counted in its group's version. */
const SETTLED_MS = 60_000;

/** Compares the latest membership of each group with the group's stamp. Two texts for each group are kept. */
const createCounts = (now: number) => {
  const stamps = new Map<string, string>();
  const joined = new Map<string, { readonly group: Place; readonly at: string }>();
  const limit = new Date(now - SETTLED_MS).toISOString();
  return {
    add({ group, stamp, joined: at }: Counting): void {
      const key = textOf(group);
      if (stamp !== undefined) stamps.set(key, stamp);
      const known = joined.get(key);
      if (at !== undefined && at < limit && (known === undefined || known.at < at)) joined.set(key, { group, at });
    },
    late: () => [...joined].flatMap(([key, latest]) => ((stamps.get(key) ?? latest.at) < latest.at ? [latest] : [])),
  };
};

/** Keys that are kept of the items of nonexistent directories; the next run finds the others. */
const MAX_STRAYS = 10_000;

const createStrays = () => {
  const found = new Map<string, { count: number; readonly keys: Key[] }>();
  return {
    found,
    add(directory: string, { pk, sk }: Item): void {
      const known = found.get(directory) ?? { count: 0, keys: [] };
      found.set(directory, known);
      known.count += 1;
      if (known.keys.length < MAX_STRAYS) known.keys.push({ pk, sk });
    },
  };
};

/** Scans the table once. @returns the number of items of each kind, and the keys of items by nonexistent directory */
const readAll = async (
  search: OrphanSearch,
  { context, pace }: { context: TableContext; pace: Pace },
  onFacts: FactHandler,
) => {
  const reader = createReader(context);
  const kinds = { item: 0, tombstone: 0, toSweep: 0 };
  const strays = createStrays();
  const counts = createCounts(context.now);
  for await (const items of scan(search, pace))
    for (const item of items) {
      const { kind, facts, stray, counting } = reader.read(item);
      kinds[kind] += 1;
      if (counting !== undefined) counts.add(counting);
      if (stray !== undefined) strays.add(stray, item);
      onFacts(facts);
    }
  onFacts(reader.end());
  return { kinds, strays: strays.found, late: counts.late() };
};

/** The second scan: describes the facts that are still open. */
const describeOpen = async (search: OrphanSearch, open: ReadonlySet<number>, pace: Pace) => {
  const lines = search.lines ?? 50;
  const { sums, add } = createSums((key) => open.has(key));
  const described = new Map<number, Fact>();
  const context = await readContext(search);
  const { strays, late } = await readAll(search, { context, pace }, (facts) => {
    for (const fact of facts) {
      const key = add(fact);
      if (key !== undefined && !described.has(key)) described.set(key, fact);
    }
  });
  const findings: Finding[] = [];
  let orphans = 0;
  const report = (finding: Finding, weight = 1) => {
    orphans += weight;
    if (findings.length < lines) findings.push(finding);
  };
  for (const [directory, { count, keys }] of strays)
    report(
      {
        text: `items of a nonexistent directory: ${count} of ${directory}`,
        repair: { kind: 'stray', directory, keys },
      },
      count,
    );
  for (const [key, sum] of sums) {
    const fact = described.get(key);
    const text = fact?.describe(sum);
    if (text !== undefined) report({ text, repair: fact?.repair });
  }
  for (const { group, at } of late)
    report({
      text: `member version not counted: ${textOf(group)}, joined at ${at}`,
      repair: { kind: 'memberVersion', group, joined: at },
    });
  return { orphans, findings, lines: findings.map(({ text }) => text) };
};

/** @throws the client's error if the table cannot be read */
export const findOrphans = async (search: OrphanSearch): Promise<OrphanReport> => {
  const pace = createPace(search.rcu);
  const context = await readContext(search);
  const { sums, add } = createSums(() => true);
  const { kinds, strays, late } = await readAll(search, { context, pace }, (facts) => {
    for (const fact of facts) add(fact);
  });
  const { tombstone: tombstones, toSweep } = kinds;
  const counts = {
    items: kinds.item + tombstones + toSweep,
    directories: context.directories.size,
    tombstones,
    toSweep,
  };
  if (sums.size + strays.size + late.length === 0)
    return { ...counts, units: pace.units(), orphans: 0, lines: [], findings: [] };
  const described = await describeOpen(search, new Set(sums.keys()), pace);
  return { ...counts, ...described, units: pace.units() };
};

const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`;

export const toSummary = ({ items, directories, tombstones, toSweep, orphans }: OrphanReport): string =>
  `${count(orphans, 'orphan')} in ${count(items, 'item')} (${directories} ${directories === 1 ? 'directory' : 'directories'}, ${count(tombstones, 'tombstone')}, ${count(toSweep, 'cleanup marker')})`;
