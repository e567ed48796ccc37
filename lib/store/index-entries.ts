/** Claims and look-ups: the items that let a value be found, and let one only have it. */
import { fold, type JsonObject, type ResourceType } from '../scim/index.ts';
import { resolvePath, uniquePaths, valuesAt } from './attribute-path.ts';
import type { ResourceItem } from './items.ts';
import { claimKey, indexPk, lookupKey } from './keys.ts';
import type { Write } from './write.ts';

/** A value that a resource is found by. */
export type Entry = { readonly path: string; readonly value: string; readonly pk: string };
export type Entries = { readonly claims: readonly Entry[]; readonly lookups: readonly Entry[] };
type Indexes = { readonly claims: readonly string[]; readonly lookups: readonly string[] };

type IndexScope = { readonly directory: string; readonly type: ResourceType; readonly unique: readonly string[] };

/** Two values may fold to one key, and a transaction must not name an item twice. */
const distinct = (entries: readonly Entry[]) => [...new Map(entries.map((entry) => [entry.pk, entry])).values()];

const entriesAt = ({ directory, type }: IndexScope, attributes: JsonObject, path: string): Entry[] => {
  const target = resolvePath(type, path);
  const { caseExact } = target.sub ?? target.attribute;
  return valuesAt(attributes, target).map((value) => ({
    path,
    value,
    pk: indexPk(directory, type.name, { path, folded: caseExact ? value : fold(value) }),
  }));
};

/** @returns what the index must hold for a resource with these attributes */
export const entriesOf = (scope: IndexScope, attributes: JsonObject): Entries => {
  const { type, unique } = scope;
  const found = new Set([...type.lookups, ...uniquePaths(type)]);
  const at = (path: string) => entriesAt(scope, attributes, path);
  return {
    claims: distinct(unique.flatMap(at)),
    lookups: distinct([...found].filter((path) => !unique.includes(path)).flatMap(at)),
  };
};

export const pksOf = (entries: readonly Entry[]): string[] => entries.map(({ pk }) => pk);

const CLAIM_MARK = 'claim ';
const LOOKUP_MARK = 'lookup ';
/** What a StoredResource remembers of its index items. */
export const toIndexed = ({ claims = [], lookups = [] }: Pick<ResourceItem, 'claims' | 'lookups'>): string[] => [
  ...claims.map((pk) => `${CLAIM_MARK}${pk}`),
  ...lookups.map((pk) => `${LOOKUP_MARK}${pk}`),
];
const marked = (indexed: readonly string[], mark: string) =>
  indexed.filter((text) => text.startsWith(mark)).map((text) => text.slice(mark.length));
export const fromIndexed = (indexed: readonly string[]): Indexes => ({
  claims: marked(indexed, CLAIM_MARK),
  lookups: marked(indexed, LOOKUP_MARK),
});

/** A claim that is ours already is no hindrance. */
const putClaim = (pk: string, id: string): Write => ({
  key: claimKey(pk),
  put: { id },
  condition: { expression: 'attribute_not_exists(#pk) OR #id = :id', values: { ':id': id } },
});
export const deleteClaim = (pk: string): Write => ({ key: claimKey(pk), delete: true });
const putLookup = (pk: string, id: string): Write => ({ key: lookupKey(pk, id), put: { id } });
export const deleteLookup = (pk: string, id: string): Write => ({ key: lookupKey(pk, id), delete: true });

const missing = (from: readonly string[], others: readonly string[]) => from.filter((pk) => !others.includes(pk));

/** @returns the writes that bring the index from one state to the next; claims first, in the order of `gained` */
export const indexWrites = (id: string, before: Indexes, after: Entries) => {
  const gained = after.claims.filter(({ pk }) => !before.claims.includes(pk));
  return {
    gained,
    writes: [
      ...gained.map(({ pk }) => putClaim(pk, id)),
      ...missing(before.claims, pksOf(after.claims)).map((pk) => deleteClaim(pk)),
      ...missing(pksOf(after.lookups), before.lookups).map((pk) => putLookup(pk, id)),
      ...missing(before.lookups, pksOf(after.lookups)).map((pk) => deleteLookup(pk, id)),
    ],
  };
};
