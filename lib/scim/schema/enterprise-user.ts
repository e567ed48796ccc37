/** The enterprise extension of User (RFC 7643 sections 4.3 and 8.7.1). */

import { attribute } from './attribute.ts';
import type { Schema } from './schema.ts';

export const ENTERPRISE_USER_URN = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

export const enterpriseUserSchema: Schema = {
  id: ENTERPRISE_USER_URN,
  name: 'EnterpriseUser',
  description: 'Enterprise User',
  attributes: [
    attribute('employeeNumber', 'A number or code that the organization assigns to the user.'),
    attribute('costCenter', 'The name of a cost center.'),
    attribute('organization', 'The name of an organization.'),
    attribute('division', 'The name of a division.'),
    attribute('department', 'The name of a department.'),
    attribute('manager', "The user's manager.", {
      type: 'complex',
      subAttributes: [
        attribute('value', "The id of the manager's User resource. Not checked.", { caseExact: true }),
        attribute('$ref', "The location of the manager's User resource.", {
          type: 'reference',
          caseExact: true,
          referenceTypes: ['User'],
        }),
        attribute('displayName', "The manager's name.", { mutability: 'readOnly' }),
      ],
    }),
  ],
};
