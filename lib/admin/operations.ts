/**
 * The operations of the admin API as data: the API dispatches by this table, its OpenAPI description is printed from
 * it, and its client calls by it.
 */
import type * as z from 'zod/mini';
import {
  DeletionAnswer,
  DirectoryAnswer,
  DirectoryListAnswer,
  DirectorySettings,
  ListAnswer,
  NewTokenAnswer,
  ResourceAnswer,
  Rotation,
  RotationAnswer,
  SettingsPatch,
  TokenListAnswer,
  TokenSettings,
} from './messages.ts';

type Operation = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Behind `/admin`; `{name}` is one segment. */
  readonly path: `/${string}`;
  readonly summary: string;
  /** Names of the query parameters that it knows, each with what it is. */
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: z.core.$ZodType;
  /** By status; undefined: no body. */
  readonly answers: Readonly<Record<number, z.core.$ZodType | undefined>>;
};

const one = {
  attributes: 'Names of the attributes to answer, separated by commas (RFC 7644 section 3.9)',
  excludedAttributes: 'Names of attributes to leave out',
} as const;
const many = {
  ...one,
  filter: 'RFC 7644 section 3.4.2.2, for example `userName eq "ann@example.com"`',
  startIndex: 'Where the page begins, from 1',
  count: 'How many resources the page has at most',
  cursor: 'RFC 9865: empty for the first page, then the nextCursor of the page before',
  sortBy: 'The attribute to sort by',
  sortOrder: '`ascending` or `descending`',
} as const;

export const operations = {
  listDirectories: {
    method: 'GET',
    path: '/directories',
    summary: 'The directories in the order of their ids, a hundred at a time',
    query: { after: 'The `next` of the answer before' },
    answers: { 200: DirectoryListAnswer },
  },
  createDirectory: {
    method: 'POST',
    path: '/directories',
    summary: 'Makes a directory',
    body: DirectorySettings,
    answers: { 201: DirectoryAnswer },
  },
  readDirectory: {
    method: 'GET',
    path: '/directories/{directory}',
    summary: 'One directory',
    answers: { 200: DirectoryAnswer },
  },
  changeDirectory: {
    method: 'PATCH',
    path: '/directories/{directory}',
    summary: 'Changes settings: those that are named; null takes one back (RFC 7396)',
    body: SettingsPatch,
    answers: { 200: DirectoryAnswer },
  },
  pauseDirectory: {
    method: 'POST',
    path: '/directories/{directory}/pause',
    summary: 'Refuses writes over SCIM from now on, with 429; reading goes on',
    answers: { 200: DirectoryAnswer },
  },
  resumeDirectory: {
    method: 'POST',
    path: '/directories/{directory}/resume',
    summary: 'Takes writes again, after a pause or after the guard was tripped',
    answers: { 200: DirectoryAnswer },
  },
  deleteDirectory: {
    method: 'DELETE',
    path: '/directories/{directory}',
    summary:
      'Deletes a directory with everything in it: at once for its clients; repeat the request until it answers 204',
    answers: { 202: DeletionAnswer, 204: undefined },
  },
  listTokens: {
    method: 'GET',
    path: '/directories/{directory}/tokens',
    summary: "A directory's tokens, oldest first, without their texts",
    answers: { 200: TokenListAnswer },
  },
  createToken: {
    method: 'POST',
    path: '/directories/{directory}/tokens',
    summary: 'Makes a token; its text is in this answer only',
    body: TokenSettings,
    answers: { 201: NewTokenAnswer },
  },
  rotateToken: {
    method: 'POST',
    path: '/directories/{directory}/tokens/{token}/rotate',
    summary: 'Makes a token of the same scopes and lets this one, named by its id or name, expire after an overlap',
    body: Rotation,
    answers: { 201: RotationAnswer },
  },
  revokeToken: {
    method: 'DELETE',
    path: '/directories/{directory}/tokens/{token}',
    summary: 'Revokes a token, named by its id or name; within a minute it is refused everywhere',
    answers: { 204: undefined },
  },
  listUsers: {
    method: 'GET',
    path: '/directories/{directory}/Users',
    summary: "A directory's users, as GET /Users of SCIM answers them",
    query: many,
    answers: { 200: ListAnswer },
  },
  readUser: {
    method: 'GET',
    path: '/directories/{directory}/Users/{resource}',
    summary: 'One user',
    query: one,
    answers: { 200: ResourceAnswer },
  },
  listGroups: {
    method: 'GET',
    path: '/directories/{directory}/Groups',
    summary: "A directory's groups, as GET /Groups of SCIM answers them",
    query: many,
    answers: { 200: ListAnswer },
  },
  readGroup: {
    method: 'GET',
    path: '/directories/{directory}/Groups/{resource}',
    summary: 'One group',
    query: one,
    answers: { 200: ResourceAnswer },
  },
} as const satisfies Readonly<Record<string, Operation>>;

export type OperationName = keyof typeof operations;
/** What an operation takes as it is parsed; undefined: no body. */
export type BodyOf<Name extends OperationName> = (typeof operations)[Name] extends {
  readonly body: infer Body extends z.core.$ZodType;
}
  ? z.output<Body>
  : undefined;

/** The same, where names and types are looked up by a variable. */
export const operationList: readonly (readonly [OperationName, Operation])[] = Object.entries(operations) as [
  OperationName,
  Operation,
][];
