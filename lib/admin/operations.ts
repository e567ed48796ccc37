/**
 * The operations of the admin API as data: the API dispatches by this table, its OpenAPI description is printed from
 * it, and its client calls by it. What each of them does is said in openapi.ts: the function need not load it.
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
} from './directory-messages.ts';

type Operation = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Behind `/admin`; `{name}` is one segment. */
  readonly path: `/${string}`;
  /** Names of the query parameters that it knows. */
  readonly query?: readonly string[];
  readonly body?: z.core.$ZodType;
  /** By status; undefined: no body. */
  readonly answers: Readonly<Record<number, z.core.$ZodType | undefined>>;
};

const one = ['attributes', 'excludedAttributes'] as const;
const many = [...one, 'filter', 'startIndex', 'count', 'cursor', 'sortBy', 'sortOrder'] as const;

export const operations = {
  listDirectories: {
    method: 'GET',
    path: '/directories',
    query: ['after'],
    answers: { 200: DirectoryListAnswer },
  },
  createDirectory: {
    method: 'POST',
    path: '/directories',
    body: DirectorySettings,
    answers: { 201: DirectoryAnswer },
  },
  readDirectory: {
    method: 'GET',
    path: '/directories/{directory}',
    answers: { 200: DirectoryAnswer },
  },
  changeDirectory: {
    method: 'PATCH',
    path: '/directories/{directory}',
    body: SettingsPatch,
    answers: { 200: DirectoryAnswer },
  },
  pauseDirectory: {
    method: 'POST',
    path: '/directories/{directory}/pause',
    answers: { 200: DirectoryAnswer },
  },
  resumeDirectory: {
    method: 'POST',
    path: '/directories/{directory}/resume',
    answers: { 200: DirectoryAnswer },
  },
  deleteDirectory: {
    method: 'DELETE',
    path: '/directories/{directory}',
    query: ['createdAt'],
    answers: { 202: DeletionAnswer, 204: undefined },
  },
  listTokens: {
    method: 'GET',
    path: '/directories/{directory}/tokens',
    answers: { 200: TokenListAnswer },
  },
  createToken: {
    method: 'POST',
    path: '/directories/{directory}/tokens',
    body: TokenSettings,
    answers: { 201: NewTokenAnswer },
  },
  rotateToken: {
    method: 'POST',
    path: '/directories/{directory}/tokens/{token}/rotate',
    body: Rotation,
    answers: { 201: RotationAnswer },
  },
  revokeToken: {
    method: 'DELETE',
    path: '/directories/{directory}/tokens/{token}',
    answers: { 204: undefined },
  },
  listUsers: {
    method: 'GET',
    path: '/directories/{directory}/Users',
    query: many,
    answers: { 200: ListAnswer },
  },
  readUser: {
    method: 'GET',
    path: '/directories/{directory}/Users/{resource}',
    query: one,
    answers: { 200: ResourceAnswer },
  },
  listGroups: {
    method: 'GET',
    path: '/directories/{directory}/Groups',
    query: many,
    answers: { 200: ListAnswer },
  },
  readGroup: {
    method: 'GET',
    path: '/directories/{directory}/Groups/{resource}',
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
