/**
 * The items that a resource owns outside its own partition. They are deleted before the resource's item, which lists
 * them.
 */

import { createdKey, fromKeyText, type Key } from '../table/keys.ts';
import type { ResourceItem } from './items.ts';

/** Excludes the list entry, by which the resource itself is found. */
export const ownedKeys = (directory: string, { id, type, created, claims = [], lookups = [] }: ResourceItem): Key[] => [
  ...[...claims, ...lookups].map(fromKeyText),
  createdKey(directory, type, { id, created }),
];
