/** Schema resources of the discovery endpoints (RFC 7643 section 7). */
import type { Json, JsonObject } from '../json/json.ts';
import type { Attribute, Schema } from '../schema/schema.ts';

const SCHEMA_URN = 'urn:ietf:params:scim:schemas:core:2.0:Schema';

/**
 * An attribute definition. No member is null, because Entra ID's schema discovery fails on null; `caseExact` is omitted
 * for complex and boolean attributes, where it has no meaning.
 */
const toAttributeDefinition = (attribute: Attribute): JsonObject => {
  const { name, type, multiValued, description, required, caseExact, mutability, returned, uniqueness } = attribute;
  const optional: [string, Json | undefined][] = [
    ['canonicalValues', attribute.allowedValues ?? attribute.canonicalValues],
    ['referenceTypes', attribute.referenceTypes],
    ['subAttributes', attribute.subAttributes?.map(toAttributeDefinition)],
  ];
  return {
    name,
    type,
    multiValued,
    description,
    required,
    ...(type === 'complex' || type === 'boolean' ? {} : { caseExact }),
    mutability,
    returned,
    uniqueness,
    ...Object.fromEntries(optional.filter((entry): entry is [string, Json] => entry[1] !== undefined)),
  };
};

export const toSchemaResource = ({ id, name, description, attributes }: Schema, location: string): JsonObject => ({
  schemas: [SCHEMA_URN],
  id,
  name,
  description,
  attributes: attributes.map(toAttributeDefinition),
  meta: { resourceType: 'Schema', location },
});
