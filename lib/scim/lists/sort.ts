/** Sorted lists: `sortBy` and `sortOrder` (RFC 7644 section 3.4.2.3). */

import type { Tolerate } from '../dialect.ts';
import { invalidValue } from '../error.ts';
import { compareStrings } from '../json/code-point-order.ts';
import { parseDateTime } from '../json/date-time.ts';
import { fold } from '../json/fold.ts';
import { isObject, type Json, type JsonObject, own } from '../json/json.ts';
import {
  parseAttributePath,
  resolveAttribute,
  resolveSubAttribute,
  type Target,
  targetPath,
} from '../schema/attribute-path.ts';
import type { Attribute, ResourceType } from '../schema/schema.ts';

/** What a resource is sorted by: a string folded unless the attribute is caseExact, a date in milliseconds; null: no value. */
export type SortKey = string | number | null;

export type Sort = {
  /** Not complex: what is compared. */
  readonly target: Target;
  readonly descending: boolean;
  /** @param resource a full representation */
  readonly keyOf: (resource: JsonObject) => SortKey;
};

/** @returns negative, 0 or positive: who has no value comes last in ascending order */
export const compareSortKeys = (left: SortKey, right: SortKey): number => {
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  if (typeof left === 'string' && typeof right === 'string') return compareStrings(left, right);
  return Number(left) - Number(right);
};

/** Cursors carry a key, so it is bounded: longer values compare by their beginning. Indexed ones are never longer. */
const KEY_LENGTH = 512;
const HIGH_SURROGATE = /[\ud800-\udbff]$/;
const beginningOf = (text: string): string =>
  text.length <= KEY_LENGTH ? text : text.slice(0, KEY_LENGTH).replace(HIGH_SURROGATE, '');

const toKey = ({ type, caseExact }: Attribute, value: Json | undefined): SortKey => {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return null;
  if (type === 'dateTime') return parseDateTime(value) ?? null;
  return beginningOf(caseExact ? value : fold(value));
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

/** A complex attribute alone means its `value`. */
const toComparable = (target: Target): Target => {
  const { attribute, sub } = target;
  if (sub !== undefined || attribute.type !== 'complex') return target;
  const value = resolveSubAttribute(target, 'value');
  if (value !== undefined) return value;
  const names = (attribute.subAttributes ?? []).map(({ name }) => name).join(', ');
  throw invalidValue(`sortBy ${targetPath(target)} has parts: name one of them (${names})`);
};

const readOrder = (sortOrder: string | undefined): 'ascending' | 'descending' => {
  const order = sortOrder?.toLowerCase() ?? 'ascending';
  if (order === 'ascending' || order === 'descending') return order;
  throw invalidValue('sortOrder must be ascending or descending');
};

export type SortRequest = {
  /** An attribute path as the client wrote it. */
  readonly sortBy: string | undefined;
  readonly sortOrder: string | undefined;
};

/**
 * @returns undefined when no order is asked for
 * @throws invalidValue for an attribute that the type does not have, never returns, or that has parts and no `value`:
 * RFC 7644 table 9 has invalidPath for PATCH alone
 */
export const bindSort = (
  { sortBy, sortOrder }: SortRequest,
  type: ResourceType,
  tolerate: Tolerate,
): Sort | undefined => {
  const order = readOrder(sortOrder);
  if (sortBy === undefined) return undefined;
  const path = parseAttributePath(sortBy);
  const found = path && resolveAttribute(type, path, tolerate);
  if (found === undefined) throw invalidValue(`sortBy ${sortBy} is no attribute of ${type.name}`);
  const target = toComparable(found);
  const compared = target.sub ?? target.attribute;
  if (compared.returned === 'never') throw invalidValue(`sortBy ${targetPath(target)} is never returned`);
  return {
    target,
    descending: order === 'descending',
    keyOf: (resource) => toKey(compared, valueToSortBy(resource, target)),
  };
};
