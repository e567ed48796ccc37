/** The attributes by which other systems look a resource up. */
import type { JsonObject } from '../json/json.ts';
import type { Attribute, ResourceType } from './schema.ts';

/** Further attributes that a directory requires, such as emails, are not names. */
const isName = ({ required, type, multiValued }: Attribute) => required && type === 'string' && !multiValued;

/** @returns `externalId`, the texts that the schema requires (`userName`, `displayName`) and `active`, as far as they are set */
export const namesOf = (type: Pick<ResourceType, 'schema'>, attributes: JsonObject): JsonObject => {
  const shown = new Set(['externalId']);
  for (const attribute of type.schema.attributes)
    if (isName(attribute) || attribute.name === 'active') shown.add(attribute.name);
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => shown.has(name)));
};
