/**
 * Names of users and groups, by which people tell resources apart: what nothing shows must not distinguish two of them
 * (docs/decisions/0007-names.md). Only a name that a write changes is judged, so that stored ones can always be repeated,
 * deactivated and deleted.
 */
import type { Tolerate } from '../dialect.ts';
import { invalidValue } from '../error.ts';
import { type JsonObject, own } from '../json/json.ts';

const NAMES = ['userName', 'displayName'] as const;
/** Fast path: most names. */
const PLAIN = /^[!-~]+( [!-~]+)*$/;
/**
 * Characters without width, and marks that reorder text. Zero-width joiner and non-joiner (U+200C, U+200D) are needed in
 * some scripts, so only those at an end of the name are refused.
 */
const INVISIBLE =
  /[\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]|^[\u200c\u200d]|[\u200c\u200d]$/;

/** @returns the name to store. @throws invalidValue */
const judge = (text: string, path: string, tolerate: Tolerate): string => {
  if (PLAIN.test(text)) return text;
  if (INVISIBLE.test(text)) throw invalidValue(`${path} contains an invisible character: remove it.`);
  const trimmed = text.trim();
  if (trimmed === text || !tolerate('outerBlanks')) return text;
  if (trimmed === '') throw invalidValue(`${path} consists of blanks: provide a name.`);
  return trimmed;
};

/**
 * Judges the names of a resource before a write.
 * @param before the stored attributes; undefined for a new resource
 * @returns the attributes to store
 * @throws invalidValue for a changed name with an invisible character
 */
export const judgeNames = (before: JsonObject | undefined, after: JsonObject, tolerate: Tolerate): JsonObject => {
  const changed = NAMES.flatMap((name): [string, string][] => {
    const text = own(after, name);
    if (typeof text !== 'string' || text === own(before ?? {}, name)) return [];
    const judged = judge(text, name, tolerate);
    return judged === text ? [] : [[name, judged]];
  });
  return changed.length === 0 ? after : { ...after, ...Object.fromEntries(changed) };
};
