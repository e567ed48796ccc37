/**
 * The operations of the admin API as data. The API dispatches by this table, the OpenAPI description is generated from
 * it, and the client builds its requests from it. Summaries are in openapi.ts, so that the function need not load them.
 */
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
import type { OperationTable } from './router.ts';

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
    query: ['ended'],
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
} as const satisfies OperationTable;

export type OperationName = keyof typeof operations;
