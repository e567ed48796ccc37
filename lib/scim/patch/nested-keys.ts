/**
 * Keys of a POST or PUT that are paths, or names of extension attributes without their URN. They mean what they mean in
 * the value of a PATCH without path, and are read as if they had been sent nested.
 */
import type { Tolerate } from '../dialect.ts';
import { invalidSyntax } from '../error.ts';
import { compileValueFilter } from '../filter/evaluate-filter.ts';
import { isEqual, isObject, type Json, type JsonObject, own } from '../json/json.ts';
import { resolveSchema, type Target, targetPath } from '../schema/attribute-path.ts';
import type { ResourceType } from '../schema/schema.ts';
import { isReadOnly, keyLocation, type PatchTarget } from './patch-target.ts';
import { equalTerms } from './patch-values.ts';

type Reading = { readonly type: ResourceType; readonly tolerate: Tolerate };

const keyOf = (object: JsonObject, name: string): string =>
  Object.keys(object).find((key) => key.toLowerCase() === name.toLowerCase()) ?? name;

const conflict = (path: string) => invalidSyntax(`${path} occurs with different values: send it once.`);

/** Sets a member, which the object may already have with the same value. */
const set = (object: JsonObject, [name, value]: readonly [string, Json], path: string): JsonObject => {
  const key = keyOf(object, name);
  const before = own(object, key);
  if (before !== undefined && !isEqual(before, value)) throw conflict(path);
  return { ...object, [key]: value };
};

/** Sets the sub-attribute that the key names in a complex value, or its `value`. */
const change = (one: JsonObject, target: Target, value: Json): JsonObject =>
  target.sub === undefined && isObject(value)
    ? { ...one, ...value }
    : set(one, [target.sub?.name ?? 'value', value], targetPath(target));

/** @returns the values with the elements changed that the filter selects, or else with another one */
const changeValues = (values: readonly Json[], { target, filter }: PatchTarget, value: Json): Json => {
  const matches = filter === undefined ? () => true : compileValueFilter(filter);
  const isNamed = (one: Json): one is JsonObject => isObject(one) && matches(one);
  if (values.some(isNamed)) return values.map((one) => (isNamed(one) ? change(one, target, value) : one));
  const terms = filter === undefined ? {} : equalTerms(filter);
  if (terms === undefined)
    throw invalidSyntax(`${targetPath(target)} with a filter other than eq names no value: send the values.`);
  return [...values, change(terms, target, value)];
};

/** Puts the value of a key where it belongs. */
const put = (container: JsonObject, location: PatchTarget, value: Json): JsonObject => {
  const { target, filter } = location;
  const { attribute, sub } = target;
  const path = targetPath(target);
  if (sub === undefined && filter === undefined) return set(container, [attribute.name, value], path);
  const key = keyOf(container, attribute.name);
  const before = own(container, key);
  if (attribute.multiValued) return { ...container, [key]: changeValues([before ?? []].flat(), location, value) };
  if (before !== undefined && !isObject(before)) throw conflict(path);
  return { ...container, [key]: change(before ?? {}, target, value) };
};

const without = (object: JsonObject, name: string): JsonObject => {
  const { [name]: _, ...rest } = object;
  return rest;
};

/** Resolves a key that is to be nested; undefined for any other one. */
const toNest = (key: string, { type, tolerate }: Reading): PatchTarget | undefined => {
  const location = keyLocation(key, type, tolerate);
  if (location === undefined || 'extension' in location) return undefined;
  const { extension, attribute } = location.target;
  const isName = extension === undefined && key.toLowerCase() === attribute.name.toLowerCase();
  return isName || (location.filter !== undefined && !attribute.multiValued) ? undefined : location;
};

const nestInExtension = (urn: string, given: JsonObject, reading: Reading): JsonObject => {
  let after = given;
  for (const [key, value] of Object.entries(given)) {
    const location = /[.[]/.test(key) ? toNest(`${urn}:${key}`, reading) : undefined;
    if (location !== undefined) after = put(without(after, key), location, value);
  }
  return after;
};

const objectAt = (object: JsonObject, name: string): JsonObject => {
  const value = own(object, name);
  return isObject(value) ? value : {};
};

/** Nests the keys inside the schemas of a body. @returns the body, and its keys that are schemas, by URN */
const nestInSchemas = (given: JsonObject, reading: Reading) => {
  const places = new Map<string, string>();
  const entries = Object.entries(given).map(([key, value]): [string, Json] => {
    const schema = resolveSchema(reading.type, key, reading.tolerate);
    if (schema === undefined) return [key, value];
    places.set(schema.id, key);
    return [key, isObject(value) ? nestInExtension(schema.id, value, reading) : value];
  });
  return { body: places.size === 0 ? given : Object.fromEntries(entries), places };
};

/**
 * Nests the keys of a body that are paths.
 * @throws invalidSyntax if a key and its nested form have different values
 */
export const withNestedKeys = (given: Json, reading: Reading): Json => {
  if (!isObject(given)) return given;
  const { body: start, places } = nestInSchemas(given, reading);
  let body = start;
  for (const [key, value] of Object.entries(given)) {
    const location = toNest(key, reading);
    if (location === undefined) continue;
    const { extension } = location.target;
    body = without(body, key);
    if (isReadOnly(location.target)) continue;
    const place = extension === undefined ? undefined : (places.get(extension) ?? extension);
    body =
      place === undefined
        ? put(body, location, value)
        : { ...body, [place]: put(objectAt(body, place), location, value) };
  }
  return body;
};
