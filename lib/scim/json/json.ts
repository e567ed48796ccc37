/** JSON values, as in requests and in the store. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export type JsonObject = { readonly [name: string]: Json };

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @returns the value of an own property only, because a client may name a key `constructor` or `__proto__` */
export const own = (object: JsonObject, name: string): Json | undefined => {
  const value = object[name];
  // An absent name, the most frequent, needs no look-up of its own.
  return value === undefined || Object.hasOwn(object, name) ? value : undefined;
};

const isEmpty = (object: JsonObject): boolean => {
  for (const name in object) if (Object.hasOwn(object, name)) return false;
  return true;
};

/** Whether a value is unassigned (RFC 7643 section 2.5): null, an empty array, or an empty complex value. */
export const isUnassigned = (value: Json | undefined): boolean =>
  value === undefined ||
  value === null ||
  (Array.isArray(value) && value.length === 0) ||
  (isObject(value) && isEmpty(value));

/** Deep equality of JSON values, regardless of the order of object members. */
export const isEqual = (a: Json | undefined, b: Json | undefined): boolean => {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((x, i) => isEqual(x, b[i]));
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => isEqual(a[name], own(b, name)));
};
