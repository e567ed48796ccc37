/** Checks and converts the value that a client sent for an attribute (RFC 7643 sections 2.3, 2.4 and 2.5). */

import type { Tolerate } from '../dialect.ts';
import { invalidSyntax, invalidValue } from '../error.ts';
import { parseDateTime } from '../json/date-time.ts';
import { isObject, isUnassigned, type Json, type JsonObject, own } from '../json/json.ts';
import { limits } from '../limits.ts';
import type { Attribute } from './schema.ts';
import { applyRules } from './value-rule.ts';

/** What a value is checked for. */
export type ValueContext = {
  /** How the attribute is named in an error. */
  readonly path: string;
  readonly tolerate: Tolerate;
  /** Several `primary: true`: a body may have them under a dialect; in a PATCH the operation decides (RFC 7644 section 3.5.2). */
  readonly primaries: 'one' | 'last';
};

// Tab, line feed and carriage return have their place in an address; no other control character in any attribute.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
// Not \p{Surrogate}: a property of Unicode is looked up when the module loads, and takes longer than all the rest of it.
const LONE_SURROGATE = /[\ud800-\udfff]/u;
/** What most values are: nothing in it can be forbidden. */
const PRINTABLE_ASCII = /^[ -~]*$/;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** @throws invalidValue for control characters and lone surrogates: neither can be compared, stored or shown faithfully */
export const checkText = (text: string, path: string): string => {
  if (PRINTABLE_ASCII.test(text)) return text;
  if (LONE_SURROGATE.test(text)) throw invalidValue(`${path} has half of a surrogate pair`);
  if (FORBIDDEN.test(text)) throw invalidValue(`${path} has a control character`);
  return text;
};

const describe = (value: Json): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
};
const expected = (what: string, value: Json, path: string) =>
  invalidValue(`${path} must be ${what}, but is ${describe(value)}`);

const toBoolean = (value: Json, { path, tolerate }: ValueContext): boolean => {
  if (typeof value === 'boolean') return value;
  const text = typeof value === 'string' ? value.toLowerCase() : '';
  if ((text === 'true' || text === 'false') && tolerate('booleanString')) return text === 'true';
  throw expected('true or false', value, path);
};

const toNumber = (value: Json, path: string, whole: boolean): number => {
  if (typeof value !== 'number') throw expected(whole ? 'an integer' : 'a number', value, path);
  if (whole && !Number.isSafeInteger(value)) throw invalidValue(`${path} must be an integer`);
  return value;
};

const toText = (value: Json, path: string): string => {
  if (typeof value !== 'string') throw expected('a string', value, path);
  return checkText(value, path);
};

const toSimple = (attribute: Attribute, value: Json, context: ValueContext): Json => {
  const { path } = context;
  switch (attribute.type) {
    case 'boolean':
      return toBoolean(value, context);
    case 'integer':
    case 'decimal':
      return toNumber(value, path, attribute.type === 'integer');
    case 'dateTime': {
      const text = toText(value, path);
      if (parseDateTime(text) === undefined)
        throw invalidValue(`${path} must be a date and time such as 2026-11-21T10:00:00Z`);
      return text;
    }
    case 'binary': {
      const text = toText(value, path);
      if (!BASE64.test(text)) throw invalidValue(`${path} must be base64`);
      return text;
    }
    case 'string':
    case 'reference':
    case 'complex':
      return applyRules(attribute, toText(value, path), path);
  }
};

const subAttribute = (attribute: Attribute, name: string): Attribute | undefined => {
  const lower = name.toLowerCase();
  return attribute.subAttributes?.find((sub) => sub.name.toLowerCase() === lower);
};

/** A plain value in place of a complex one. */
const fromScalar = (attribute: Attribute, value: Json, context: ValueContext): JsonObject | undefined => {
  const { path, tolerate } = context;
  if (value === '' && tolerate('emptyComplex')) return undefined;
  const sub = subAttribute(attribute, 'value');
  if (sub === undefined || typeof value === 'object' || !tolerate('scalarAsValue'))
    throw expected('an object', value, path);
  const converted = toAttributeValue(sub, value, { ...context, path: `${path}.${sub.name}` });
  return converted === undefined ? undefined : { [sub.name]: converted };
};

/** The sub-attribute that a key names; undefined when it is to be left out: unknown, or the service provider's own. */
const writableSub = (attribute: Attribute, key: string, { path, tolerate }: ValueContext): Attribute | undefined => {
  const sub = subAttribute(attribute, key);
  if (sub === undefined && !tolerate('unknownAttributeIgnored'))
    throw invalidSyntax(`${path} has no sub-attribute ${JSON.stringify(key)}`);
  return sub?.mutability === 'readOnly' ? undefined : sub;
};

