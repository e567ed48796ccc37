/** A resource as an event shows it: whole, or as a reference. */
import {
  type Attribute,
  isObject,
  type Json,
  type JsonObject,
  type ResourceType,
  toRepresentation,
} from '../scim/index.ts';
import { isActive, type ResourceImage } from './occurrence.ts';

const withoutLocations = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(withoutLocations);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, part]) => (name === '$ref' ? [] : [[name, withoutLocations(part)]])),
  );
};

/** Without memberships, locations, and what is never returned. */
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

/** The SCIM resource without memberships, password and locations. Its version stands beside it in the event. */
export const wholeResource = (type: ResourceType, image: ResourceImage): JsonObject => {
  const { id, version, created, lastModified } = image;
  const attributes = publicAttributes(type, image.attributes);
  const resource = { id, attributes, version, memberVersion: 0, created, lastModified, indexed: [] };
  return {
    ...toRepresentation({ resource }, type, undefined),
    meta: { resourceType: type.name, created, lastModified },
  };
};

/** What a directory requires beyond that, such as e-mails, is for events of the resource itself. */
const isName = ({ required, type, multiValued }: Attribute) => required && type === 'string' && !multiValued;

/**
 * What subscribers look a resource up by: id, externalId, the names that its schema requires (userName, displayName),
 * `active`.
 * @param attributes undefined when it is gone: then the id is all there is
 */
export const resourceReference = (type: ResourceType, id: string, attributes: JsonObject | undefined): JsonObject => {
  if (attributes === undefined) return { id };
  const required = type.schema.attributes.filter(isName).map(({ name }) => name);
  const named = Object.entries(attributes).filter(([name]) => name === 'externalId' || required.includes(name));
  const hasActive = type.schema.attributes.some(({ name }) => name === 'active');
  return { id, ...Object.fromEntries(named), ...(hasActive ? { active: isActive(attributes) } : {}) };
};
