/** Common attributes (RFC 7643 section 3.1): part of every resource, but of no resource type's schema. */

import { attribute } from './attribute.ts';
import type { Attribute } from './schema.ts';

const readOnly = { mutability: 'readOnly' } as const;

export const commonAttributes: readonly Attribute[] = [
  attribute('schemas', 'The URNs of the schemas of the resource.', {
    ...readOnly,
    type: 'reference',
    multiValued: true,
    caseExact: true,
    returned: 'always',
    referenceTypes: ['uri'],
  }),
  attribute('id', 'The identifier assigned by the service provider.', {
    ...readOnly,
    caseExact: true,
    returned: 'always',
    uniqueness: 'global',
  }),
  attribute('externalId', 'The identifier assigned by the provisioning client.', { caseExact: true }),
  attribute('meta', 'Metadata of the resource.', {
    ...readOnly,
    type: 'complex',
    subAttributes: [
      attribute('resourceType', 'The name of the resource type.', { ...readOnly, caseExact: true }),
      attribute('created', 'When the resource was created.', { ...readOnly, type: 'dateTime' }),
      attribute('lastModified', 'When the resource last changed.', { ...readOnly, type: 'dateTime' }),
      attribute('location', 'The URI of the resource.', {
        ...readOnly,
        type: 'reference',
        caseExact: true,
        referenceTypes: ['uri'],
      }),
      attribute('version', "The resource's version, as in the ETag header.", { ...readOnly, caseExact: true }),
    ],
  }),
];
