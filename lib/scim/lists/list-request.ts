/**
 * List requests: a query string (RFC 7644 section 3.4.2) or a SearchRequest message (section 3.4.3), both with `cursor`
 * (RFC 9865 section 2).
 */
import type { Tolerate } from '../dialect.ts';
import { invalidCount, invalidCursor, invalidValue } from '../error.ts';
import { isUnassigned, type Json } from '../json/json.ts';
import { limits } from '../limits.ts';
import { checkMessage } from '../message.ts';
import { type ProjectionRequest, readNames, toNames } from '../resource/projection.ts';
import { withType } from '../schema/lossless.ts';
import type { SortRequest } from './sort.ts';

/**
 * Paging by startIndex, or by cursor; an empty cursor requests the first page. `count` undefined: as on the first page
 * (RFC 9865 section 2).
 */
export type Paging =
  | { readonly count: number; readonly startIndex: number }
  | { readonly count: number | undefined; readonly cursor: string };

export type ListRequest = ProjectionRequest &
  SortRequest & {
    readonly filter: string | undefined;
    readonly paging: Paging;
  };

/** Paging parameters as received. NaN: the value is not an integer. */
type Received = {
  readonly startIndex: number | undefined;
  readonly count: number | undefined;
  readonly cursor: string | undefined;
};

/** Clamps to the safe integers. */
const toSafeInteger = (integer: number): number =>
  Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, integer));

/** Clamps a count to 0 and the maximum page size (RFC 7644 section 3.4.2.4, RFC 9865 section 2). */
const toCount = (count: number): number => Math.min(limits.maxCount, Math.max(0, count));

/** A startIndex below 1 means 1 (RFC 7644 section 3.4.2.4). */
const toIndexPaging = ({ startIndex = 1, count = limits.defaultCount }: Received): Paging => {
  if (Number.isNaN(startIndex)) throw invalidValue('startIndex must be an integer.');
  if (Number.isNaN(count)) throw invalidValue('count must be an integer.');
  return { startIndex: Math.max(1, startIndex), count: toCount(count) };
};

const toCursorPaging = ({ startIndex, count }: Received, cursor: string): Paging => {
  if (startIndex !== undefined) throw invalidCursor('cursor and startIndex cannot be used together: omit one of them.');
  if (Number.isNaN(count)) throw invalidCount('count must be an integer.');
  return { cursor, count: count === undefined ? undefined : toCount(count) };
};

const toPaging = (received: Received): Paging =>
  received.cursor === undefined ? toIndexPaging(received) : toCursorPaging(received, received.cursor);

type Parameters = ReadonlyMap<string, string>;

const readInteger = (query: Parameters, name: string): number | undefined => {
  const text = query.get(name)?.trim() ?? '';
  if (text === '') return undefined;
  return /^[+-]?\d+$/.test(text) ? toSafeInteger(Number(text)) : Number.NaN;
};

/** An empty `sortBy` or `sortOrder` counts as absent. */
const nonEmpty = (text: string | undefined) => (text === '' ? undefined : text);

/** @throws invalidValue, invalidCount, invalidCursor */
export const fromQuery = (query: Parameters): ListRequest => ({
  ...readNames(query),
  filter: query.get('filter'),
  sortBy: nonEmpty(query.get('sortBy')),
  sortOrder: nonEmpty(query.get('sortOrder')),
  paging: toPaging({
    startIndex: readInteger(query, 'startIndex'),
    count: readInteger(query, 'count'),
    cursor: query.get('cursor'),
  }),
});

const SEARCH_REQUEST_URN = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';

type Message = { readonly members: ReadonlyMap<string, Json>; readonly tolerate: Tolerate };

const readText = ({ members }: Message, name: string): string | undefined => {
  const value = members.get(name.toLowerCase());
  if (value === undefined || typeof value === 'string') return value;
  throw name === 'cursor' ? invalidCursor('cursor must be a string.') : invalidValue(`${name} must be a string.`);
};
const readNumber = ({ members, tolerate }: Message, name: string): number | undefined => {
  const given = members.get(name.toLowerCase());
  if (given === undefined) return undefined;
  const value = withType('integer', given, tolerate);
  return Number.isInteger(value) ? toSafeInteger(Number(value)) : Number.NaN;
};
const readTexts = ({ members, tolerate }: Message, name: string): readonly string[] | undefined => {
  const value = members.get(name.toLowerCase());
  if (value === undefined) return undefined;
  // As in a query string.
  if (typeof value === 'string' && tolerate('convertedValue')) return toNames(value);
  const texts = Array.isArray(value) ? value.filter((one: Json) => typeof one === 'string') : [];
  if (!Array.isArray(value) || texts.length < value.length) throw invalidValue(`${name} must be an array of strings.`);
  return texts;
};

/**
 * @param body a SearchRequest; unknown members are ignored, like unknown query parameters
 * @throws invalidSyntax if it is another message; invalidValue, invalidCount, invalidCursor
 */
export const fromMessage = (body: Json, tolerate: Tolerate): ListRequest => {
  const entries = Object.entries(checkMessage(body, SEARCH_REQUEST_URN, tolerate));
  const members = new Map(
    entries.filter(([, value]) => !isUnassigned(value)).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const message = { members, tolerate };
  return {
    attributes: readTexts(message, 'attributes'),
    excludedAttributes: readTexts(message, 'excludedAttributes'),
    filter: readText(message, 'filter'),
    sortBy: nonEmpty(readText(message, 'sortBy')),
    sortOrder: nonEmpty(readText(message, 'sortOrder')),
    paging: toPaging({
      startIndex: readNumber(message, 'startIndex'),
      count: readNumber(message, 'count'),
      cursor: readText(message, 'cursor'),
    }),
  };
};
