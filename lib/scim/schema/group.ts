/** The Group schema (RFC 7643 sections 4.2 and 8.7.1). */

import { attribute } from './attribute.ts';
import type { Schema } from './schema.ts';

const GROUP_URN = 'urn:ietf:params:scim:schemas:core:2.0:Group';

export const groupSchema: Schema = {
  id: GROUP_URN,
  name: 'Group',
  description: 'Group',
  attributes: [
    // Required by section 4.2, unlike in the example schema of 8.7.1; unique, because Entra ID expects it.
    attribute('displayName', 'The name of the group. Unique in the directory, unless the directory turns this off.', {
      required: true,
      uniqueness: 'server',
    }),
    attribute('members', 'The members of the group: users and groups of the same directory.', {
      type: 'complex',
      multiValued: true,
      subAttributes: [
        attribute('value', "The member's id.", { mutability: 'immutable', caseExact: true }),
        attribute('$ref', "The member's location.", {
          type: 'reference',
          mutability: 'immutable',
          caseExact: true,
          referenceTypes: ['User', 'Group'],
        }),
        attribute('type', "The member's resource type.", {
          mutability: 'immutable',
          canonicalValues: ['User', 'Group'],
        }),
        // Missing in the tables of RFC 7643, but part of its section 2.4, and sent by Okta.
        attribute('display', 'The name of the member, as the client sent it.', { mutability: 'immutable' }),
      ],
    }),
  ],
};
