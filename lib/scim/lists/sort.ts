/** Sorted lists: `sortBy` and `sortOrder` (RFC 7644 section 3.4.2.3). */

import type { Tolerate } from '../dialect.ts';
import { invalidValue } from '../error.ts';
import { compareStrings } from '../json/code-point-order.ts';
import { parseDateTime } from '../json/date-time.ts';
import { fold } from '../json/fold.ts';
import { isObject, type Json, type JsonObject, own } from '../json/json.ts';
import {
  ambiguous,
  isAmbiguous,
  parseAttributePath,
  resolveAttribute,
  resolveSubAttribute,
  type Target,
  targetPath,
} from '../schema/attribute-path.ts';
import type { Attribute, ResourceType } from '../schema/schema.ts';

/** A sort key: a string (folded unless caseExact), a number (dates in milliseconds), or null without a value. */
export type SortKey = string | number | null;

export type Sort = {
  /** The attribute or sub-attribute to compare; never complex. */
  readonly target: Target;
  readonly descending: boolean;
  /** @param resource a full representation */
  readonly keyOf: (resource: JsonObject) => SortKey;
};

/** Compares two keys; null sorts last in ascending order. @returns negative, 0 or positive */
export const compareSortKeys = (left: SortKey, right: SortKey): number => {
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  if (typeof left === 'string' && typeof right === 'string') return compareStrings(left, right);
  return Number(left) - Number(right);
};

/** Maximum key length, as cursors carry keys. Longer values compare by their prefix; indexed ones are never longer. */
const KEY_LENGTH = 512;
const HIGH_SURROGATE = /[\ud800-\udbff]$/;
const prefixOf = (text: string): string =>
  text.length <= KEY_LENGTH ? text : text.slice(0, KEY_LENGTH).replace(HIGH_SURROGATE, '');

const toKey = ({ type, caseExact }: Attribute, value: Json | undefined): SortKey => {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return null;
  if (type === 'dateTime') return parseDateTime(value) ?? null;
  return prefixOf(caseExact ? value : fold(value));
};

/** "The value of the primary attribute [...] or else the first value in the list". */
const elementToSortBy = (values: readonly Json[]): Json | undefined =>
  values.find((value) => isObject(value) && value.primary === true) ?? values[0];

const valueToSortBy = (resource: JsonObject, { extension, attribute, sub }: Target): Json | undefined => {
  const holder = extension === undefined ? resource : own(resource, extension);
  const value = isObject(holder) ? own(holder, attribute.name) : undefined;
  const one = Array.isArray(value) ? elementToSortBy(value) : value;
  if (sub === undefined) return one;
  return isObject(one) ? own(one, sub.name) : undefined;
};

/** A complex attribute without a sub-attribute stands for its `value`. */
const toComparable = (target: Target): Target => {
  const { attribute, sub } = target;
  if (sub !== undefined || attribute.type !== 'complex') return target;
  const value = resolveSubAttribute(target, 'value');
  if (value !== undefined) return value;
  const names = (attribute.subAttributes ?? []).map(({ name }) => name).join(', ');
  throw invalidValue(`sortBy ${targetPath(target)} is complex: expected one of its sub-attributes ${names}.`);
};

const readOrder = (sortOrder: string | undefined): 'ascending' | 'descending' => {
  const order = sortOrder?.toLowerCase() ?? 'ascending';
  if (order === 'ascending' || order === 'descending') return order;
  throw invalidValue('sortOrder must be ascending or descending.');
};

export type SortRequest = {
  /** An attribute path as the client wrote it. */
  readonly sortBy: string | undefined;
  readonly sortOrder: string | undefined;
};

/**
 * @returns undefined if the request has no sortBy
 * @throws invalidValue if the type does not have the attribute or never returns it, or if it is complex without a
 * `value`; RFC 7644 table 9 reserves invalidPath for PATCH
 */
export const bindSort = (
  { sortBy, sortOrder }: SortRequest,
  type: ResourceType,
  tolerate: Tolerate,
): Sort | undefined => {
  const order = readOrder(sortOrder);
  if (sortBy === undefined) return undefined;
  const path = parseAttributePath(sortBy);
  const named = path && resolveAttribute(type, path, tolerate);
  if (path !== undefined && isAmbiguous(type, path)) throw invalidValue(ambiguous(`sortBy ${sortBy}`));
  if (named === undefined) throw invalidValue(`sortBy ${sortBy} is not an attribute of ${type.name}.`);
  const target = toComparable(named);
  const compared = target.sub ?? target.attribute;
  if (compared.returned === 'never')
    throw invalidValue(`sortBy ${targetPath(target)} is never returned: sort by another attribute.`);
  return {
    target,
    descending: order === 'descending',
    keyOf: (resource) => toKey(compared, valueToSortBy(resource, target)),
  };
};
