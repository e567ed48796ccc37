/** What a resource owns outside its own partition, read from its item: whoever deletes the item deletes these first. */

import { createdKey, fromKeyText, type Key } from '../table/keys.ts';
import type { ResourceItem } from './items.ts';

/** Its place in the list apart, which is what names the resource itself. */
export const ownedKeys = (directory: string, { id, type, created, claims = [], lookups = [] }: ResourceItem): Key[] => [
  ...[...claims, ...lookups].map(fromKeyText),
  createdKey(directory, type, { id, created }),
];
