/** Common attributes (RFC 7643 section 3.1): in every resource, in no schema of a resource type. */

import { attribute } from './attribute.ts';
import type { Attribute } from './schema.ts';

const readOnly = { mutability: 'readOnly' } as const;

export const commonAttributes: readonly Attribute[] = [
  attribute('schemas', 'The URNs of the schemas whose attributes the resource has.', {
    ...readOnly,
    type: 'reference',
    multiValued: true,
    caseExact: true,
    returned: 'always',
    referenceTypes: ['uri'],
  }),
  attribute('id', 'The identifier that the service provider gave.', {
    ...readOnly,
    caseExact: true,
    returned: 'always',
    uniqueness: 'global',
  }),
  attribute('externalId', 'The identifier that the provisioning client gave.', { caseExact: true }),
  attribute('meta', 'What the service provider knows of the resource.', {
    ...readOnly,
    type: 'complex',
    subAttributes: [
      attribute('resourceType', 'The name of the resource type.', { ...readOnly, caseExact: true }),
      attribute('created', 'When the resource was made.', { ...readOnly, type: 'dateTime' }),
      attribute('lastModified', 'When the resource last changed.', { ...readOnly, type: 'dateTime' }),
      attribute('location', "The resource's address.", {
        ...readOnly,
        type: 'reference',
        caseExact: true,
        referenceTypes: ['uri'],
      }),
      attribute('version', "The resource's version, as in the ETag header.", { ...readOnly, caseExact: true }),
    ],
  }),
];
