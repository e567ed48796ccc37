/** What a resource owns outside its own partition, read from its item: whoever deletes the item deletes these first. */
import type { ResourceItem } from './items.ts';
import { claimKey, type Key, lookupKey } from './keys.ts';

/** Its place in the list apart, which is what names the resource itself. */
export const ownedKeys = ({ id, claims = [], lookups = [] }: ResourceItem): Key[] => [
  ...claims.map(claimKey),
  ...lookups.map((pk) => lookupKey(pk, id)),
];
