/** Reads the whole table and says what does not fit together. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { fold, resourceTypes } from '../../lib/scim/index.ts';
import { fromBytes } from '../../lib/store/items.ts';
import { TABLE_NAME } from '../engine.ts';

type Item = Readonly<Record<string, unknown>>;

export const scanTable = async (client: DynamoDBClient): Promise<Item[]> => {
  const documents = DynamoDBDocumentClient.from(client);
  const items: Item[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await documents.send(
      new ScanCommand({ TableName: TABLE_NAME, ConsistentRead: true, ExclusiveStartKey }),
    );
    items.push(...(page.Items ?? []));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return items;
};

const groupsIn = (item: Item) => (item.g instanceof Set ? [...item.g].map((bytes) => fromBytes(bytes)) : []);

const isLive = (item: Item) => item.sk === 'RESOURCE' && item.gone !== true && item.pending !== true;

/** Every edge has its other half and the other way round, and both sides live. */
const memberships = (items: readonly Item[], directory: string) => {
  const live = new Set(items.filter(isLive).map(({ id }) => String(id)));
  const edges = new Set<string>();
  const halves = new Set<string>();
  for (const item of items) {
    const [, , owner] = String(item.pk).split('#');
    if (String(item.sk).startsWith('~')) edges.add(`${owner} has ${String(item.sk).slice(1)}`);
    if (item.sk === 'MEMBEROF' && item.gone !== true)
      for (const group of groupsIn(item)) halves.add(`${group} has ${owner}`);
  }
  return [
    ...[...edges]
      .filter((edge) => !edge.split(' has ').every((id) => live.has(id)))
      .map((edge) => `${directory}: edge of the dead: ${edge}`),
    ...[...edges].filter((edge) => !halves.has(edge)).map((edge) => `${directory}: edge alone: ${edge}`),
    ...[...halves].filter((half) => !edges.has(half)).map((half) => `${directory}: MEMBEROF alone: ${half}`),
  ];
};

const strings = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const isOwn = ({ sk }: Item) => sk === 'RESOURCE' || sk === 'MEMBEROF' || String(sk).startsWith('~');
const isCount = ({ pk }: Item) => String(pk).endsWith('.count');

const typeOf = ({ pk }: Item) => resourceTypes.find(({ name }) => name === String(pk).split('#')[1]);

/** Computed from the attributes, not from what the store says that it wrote: one entry for each attribute to sort by. */
const sortEntriesOf = (item: Item): string[] => {
  const { pk, id, r, created } = item;
  const [directory, type] = String(pk).split('#');
  const attributes = z.record(z.string(), z.unknown()).parse(JSON.parse(String(r)));
  const entries = (typeOf(item)?.sorted ?? []).map((path) => {
    const value = attributes[path];
    const claimed = strings(item.claims).some((claim) => claim.startsWith(`${directory}#${type}.sort.${path}\n`));
    if (typeof value !== 'string') return `${directory}#${type}.sort.${path} >${id} ${id}`;
    return `${directory}#${type}.sort.${path} =${fold(value)}\u0001${claimed ? '' : id} ${id}`;
  });
  return [...entries, `${directory}#${type}.sort.meta.created =${created}\u0001${id} ${id}`];
};

/** The claims, look-ups, sort entries and the list entry that a resource must have. */
const indexOf = (item: Item): string[] => [
  ...[...strings(item.claims), ...strings(item.lookups)].map((key) => `${key.replace('\n', ' ')} ${item.id}`),
  ...sortEntriesOf(item),
  `${String(item.pk).split('#').slice(0, 2).join('#')} ${item.id} ${undefined}`,
];

const countsOf = (resources: readonly Item[]) => {
  const counts = new Map<string, number>();
  for (const { pk, id } of resources) {
    const shard = `${String(pk).split('#').slice(0, 2).join('#')}.count ${String(id).slice(0, 2)}`;
    counts.set(shard, (counts.get(shard) ?? 0) + 1);
  }
  return [...counts].map(([shard, n]) => `${shard} ${n}`);
};

/** Claims, look-ups, list entries and counts are exactly those of the resources that live. */
const indexes = (items: readonly Item[], directory: string) => {
  const live = items.filter(isLive);
  const expected = new Set([...live.flatMap(indexOf), ...countsOf(live)]);
  const counted = items.filter((item) => isCount(item) && item.n !== 0).map(({ pk, sk, n }) => `${pk} ${sk} ${n}`);
  const index = items.filter((item) => !isOwn(item) && !isCount(item)).map(({ pk, sk, id }) => `${pk} ${sk} ${id}`);
  const found = new Set([...counted, ...index]);
  return [
    ...[...found].filter((key) => !expected.has(key)).map((key) => `${directory}: of nobody: ${key}`),
    ...[...expected].filter((key) => !found.has(key)).map((key) => `${directory}: missing: ${key}`),
  ];
};

/** @returns one line for each thing that is wrong in the directory, and how many items were looked at */
export const findOrphans = async (client: DynamoDBClient, directory: string) => {
  const items = (await scanTable(client)).filter((item) => String(item.pk).startsWith(`${directory}#`));
  return { looked: items.length > 0, wrong: [...memberships(items, directory), ...indexes(items, directory)] };
};
export const NO_ORPHANS = { looked: true, wrong: [] };
