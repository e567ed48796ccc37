/** What a line of a file is: a resource of which type, and by what it is known again. */
import { isObject, type JsonObject, type ResourceType, resourceTypes } from '../scim/index.ts';

/** @throws when it is no JSON; what has passed the scan is an object */
export const parseResource = (text: string): JsonObject => {
  const json: unknown = JSON.parse(text);
  return isObject(json) ? json : {};
};

/** The value under a name, whatever its letter case (RFC 7643 section 2.1). */
export const valueAt = (resource: JsonObject, name: string) => {
  const wanted = name.toLowerCase();
  return Object.entries(resource).find(([key]) => key.toLowerCase() === wanted)?.[1];
};
export const textAt = (resource: JsonObject, name: string): string | undefined => {
  const value = valueAt(resource, name);
  return typeof value === 'string' && value !== '' ? value : undefined;
};

/** The attribute that a resource of the type is named by: userName, displayName. */
export const nameAttribute = ({ schema }: ResourceType): string =>
  schema.attributes.find(({ required }) => required)?.name ?? 'displayName';

/** @returns the type by `meta.resourceType`, else by `schemas`; undefined for anything else */
export const typeOfResource = (resource: JsonObject): ResourceType | undefined => {
  const meta = valueAt(resource, 'meta');
  const named = isObject(meta) ? textAt(meta, 'resourceType')?.toLowerCase() : undefined;
  const schemas = valueAt(resource, 'schemas');
  const urns = Array.isArray(schemas) ? schemas.map((urn) => String(urn).toLowerCase()) : [];
  return resourceTypes.find(
    ({ name, schema }) =>
      name.toLowerCase() === named || (named === undefined && urns.includes(schema.id.toLowerCase())),
  );
};

const isNothing = (value: unknown) => value === undefined || value === null;

/** @returns what of the line the import itself could not read, and would take for nothing said; undefined: none of it */
export const unreadableIn = (resource: JsonObject, type: ResourceType): string | undefined => {
  const id = valueAt(resource, 'id');
  if (!isNothing(id) && typeof id !== 'string') return 'id is not a string';
  if (type.members === undefined) return undefined;
  const { attribute } = type.members;
  const members = valueAt(resource, attribute);
  if (isNothing(members)) return undefined;
  if (!Array.isArray(members)) return `${attribute} is not a list`;
  const strange = members.findIndex((member) => !isObject(member) || textAt(member, 'value') === undefined);
  return strange < 0 ? undefined : `${attribute}[${strange}] has no string as its value`;
};