const toComplex = (attribute: Attribute, value: Json, context: ValueContext): JsonObject | undefined => {
  if (!isObject(value)) return fromScalar(attribute, value, context);
  const complex: Record<string, Json> = {};
  for (const [key, given] of Object.entries(value)) {
    const sub = writableSub(attribute, key, context);
    if (sub === undefined) continue;
    const path = `${context.path}.${sub.name}`;
    if (Object.hasOwn(complex, sub.name)) throw invalidSyntax(`${path} is given twice`);
    const converted = toAttributeValue(sub, given, { ...context, path });
    if (converted !== undefined && sub.returned !== 'never') complex[sub.name] = converted;
  }
  if (!attribute.multiValued && complex.value === '' && context.tolerate('emptyComplex')) return undefined;
  return Object.keys(complex).length === 0 ? undefined : complex;
};

/** `[x]` for a single value, also as the object `{"$ref": null, "value": x}` in the array. */
const unwrap = (attribute: Attribute, value: readonly Json[], { path, tolerate }: ValueContext): Json => {
  const [only] = value;
  if (value.length !== 1 || only === undefined || !tolerate('wrappedValue'))
    throw invalidValue(`${path} takes one value, but an array is given`);
  const inner = attribute.type !== 'complex' && isObject(only) ? own(only, 'value') : only;
  if (inner === undefined) throw invalidValue(`${path} takes one value, but an array is given`);
  return inner;
};

const toSingle = (attribute: Attribute, value: Json, context: ValueContext): Json | undefined => {
  const one = Array.isArray(value) ? unwrap(attribute, value, context) : value;
  if (isUnassigned(one)) return undefined;
  if (attribute.type === 'complex') return toComplex(attribute, one, context);
  if (one === '' && attribute.type !== 'string' && context.tolerate('emptyString')) return undefined;
  return toSimple(attribute, one, context);
};

const isPrimary = (value: Json | undefined) => isObject(value) && value.primary === true;

/** `primary` is true for one value at the most (RFC 7643 section 2.4). */
const keepOnePrimary = (values: readonly Json[], { path, tolerate, primaries }: ValueContext): Json[] => {
  if (values.filter(isPrimary).length < 2) return [...values];
  if (primaries === 'one' && !tolerate('severalPrimaries'))
    throw invalidValue(`${path} has more than one value with primary true`);
  const kept = primaries === 'one' ? values.findIndex(isPrimary) : values.findLastIndex(isPrimary);
  return values.map((value, i) =>
    i !== kept && isPrimary(value) && isObject(value) ? { ...value, primary: false } : value,
  );
};

/** What makes two values of an attribute the same: their type and value (RFC 7643 section 2.4). */
export const valueIdentity = (value: Json): string => {
  if (!isObject(value)) return JSON.stringify(value);
  const { type, value: inner } = value;
  // Nearly all are such. No JSON begins with NUL, and no string of an attribute has one.
  if (typeof type === 'string' && typeof inner === 'string') return `\u0000${type}\u0000${inner}`;
  return inner === undefined
    ? JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : JSON.stringify([type ?? null, inner]);
};

/** Whether two values have the same identity. */
export const isSameValue = (a: Json, b: Json): boolean => {
  if (isObject(a) && isObject(b) && a.value !== b.value) return false;
  return valueIdentity(a) === valueIdentity(b);
};

/** Exact duplicates collapse; the first keeps its place, and a later `primary: true` is not lost. */
export const withoutDuplicates = (values: readonly Json[]): Json[] => {
  const byIdentity = new Map<string, Json>();
  for (const value of values) {
    const identity = valueIdentity(value);
    const before = byIdentity.get(identity);
    byIdentity.set(identity, isObject(before) && isPrimary(value) ? { ...before, primary: true } : (before ?? value));
  }
  return [...byIdentity.values()];
};

/** @throws invalidValue beyond the bound: an attribute is no place for a list without end */
export const checkCount = (values: readonly Json[], path: string): void => {
  if (values.length > limits.values) throw invalidValue(`${path} has more than ${limits.values} values`);
};

const toValues = (attribute: Attribute, value: Json, context: ValueContext): Json[] | undefined => {
  const { path } = context;
  if (!Array.isArray(value) && !context.tolerate('singleForMultiple')) throw expected('an array', value, path);
  const given: readonly Json[] = Array.isArray(value) ? value : [value];
  checkCount(given, path);
  const values = given.flatMap((one): Json[] => {
    const converted = isUnassigned(one) ? undefined : toSingle(attribute, one, context);
    return converted === undefined ? [] : [converted];
  });
  return values.length === 0 ? undefined : keepOnePrimary(withoutDuplicates(values), context);
};

/**
 * @returns the value under canonical names, or undefined when it is unassigned: null, [], {} (RFC 7643 section 2.5)
 * @throws invalidValue, invalidSyntax saying which attribute is wrong and why, never the value
 */
export function toAttributeValue(attribute: Attribute, value: Json, context: ValueContext): Json | undefined {
  if (isUnassigned(value)) return undefined;
  return attribute.multiValued ? toValues(attribute, value, context) : toSingle(attribute, value, context);
}
