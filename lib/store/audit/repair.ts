/** What is to be mended, as read from the table: named by keys, because it is judged again before it is written. */
import type { Key } from '../table/keys.ts';

export type Place = { readonly directory: string; readonly type: string; readonly id: string };
export type Repair =
  /** An index entry, list entry or sort entry that is missing, or that the resource does not own. */
  | { readonly kind: 'entry'; readonly key: Key; readonly id: string }
  /** A resource without entries that its attributes require, as after a new look-up path. */
  | { readonly kind: 'index'; readonly place: Place }
  | { readonly kind: 'membership'; readonly group: Place; readonly member: Place }
  | { readonly kind: 'memberOf'; readonly place: Place }
  | { readonly kind: 'memberVersion'; readonly group: Place; readonly joined: string }
  | { readonly kind: 'count'; readonly key: Key }
  | { readonly kind: 'pending'; readonly place: Place }
  | { readonly kind: 'tombstone'; readonly key: Key }
  | { readonly kind: 'listed'; readonly directory: string }
  | { readonly kind: 'denied'; readonly directory: string }
  /** Items of a directory that does not exist. */
  | { readonly kind: 'stray'; readonly directory: string; readonly keys: readonly Key[] };

export type Finding = { readonly text: string; readonly repair: Repair | undefined };
