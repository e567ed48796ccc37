/** The operations of import and export, served by functions/admin.ts. */
import { ExportOverview, ImportAnswer, MemberPage, ResourcePage } from '../transfer/transfer-messages.ts';
import type { OperationTable } from './router.ts';

const page = ['after', 'count'] as const;
const flags = ['keepIds', 'dryRun'] as const;

export const transferOperations = {
  exportOverview: {
    method: 'GET',
    path: '/directories/{directory}/export',
    answers: { 200: ExportOverview },
  },
  exportUsers: {
    method: 'GET',
    path: '/directories/{directory}/export/Users',
    query: page,
    answers: { 200: ResourcePage },
  },
  exportGroups: {
    method: 'GET',
    path: '/directories/{directory}/export/Groups',
    query: page,
    answers: { 200: ResourcePage },
  },
  exportMembers: {
    method: 'GET',
    path: '/directories/{directory}/export/Groups/{group}/members',
    query: page,
    answers: { 200: MemberPage },
  },
  importResources: {
    method: 'POST',
    path: '/directories/{directory}/import',
    query: flags,
    answers: { 200: ImportAnswer },
  },
  importMemberships: {
    method: 'POST',
    path: '/directories/{directory}/import/memberships',
    query: flags,
    answers: { 200: ImportAnswer },
  },
} as const satisfies OperationTable;
