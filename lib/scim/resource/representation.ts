/** Representations of resources: adds schemas, id, meta, memberships and locations (RFC 7643 section 3). */

import { isObject, type Json, type JsonObject, own } from '../json/json.ts';
import { onceForEach } from '../json/once-for-each.ts';
import { isLocation } from '../schema/attribute.ts';
import type { Attribute, ResourceType } from '../schema/schema.ts';
import type { GroupReference, Loaded, Member } from '../store-port.ts';
import { toVersion } from './etag.ts';

/** Returns the location of a resource. */
export type Locate = (typeName: string, id: string) => string;

/** @param baseUrl the SCIM root that the client used, for example `https://scim.example.com/scim/v2` */
export const createLocate = (baseUrl: string, types: readonly ResourceType[]): Locate => {
  const endpoints = new Map(types.map(({ name, endpoint }) => [name, endpoint]));
  return (typeName, id) => `${baseUrl}${endpoints.get(typeName) ?? ''}/${id}`;
};

const reference = (locate: Locate | undefined, typeName: string, id: string): JsonObject =>
  locate === undefined ? {} : { $ref: locate(typeName, id) };

/** One value of `members`, without its location if the member's type is not known yet. */
export const toMemberValue = ({ id, type, display }: Member, locate: Locate | undefined): JsonObject => ({
  value: id,
  ...(type === undefined ? {} : reference(locate, type, id)),
  ...(display === undefined ? {} : { display }),
  ...(type === undefined ? {} : { type }),
});
const toGroupValue = ({ id, display }: GroupReference, typeName: string, locate: Locate | undefined): JsonObject => ({
  value: id,
  ...reference(locate, typeName, id),
  ...(display === undefined ? {} : { display }),
  type: 'direct',
});

const memberships = ({ members, groups }: Loaded, type: ResourceType, locate: Locate | undefined): JsonObject => {
  const values: [string | undefined, readonly Json[]][] = [
    [type.members?.attribute, (members ?? []).map((member) => toMemberValue(member, locate))],
    [type.memberOf?.attribute, (groups ?? []).map((group) => toGroupValue(group, type.memberOf?.type ?? '', locate))],
  ];
  return Object.fromEntries(values.filter(([name, some]) => name !== undefined && some.length > 0));
};

/** A singular attribute that refers to a resource, such as `manager`. */
type ReferenceAttribute = { readonly extension: string | undefined; readonly name: string; readonly typeName: string };
const referencesIn = (attributes: readonly Attribute[], extension: string | undefined): ReferenceAttribute[] =>
  attributes.flatMap(({ name, multiValued, subAttributes = [] }): ReferenceAttribute[] => {
    const [typeName] = subAttributes.find(isLocation)?.referenceTypes ?? [];
    return typeName === undefined || multiValued ? [] : [{ extension, name, typeName }];
  });
const referencesOf = onceForEach(({ schema, extensions }: ResourceType): readonly ReferenceAttribute[] => [
  ...referencesIn(schema.attributes, undefined),
  ...extensions.flatMap((one) => referencesIn(one.schema.attributes, one.schema.id)),
]);

/** Only such a value can be the id of a resource. */
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The value with the location of the resource it refers to, which is never stored, in place of any stored earlier. */
const located = (value: JsonObject, typeName: string, locate: Locate | undefined): JsonObject => {
  const { $ref: _, ...rest } = value;
  const id = own(value, 'value');
  return typeof id === 'string' && ID.test(id) ? { ...rest, ...reference(locate, typeName, id) } : rest;
};

/** Adds the locations of singular references. */
const withLocations = (attributes: JsonObject, type: ResourceType, locate: Locate | undefined): JsonObject => {
  let after = attributes;
  for (const { extension, name, typeName } of referencesOf(type)) {
    const container = extension === undefined ? after : own(after, extension);
    const value = isObject(container) ? own(container, name) : undefined;
    if (!isObject(container) || !isObject(value)) continue;
    const changed = { ...container, [name]: located(value, typeName, locate) };
    after = extension === undefined ? changed : { ...after, [extension]: changed };
  }
  return after;
};

/** The URNs of the schemas that the resource uses; always includes required extensions. */
const schemasOf = (attributes: JsonObject, { schema, extensions }: ResourceType): readonly string[] => [
  schema.id,
  ...extensions
    .filter((extension) => extension.required || Object.hasOwn(attributes, extension.schema.id))
    .map((extension) => extension.schema.id),
];

/**
 * The representation of a loaded resource, without unassigned attributes (RFC 7643 section 2.5).
 * @param locate undefined: omit locations
 */
export function toRepresentation(loaded: Loaded, type: ResourceType, locate: Locate | undefined): JsonObject {
  const { resource } = loaded;
  return {
    schemas: schemasOf(resource.attributes, type),
    id: resource.id,
    ...withLocations(resource.attributes, type, locate),
    ...memberships(loaded, type, locate),
    meta: {
      resourceType: type.name,
      created: resource.created,
      lastModified: resource.lastModified,
      ...(locate === undefined ? {} : { location: locate(type.name, resource.id) }),
      version: toVersion(resource),
    },
  };
}
