/** Reads a line of a file as a SCIM resource: its type, and the values that identify it. */
import { isObject, type JsonObject, type ResourceType, resourceTypes } from '../scim/index.ts';

/** Parses a line that has passed the scan, so that it is an object. @throws SyntaxError for invalid JSON */
export const parseResource = (text: string): JsonObject => {
  const json: unknown = JSON.parse(text);
  return isObject(json) ? json : {};
};

/** The value of an attribute; names are case-insensitive (RFC 7643 section 2.1). */
export const valueAt = (resource: JsonObject, name: string) => {
  const wanted = name.toLowerCase();
  return Object.entries(resource).find(([key]) => key.toLowerCase() === wanted)?.[1];
};
export const textAt = (resource: JsonObject, name: string): string | undefined => {
  const value = valueAt(resource, name);
  return typeof value === 'string' && value !== '' ? value : undefined;
};

/** The attribute that names a resource of the type: userName, displayName. */
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

const isAbsent = (value: unknown) => value === undefined || value === null;

/** @returns the fault of an `id` or `members` that the import would otherwise ignore; undefined if there is none */
export const unreadableIn = (resource: JsonObject, type: ResourceType): string | undefined => {
  const id = valueAt(resource, 'id');
  if (!isAbsent(id) && typeof id !== 'string') return 'id must be a string';
  if (type.members === undefined) return undefined;
  const { attribute } = type.members;
  const members = valueAt(resource, attribute);
  if (isAbsent(members)) return undefined;
  if (!Array.isArray(members)) return `${attribute} must be an array`;
  const index = members.findIndex((member) => !isObject(member) || textAt(member, 'value') === undefined);
  return index < 0 ? undefined : `${attribute}[${index}].value must be a non-empty string`;
};
