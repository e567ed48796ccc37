/**
 * What a client asks of a list: as a query string (RFC 7644 section 3.4.2), or as the message SearchRequest (section
 * 3.4.3), both with `cursor` (RFC 9865 section 2).
 */
import type { Tolerate } from '../dialect.ts';
import { invalidCount, invalidCursor, invalidValue } from '../error.ts';
import { isUnassigned, type Json } from '../json/json.ts';
import { limits } from '../limits.ts';
import { checkMessage } from '../message.ts';
import { type ProjectionRequest, readNames } from '../resource/projection.ts';
import type { SortRequest } from './sort.ts';

/** By startIndex, or by cursor, which is empty for the first page. */
export type Paging = { readonly count: number } & ({ readonly startIndex: number } | { readonly cursor: string });

export type ListRequest = ProjectionRequest &
  SortRequest & {
    readonly filter: string | undefined;
    readonly paging: Paging;
  };

/** NaN: something was given that is no integer. */
type Given = {
  readonly startIndex: number | undefined;
  readonly count: number | undefined;
  readonly cursor: string | undefined;
};

const DEFAULT_COUNT: number = limits.defaultCount;

/** Integers beyond what can be counted mean as much as can be. */
const toCountable = (integer: number): number =>
  Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, integer));

/** RFC 7644 section 3.4.2.4, RFC 9865 section 2: a negative count means 0; more than a page may have is cut. */
const toCount = (count: number): number => Math.min(limits.maxCount, Math.max(0, count));

/** Below 1 means 1. */
const toIndexPaging = ({ startIndex = 1, count = DEFAULT_COUNT }: Given): Paging => {
  if (Number.isNaN(startIndex)) throw invalidValue('startIndex must be an integer');
  if (Number.isNaN(count)) throw invalidValue('count must be an integer');
  return { startIndex: Math.max(1, startIndex), count: toCount(count) };
};

const toCursorPaging = ({ startIndex, count = DEFAULT_COUNT }: Given, cursor: string): Paging => {
  if (startIndex !== undefined) throw invalidCursor('cursor and startIndex cannot be given together');
  if (Number.isNaN(count)) throw invalidCount('count must be an integer');
  return { cursor, count: toCount(count) };
};

const toPaging = (given: Given): Paging =>
  given.cursor === undefined ? toIndexPaging(given) : toCursorPaging(given, given.cursor);

type Parameters = ReadonlyMap<string, string>;

const readInteger = (query: Parameters, name: string): number | undefined => {
  const text = query.get(name)?.trim() ?? '';
  if (text === '') return undefined;
  return /^[+-]?\d+$/.test(text) ? toCountable(Number(text)) : Number.NaN;
};

/** An empty `sortBy` or `sortOrder` says nothing. */
const orNothing = (text: string | undefined) => (text === '' ? undefined : text);

/** @throws invalidValue, invalidCount, invalidCursor */
export const fromQuery = (query: Parameters): ListRequest => ({
  ...readNames(query),
  filter: query.get('filter'),
  sortBy: orNothing(query.get('sortBy')),
  sortOrder: orNothing(query.get('sortOrder')),
  paging: toPaging({
    startIndex: readInteger(query, 'startIndex'),
    count: readInteger(query, 'count'),
    cursor: query.get('cursor'),
  }),
});

const SEARCH_REQUEST_URN = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';

type Members = ReadonlyMap<string, Json>;

const readText = (members: Members, name: string): string | undefined => {
  const value = members.get(name.toLowerCase());
  if (value === undefined || typeof value === 'string') return value;
  throw name === 'cursor' ? invalidCursor('cursor must be a string') : invalidValue(`${name} must be a string`);
};
const readNumber = (members: Members, name: string): number | undefined => {
  const value = members.get(name.toLowerCase());
  if (value === undefined) return undefined;
  return Number.isInteger(value) ? toCountable(Number(value)) : Number.NaN;
};
const readTexts = (members: Members, name: string): readonly string[] | undefined => {
  const value = members.get(name.toLowerCase());
  if (value === undefined) return undefined;
  const texts = Array.isArray(value) ? value.filter((one: Json) => typeof one === 'string') : [];
  if (!Array.isArray(value) || texts.length < value.length) throw invalidValue(`${name} must be an array of strings`);
  return texts;
};

/**
 * @param body a SearchRequest; members that it does not have are ignored, as parameters of a query are
 * @throws invalidSyntax when it is another message; invalidValue, invalidCount, invalidCursor
 */
export const fromMessage = (body: Json, tolerate: Tolerate): ListRequest => {
  const given = Object.entries(checkMessage(body, SEARCH_REQUEST_URN, tolerate));
  const members = new Map(
    given.filter(([, value]) => !isUnassigned(value)).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return {
    attributes: readTexts(members, 'attributes'),
    excludedAttributes: readTexts(members, 'excludedAttributes'),
    filter: readText(members, 'filter'),
    sortBy: orNothing(readText(members, 'sortBy')),
    sortOrder: orNothing(readText(members, 'sortOrder')),
    paging: toPaging({
      startIndex: readNumber(members, 'startIndex'),
      count: readNumber(members, 'count'),
      cursor: readText(members, 'cursor'),
    }),
  };
};
