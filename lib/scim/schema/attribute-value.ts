/** Validates and converts the value of an attribute in a request (RFC 7643 sections 2.3, 2.4 and 2.5). */

import type { Tolerate } from '../dialect.ts';
import { invalidSyntax, invalidValue, notUnderstood } from '../error.ts';
import { parseDateTime } from '../json/date-time.ts';
import { isObject, isUnassigned, type Json, type JsonObject, own } from '../json/json.ts';
import { limits } from '../limits.ts';
import { isLocation } from './attribute.ts';
import { withType } from './lossless.ts';
import type { Attribute } from './schema.ts';
import { applyRules } from './value-rule.ts';

/** Where and how a value is validated. */
export type ValueContext = {
  /** The attribute's path in errors. */
  readonly path: string;
  readonly tolerate: Tolerate;
  /** For several `primary: true`: `one` refuses them without a dialect (body); `last` keeps the last one (PATCH). */
  readonly primaries: 'one' | 'last';
  /** Whether the value is a part of an element, or names elements. */
  readonly partial?: boolean;
};

// Tab, line feed and carriage return are allowed, for addresses; all other control characters are not.
// biome-ignore lint/suspicious/noControlCharactersInRegex: matches control characters on purpose
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
// Not \p{Surrogate}: resolving a Unicode property at load time takes longer than loading the rest of the module.
const LONE_SURROGATE = /[\ud800-\udfff]/u;
/** Fast path: most values are printable ASCII, where nothing is forbidden. */
const PRINTABLE_ASCII = /^[ -~]*$/;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** @throws invalidValue for control characters and lone surrogates, which cannot be compared, stored or shown as sent */
export const checkText = (text: string, path: string): string => {
  if (PRINTABLE_ASCII.test(text)) return text;
  if (LONE_SURROGATE.test(text)) throw invalidValue(`${path} contains a lone surrogate: remove it.`);
  if (FORBIDDEN.test(text)) throw invalidValue(`${path} contains a control character: remove it.`);
  return text;
};

const describe = (value: Json): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
};
const expected = (what: string, value: Json, path: string) =>
  invalidValue(`${path} must be ${what}, not ${describe(value)}.`);

const toNumber = (value: Json, { path, tolerate }: ValueContext, whole: boolean): number => {
  const number = withType(whole ? 'integer' : 'decimal', value, tolerate);
  if (typeof number !== 'number') throw expected(whole ? 'an integer' : 'a number', value, path);
  if (whole && !Number.isSafeInteger(number))
    throw invalidValue(`${path} must be an integer between -(2^53 - 1) and 2^53 - 1.`);
  return number;
};

const toText = (value: Json, path: string): string => {
  if (typeof value !== 'string') throw expected('a string', value, path);
  return checkText(value, path);
};

const toSimple = (attribute: Attribute, value: Json, context: ValueContext): Json => {
  const { path } = context;
  switch (attribute.type) {
    case 'boolean': {
      const truth = withType(attribute.name === 'active' ? 'active' : 'boolean', value, context.tolerate);
      if (typeof truth !== 'boolean') throw expected('true or false', value, path);
      return truth;
    }
    case 'integer':
    case 'decimal':
      return toNumber(value, context, attribute.type === 'integer');
    case 'dateTime': {
      const text = toText(value, path);
      if (parseDateTime(text) === undefined)
        throw invalidValue(`${path} must be a date and time such as 2026-11-21T10:00:00Z.`);
      return text;
    }
    case 'binary': {
      const text = toText(value, path);
      if (!BASE64.test(text)) throw invalidValue(`${path} must be base64-encoded.`);
      return text;
    }
    case 'string':
      return applyRules(attribute, toText(withType('string', value, context.tolerate), path), path);
    case 'reference':
    case 'complex':
      return applyRules(attribute, toText(value, path), path);
  }
};

const subAttribute = (attribute: Attribute, name: string): Attribute | undefined => {
  const lower = name.toLowerCase();
  return attribute.subAttributes?.find((sub) => sub.name.toLowerCase() === lower);
};

/** Longer text is never parsed. */
const JSON_LENGTH = 4000;

/** @returns the objects in the text of a JSON object or array; undefined for any other text */
export const fromJsonText = (value: Json): readonly Json[] | undefined => {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return undefined;
  if (value.length > JSON_LENGTH) return [];
  try {
    return [JSON.parse(value) as Json].flat();
  } catch {
    return undefined;
  }
};

const isRoles = ({ name }: Attribute): boolean => name === 'roles' || name === 'entitlements';

