/** A resource as events show it: whole, or as a reference. */
import { isObject, type Json, type JsonObject, namesOf, type ResourceType, toRepresentation } from '../scim/index.ts';
import { isActive, type ResourceImage } from './occurrence.ts';

const withoutLocations = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(withoutLocations);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, part]) => (name === '$ref' ? [] : [[name, withoutLocations(part)]])),
  );
};

/** Omits memberships, locations and attributes that are never returned. */
export const publicAttributes = (type: ResourceType, attributes: JsonObject | undefined): JsonObject => {
  const hidden = new Set([
    type.members?.attribute,
    type.memberOf?.attribute,
    ...type.schema.attributes.flatMap(({ name, returned }) => (returned === 'never' ? [name] : [])),
  ]);
  return Object.fromEntries(
    Object.entries(attributes ?? {}).flatMap(([name, value]) =>
      hidden.has(name) ? [] : [[name, withoutLocations(value)]],
    ),
  );
};

/** The SCIM resource without memberships, password and locations. The event carries its version separately. */
export const wholeResource = (type: ResourceType, image: ResourceImage): JsonObject => {
  const { id, version, created, lastModified } = image;
  const attributes = publicAttributes(type, image.attributes);
  const resource = { id, attributes, version, memberVersion: 0, created, lastModified, indexed: [] };
  return {
    ...toRepresentation({ resource }, type, undefined),
    meta: { resourceType: type.name, created, lastModified },
  };
};

/**
 * The attributes by which subscribers look a resource up: id, externalId, the names that its schema requires (userName,
 * displayName), and `active`.
 * @param attributes undefined if the resource was deleted so long ago that its names are not known any more
 */
export const resourceReference = (type: ResourceType, id: string, attributes: JsonObject | undefined): JsonObject => {
  if (attributes === undefined) return { id, nameUnknown: true };
  const hasActive = type.schema.attributes.some(({ name }) => name === 'active');
  return { id, ...namesOf(type, attributes), ...(hasActive ? { active: isActive(attributes) } : {}) };
};
