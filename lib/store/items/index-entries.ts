/** Claims and look-ups: index items by which values are found, kept unique, and sorted. */
import { fold, type JsonObject, type ResourceType, uniquePaths } from '../../scim/index.ts';
import {
  claimKey,
  fromKeyText,
  type IndexedValue,
  type Key,
  lookupKey,
  toKeyText,
  unsortedKey,
} from '../table/keys.ts';
import type { Write } from '../table/write.ts';
import { resolvePath, valuesAt } from './indexed-paths.ts';
import type { ResourceItem } from './items.ts';

/** A value that only one resource may have. */
export type Claim = { readonly path: string; readonly value: string; readonly key: Key };
export type Entries = { readonly claims: readonly Claim[]; readonly lookups: readonly Key[] };
/** Keys as stored in the resource's item. */
type Indexes = { readonly claims: readonly string[]; readonly lookups: readonly string[] };

type Owner = {
  readonly scope: { readonly directory: string; readonly type: ResourceType; readonly unique: readonly string[] };
  readonly id: string;
  readonly attributes: JsonObject;
};
type Value = IndexedValue & { readonly value: string };

const valuesOf = ({ scope, attributes }: Owner, path: string): Value[] => {
  const target = resolvePath(scope.type, path);
  const { caseExact } = target.sub ?? target.attribute;
  return valuesAt(attributes, target).map((value) => ({ path, value, folded: caseExact ? value : fold(value) }));
};

const lookupsAt = (owner: Owner, path: string): Key[] => {
  const { scope, id } = owner;
  const values = valuesOf(owner, path);
  if (values.length === 0 && scope.type.sorted.includes(path))
    return [unsortedKey(scope.directory, scope.type.name, { path, id })];
  return values.map((value) => lookupKey(scope, value, id));
};

/** Two values may fold to the same key, and a transaction must not contain an item twice. */
const distinct = <Entry>(entries: readonly Entry[], keyOf: (entry: Entry) => Key): Entry[] => [
  ...new Map(entries.map((entry) => [toKeyText(keyOf(entry)), entry])).values(),
];

/** @returns the index items that a resource with these attributes needs */
export const entriesOf = (owner: Owner): Entries => {
  const { type, unique } = owner.scope;
  const claims = unique.flatMap((path) =>
    valuesOf(owner, path).map((value): Claim => ({ path, value: value.value, key: claimKey(owner.scope, value) })),
  );
  const claimed = new Set(claims.map(({ path }) => path));
  const lookupPaths = new Set([...type.lookups, ...type.sorted, ...uniquePaths(type)]);
  const lookups = [...lookupPaths].filter((path) => !claimed.has(path)).flatMap((path) => lookupsAt(owner, path));
  return { claims: distinct(claims, ({ key }) => key), lookups: distinct(lookups, (key) => key) };
};

/** @returns the entries' keys as the resource's item stores them */
export const toStoredKeys = ({ claims, lookups }: Entries) => ({
  claims: claims.map(({ key }) => toKeyText(key)),
  lookups: lookups.map(toKeyText),
});

/** The attributes of a resource's item that list its index items. */
type StoredIndexes = { readonly [Name in 'claims' | 'lookups' | 'i']?: Readonly<ResourceItem[Name]> };

const CLAIM_MARK = 'claim ';
const LOOKUP_MARK = 'lookup ';
const STEPS_MARK = 'steps ';
/** @returns the `indexed` of a StoredResource: its index items, and the item's `i` */
export const toIndexed = ({ claims = [], lookups = [], i = 0 }: StoredIndexes): string[] => [
  ...claims.map((key) => `${CLAIM_MARK}${key}`),
  ...lookups.map((key) => `${LOOKUP_MARK}${key}`),
  ...(i === 0 ? [] : [`${STEPS_MARK}${i}`]),
];
const marked = (indexed: readonly string[], mark: string) =>
  indexed.filter((text) => text.startsWith(mark)).map((text) => text.slice(mark.length));
/** Parses `indexed`. `steps` is the item's `i`. */
export const fromIndexed = (indexed: readonly string[]): Indexes & { readonly steps: number } => ({
  claims: marked(indexed, CLAIM_MARK),
  lookups: marked(indexed, LOOKUP_MARK),
  steps: Number(marked(indexed, STEPS_MARK)[0] ?? 0),
});

/** Succeeds also if the resource already holds the claim. */
const putClaim = (key: Key, id: string): Write => ({
  key,
  put: { id },
  condition: { expression: 'attribute_not_exists(#pk) OR #id = :id', values: { ':id': id } },
});
/** @param key as stored in the resource's item */
export const deleteEntry = (key: string): Write => ({ key: fromKeyText(key), delete: true });

/** @param key as stored in the resource's item */
export const putLookup = (key: string, id: string): Write => ({ key: fromKeyText(key), put: { id } });

/** @returns the keys of `from` that are not in `others` */
export const missing = (from: readonly string[], others: readonly string[]): string[] =>
  from.filter((key) => !others.includes(key));

/** @returns the writes that change the index from `before` to `after`: new claims first, in the order of `gained` */
export const indexWrites = (id: string, before: Indexes, after: Entries) => {
  const stored = toStoredKeys(after);
  const gained = after.claims.filter(({ key }) => !before.claims.includes(toKeyText(key)));
  const writes = [
    ...gained.map(({ key }) => putClaim(key, id)),
    ...missing(before.claims, stored.claims).map(deleteEntry),
    ...missing(stored.lookups, before.lookups).map((key) => putLookup(key, id)),
    ...missing(before.lookups, stored.lookups).map(deleteEntry),
  ];
  return { gained, writes };
};