const asObject = (path: string) =>
  invalidValue(`${path} is the text of a JSON object or array: send the value itself.`);

/** Converts the JSON text of a role, as Entra ID sends it: its name becomes `display`. @returns undefined for other text */
export const rolesFromJson = (
  attribute: Attribute,
  value: Json,
  context: ValueContext,
): readonly Json[] | undefined => {
  const roles = fromJsonText(value);
  if (roles === undefined) return undefined;
  if (roles.length === 0 || !isRoles(attribute) || !context.tolerate('roleAsJson')) throw asObject(context.path);
  return roles.map((role) => {
    const given = isObject(role) ? role : {};
    const [text, display] = [own(given, 'value'), own(given, 'displayName') ?? own(given, 'display')];
    if (typeof text !== 'string') throw notUnderstood(context.path);
    return typeof display === 'string' ? { value: text, display } : { value: text };
  });
};

/** Converts a plain value that was sent instead of a complex one. */
const fromScalar = (attribute: Attribute, value: Json, context: ValueContext): JsonObject | undefined => {
  const { path, tolerate } = context;
  if (value === '' && tolerate('emptyComplex')) return undefined;
  const sub = subAttribute(attribute, 'value');
  if (sub === undefined || typeof value === 'object' || !tolerate('scalarAsValue'))
    throw expected('an object', value, path);
  if (fromJsonText(value) !== undefined) throw asObject(path);
  const converted = toAttributeValue(sub, value, { ...context, path: `${path}.${sub.name}` });
  return converted === undefined ? undefined : { [sub.name]: converted };
};

/** Resolves the key of a sub-attribute; undefined if it is ignored: unknown, or read-only. */
const writableSub = (attribute: Attribute, key: string, { path, tolerate }: ValueContext): Attribute | undefined => {
  const isRoleName = key.toLowerCase() === 'displayname' && isRoles(attribute) && tolerate('roleAsJson');
  const sub = subAttribute(attribute, isRoleName ? 'display' : key);
  if (sub === undefined && !tolerate('unknownAttributeIgnored'))
    throw invalidSyntax(
      `${path} has no sub-attribute ${JSON.stringify(key)}: omit it or declare it in the directory's schemas.`,
    );
  return sub?.mutability === 'readOnly' ? undefined : sub;
};

/** Whether the `value` that a complex attribute has is an empty string. */
export const isEmptyValue = (attribute: Attribute, given: JsonObject): boolean =>
  subAttribute(attribute, 'value') !== undefined &&
  Object.entries(given).some(([name, value]) => name.toLowerCase() === 'value' && value === '');

const toComplex = (attribute: Attribute, value: Json, context: ValueContext): JsonObject | undefined => {
  if (!isObject(value)) return fromScalar(attribute, value, context);
  if (!attribute.multiValued && isEmptyValue(attribute, value) && context.tolerate('emptyComplex')) return undefined;
  const complex: Record<string, Json> = {};
  for (const [key, given] of Object.entries(value)) {
    const sub = writableSub(attribute, key, context);
    if (sub === undefined) continue;
    const path = `${context.path}.${sub.name}`;
    if (Object.hasOwn(complex, sub.name)) throw invalidSyntax(`${path} occurs more than once: send it once.`);
    const converted = toAttributeValue(sub, given, { ...context, path });
    if (converted !== undefined && sub.returned !== 'never' && !isLocation(sub)) complex[sub.name] = converted;
  }
  return Object.keys(complex).length === 0 ? undefined : complex;
};

/** @throws notUnderstood if a single complex value has none of the sub-attributes */
const toUnderstood = (attribute: Attribute, value: Json, context: ValueContext): JsonObject | undefined => {
  const complex = toComplex(attribute, value, context);
  if (complex === undefined && isObject(value) && !attribute.multiValued)
    if (!Object.keys(value).some((key) => subAttribute(attribute, key) !== undefined))
      throw notUnderstood(context.path);
  return complex;
};

/** Unwraps `[x]`, sent instead of a single value, also as `[{"$ref": null, "value": x}]`. */
const unwrap = (attribute: Attribute, value: readonly Json[], { path, tolerate }: ValueContext): Json => {
  const [only] = value;
  if (only === null) throw notUnderstood(path);
  if (value.length !== 1 || only === undefined || !tolerate('wrappedValue'))
    throw invalidValue(`${path} takes a single value, not an array.`);
  const inner = attribute.type !== 'complex' && isObject(only) ? own(only, 'value') : only;
  if (inner === undefined) throw invalidValue(`${path} takes a single value, not an array.`);
  return inner;
};

