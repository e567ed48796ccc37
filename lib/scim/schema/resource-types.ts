/** The resource types that every directory has (RFC 7643 section 6), as data. */

import { enterpriseUserSchema } from './enterprise-user.ts';
import { groupSchema } from './group.ts';
import type { ResourceType } from './schema.ts';
import { userSchema } from './user.ts';

export const userType: ResourceType = {
  name: 'User',
  description: 'User Account',
  endpoint: '/Users',
  schema: userSchema,
  extensions: [{ schema: enterpriseUserSchema, required: false }],
  lookups: ['externalId', 'emails.value'],
  sorted: ['userName', 'displayName'],
  memberOf: { type: 'Group', attribute: 'groups' },
};

export const groupType: ResourceType = {
  name: 'Group',
  description: 'Group',
  endpoint: '/Groups',
  schema: groupSchema,
  extensions: [],
  lookups: ['externalId'],
  sorted: ['displayName'],
  members: { attribute: 'members', types: ['User', 'Group'] },
  memberOf: { type: 'Group' },
};

export const resourceTypes: readonly ResourceType[] = [userType, groupType];
