/** Parses one line of a file, or of an import request, as JSON. */
import { parseJson } from '../common/json-text.ts';
import { excessOf, isObject, type JsonObject, limits } from '../scim/index.ts';

const NOT_JSON = 'not valid JSON';
export const NOT_AN_OBJECT = 'not a JSON object';

/** The value, or why the line has none. */
export type ParsedLine = { readonly json: unknown } | { readonly fault: string };

/** Checks the nesting first: later steps are recursive, so one line must not end the import of all others. */
export const parseLine = (text: string): ParsedLine => {
  if (excessOf(text, { depth: limits.depth, keys: Infinity }) !== undefined)
    return { fault: `nested more than ${limits.depth} levels deep` };
  const json = parseJson(text);
  return json === undefined ? { fault: NOT_JSON } : { json };
};

export const parseObjectLine = (text: string): { readonly json: JsonObject } | { readonly fault: string } => {
  const parsed = parseLine(text);
  if ('fault' in parsed) return parsed.fault === NOT_JSON ? { fault: NOT_AN_OBJECT } : parsed;
  return isObject(parsed.json) ? { json: parsed.json } : { fault: NOT_AN_OBJECT };
};