const toSingle = (attribute: Attribute, value: Json, context: ValueContext): Json | undefined => {
  const one = Array.isArray(value) ? unwrap(attribute, value, context) : value;
  if (one === null) return undefined;
  if (isUnassigned(one) && !attribute.multiValued) throw notUnderstood(context.path);
  if (attribute.type === 'complex') return toUnderstood(attribute, one, context);
  if (one === '' && context.tolerate('emptyString')) return undefined;
  return toSimple(attribute, one, context);
};

/**
 * Whether an element of a multi-valued attribute (RFC 7643 section 2.4) has no value: only a type, a name, or that it is
 * the primary one.
 */
export const isWithoutValue = ({ subAttributes = [] }: Attribute, value: Json): boolean =>
  isObject(value) &&
  subAttributes.some(({ name }) => name === 'value' || name === 'primary') &&
  Object.keys(value).every((name) => name === 'type' || name === 'primary' || name === 'display');

const isPrimary = (value: Json | undefined) => isObject(value) && value.primary === true;

/** Ensures that `primary` is true for at most one value (RFC 7643 section 2.4). */
const keepOnePrimary = (values: readonly Json[], { path, tolerate, primaries }: ValueContext): Json[] => {
  if (values.filter(isPrimary).length < 2) return [...values];
  if (primaries === 'one' && !tolerate('severalPrimaries'))
    throw invalidValue(`${path} has several values with primary true: set it for at most one.`);
  const kept = primaries === 'one' ? values.findIndex(isPrimary) : values.findLastIndex(isPrimary);
  return values.map((value, i) =>
    i !== kept && isPrimary(value) && isObject(value) ? { ...value, primary: false } : value,
  );
};

/** The identity of a value: its `type` and `value` (RFC 7643 section 2.4). */
export const valueIdentity = (value: Json): string => {
  if (!isObject(value)) return JSON.stringify(value);
  const { type, value: inner } = value;
  // Fast path for almost all values. NUL cannot collide: no JSON text starts with it, and no attribute contains it.
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

/** Removes duplicates. The first occurrence keeps its place, and takes over a later `primary: true`. */
export const withoutDuplicates = (values: readonly Json[]): Json[] => {
  const byIdentity = new Map<string, Json>();
  for (const value of values) {
    const identity = valueIdentity(value);
    const before = byIdentity.get(identity);
    byIdentity.set(identity, isObject(before) && isPrimary(value) ? { ...before, primary: true } : (before ?? value));
  }
  return [...byIdentity.values()];
};

/** @throws invalidValue for more than `limits.values` values */
export const checkCount = (values: readonly Json[], path: string): void => {
  if (values.length > limits.values) throw invalidValue(`${path} has more than ${limits.values} values: remove some.`);
};

const toValues = (attribute: Attribute, value: Json, context: ValueContext): Json[] | undefined => {
  const { path } = context;
  if (!Array.isArray(value) && !context.tolerate('singleForMultiple')) throw expected('an array', value, path);
  if (value === '' && context.tolerate(attribute.type === 'complex' ? 'emptyComplex' : 'emptyString')) return undefined;
  const sent: readonly Json[] = Array.isArray(value) ? value : [value];
  const given = isRoles(attribute) ? sent.flatMap((one) => rolesFromJson(attribute, one, context) ?? [one]) : sent;
  checkCount(given, path);
  const values = given.flatMap((one): Json[] => {
    const converted = isUnassigned(one) ? undefined : toSingle(attribute, one, context);
    if (converted === undefined) return [];
    const isNothing = context.partial !== true && isWithoutValue(attribute, converted);
    return isNothing && context.tolerate('elementWithoutValue') ? [] : [converted];
  });
  if (values.length === 0) throw notUnderstood(path);
  return keepOnePrimary(withoutDuplicates(values), context);
};

/**
 * Converts a value.
 * @returns the value under canonical names, or undefined if it is unassigned: null or [] (RFC 7643 section 2.5)
 * @throws notUnderstood if it has none of the attribute's sub-attributes; invalidValue, invalidSyntax with the attribute's path and the reason, never the value
 */
export function toAttributeValue(attribute: Attribute, value: Json, context: ValueContext): Json | undefined {
  if (value === null || (Array.isArray(value) && value.length === 0)) return undefined;
  return attribute.multiValued ? toValues(attribute, value, context) : toSingle(attribute, value, context);
}
