/** The Group schema (RFC 7643 sections 4.2 and 8.7.1). */

import { attribute } from './attribute.ts';
import type { Schema } from './schema.ts';

const GROUP_URN = 'urn:ietf:params:scim:schemas:core:2.0:Group';

export const groupSchema: Schema = {
  id: GROUP_URN,
  name: 'Group',
  description: 'Group',
  attributes: [
    // Required in section 4.2, though the example schema of 8.7.1 says otherwise; unique, because Entra ID wants it.
    attribute('displayName', 'The name of the group. Unique in the directory, unless that is switched off.', {
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
        // In no table of RFC 7643, but in its section 2.4, and Okta sends it.
        attribute('display', 'The name of the member, as the client sent it.', { mutability: 'immutable' }),
      ],
    }),
  ],
};
