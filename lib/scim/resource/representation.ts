/** Representations of resources: adds schemas, id, meta, memberships and locations (RFC 7643 section 3). */

import type { Json, JsonObject } from '../json/json.ts';
import type { ResourceType } from '../schema/schema.ts';
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
    ...resource.attributes,
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
