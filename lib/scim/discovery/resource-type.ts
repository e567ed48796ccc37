/** ResourceType resources of the discovery endpoints (RFC 7643 section 6). */
import type { JsonObject } from '../json/json.ts';
import type { ResourceType } from '../schema/schema.ts';

const RESOURCE_TYPE_URN = 'urn:ietf:params:scim:schemas:core:2.0:ResourceType';

export const toResourceTypeResource = (type: ResourceType, location: string): JsonObject => ({
  schemas: [RESOURCE_TYPE_URN],
  id: type.name,
  name: type.name,
  description: type.description,
  endpoint: type.endpoint,
  schema: type.schema.id,
  schemaExtensions: type.extensions.map(({ schema, required }) => ({ schema: schema.id, required })),
  meta: { resourceType: 'ResourceType', location },
});
