/** The resource types of a directory: the built-in ones, with added extensions, and custom ones. */
import type { ResourceType, Schema } from '../schema/schema.ts';
import type { Schemas } from './schema-settings.ts';
import { SettingFault, type SettingPath } from './setting-fault.ts';

/** A custom resource type (RFC 7643 section 6). */
export type ResourceTypeSettings = {
  readonly id?: string | undefined;
  readonly name: string;
  readonly description?: string | undefined;
  /** For example `/Devices`. */
  readonly endpoint: string;
  /** The URN of a schema in the settings. */
  readonly schema: string;
  readonly schemaExtensions?: readonly { readonly schema: string; readonly required: boolean }[] | undefined;
};
/** An extension added to a built-in type. */
export type SchemaExtensionSettings = {
  readonly resourceType: string;
  readonly schema: string;
  readonly required: boolean;
};

/** Endpoints at the SCIM root that are not resource types. */
const TAKEN_ENDPOINTS = '/Me /Bulk /ServiceProviderConfig /ResourceTypes /Schemas'.toLowerCase().split(' ');
/** Names of other resource types, names that would make events ambiguous, and a part of store keys (`acme#tokens`). */
const TAKEN_NAMES =
  'Schema ResourceType ServiceProviderConfig Directory Token Tokens MemberGroup Type Reason Actor Version Changes Sequence'
    .toLowerCase()
    .split(' ');
const NAME = /^[A-Za-z][A-Za-z0-9]{0,63}$/;
const ENDPOINT = /^\/[A-Za-z][A-Za-z0-9_-]{0,63}$/;

const schemaNamed = (urn: string, schemas: Schemas, path: SettingPath): Schema => {
  const schema = schemas.get(urn.toLowerCase());
  if (schema === undefined) throw new SettingFault(path, `the directory has no schema ${JSON.stringify(urn)}`);
  return schema;
};

type Extensions = ResourceType['extensions'];
type Extension = Extensions[number];

const addExtension = (type: ResourceType, extension: Extension, path: SettingPath): ResourceType => {
  const { id } = extension.schema;
  if (id === type.schema.id || type.extensions.some(({ schema }) => schema.id === id))
    throw new SettingFault(path, `${type.name} already has the schema ${id}`);
  return { ...type, extensions: [...type.extensions, extension] };
};

const checkNames = (
  { id, name, endpoint }: ResourceTypeSettings,
  others: readonly ResourceType[],
  path: SettingPath,
) => {
  const isTaken = (taken: readonly string[], own: (type: ResourceType) => string, text: string) =>
    [...taken, ...others.map((type) => own(type).toLowerCase())].includes(text.toLowerCase());
  if (!NAME.test(name))
    throw new SettingFault([...path, 'name'], 'expected a letter, then at most 63 letters and digits');
  if (id !== undefined && id !== name) throw new SettingFault([...path, 'id'], 'must be equal to name, or omitted');
  if (isTaken(TAKEN_NAMES, (type) => type.name, name)) throw new SettingFault([...path, 'name'], `${name} is taken`);
  if (!ENDPOINT.test(endpoint))
    throw new SettingFault(
      [...path, 'endpoint'],
      'expected a slash and a letter, then at most 63 letters, digits, - or _',
    );
  if (isTaken(TAKEN_ENDPOINTS, (type) => type.endpoint, endpoint))
    throw new SettingFault([...path, 'endpoint'], `${endpoint} is taken`);
};

const toType = (setting: ResourceTypeSettings, { schemas, others, path }: Building): ResourceType => {
  checkNames(setting, others, path);
  const { name, description, endpoint, schemaExtensions = [] } = setting;
  const type: ResourceType = {
    name,
    description: description ?? name,
    endpoint,
    schema: schemaNamed(setting.schema, schemas, [...path, 'schema']),
    extensions: [],
    lookups: ['externalId'],
    sorted: [],
  };
  return schemaExtensions.reduce((built, { schema: urn, required }, index) => {
    const at = [...path, 'schemaExtensions', index, 'schema'];
    return addExtension(built, { schema: schemaNamed(urn, schemas, at), required }, at);
  }, type);
};
type Building = { readonly schemas: Schemas; readonly others: readonly ResourceType[]; readonly path: SettingPath };

/** @throws SettingFault if a schema belongs to two types, to both a type and an extension, or to no type */
const checkSchemas = (types: readonly ResourceType[], schemas: Schemas): void => {
  const mains = types.map(({ schema }) => schema.id);
  const extensions = new Set(types.flatMap((type) => type.extensions.map(({ schema }) => schema.id)));
  const twice = mains.find((id, index) => extensions.has(id) || mains.indexOf(id) !== index);
  if (twice !== undefined)
    throw new SettingFault(['schemas'], `${twice} is the schema of a resource type, so no other type can use it`);
  for (const { id } of schemas.values())
    if (!mains.includes(id) && !extensions.has(id))
      throw new SettingFault(['schemas'], `no resource type uses ${id}: add it to schemaExtensions or resourceTypes`);
};

export type TypeSettings = {
  readonly schemaExtensions: readonly SchemaExtensionSettings[];
  readonly resourceTypes: readonly ResourceTypeSettings[];
};

/**
 * Merges the built-in resource types and the settings.
 * @param builtIn the types that every directory has
 * @param schemas the schemas of the directory
 * @throws SettingFault
 */
export function toResourceTypes(
  builtIn: readonly ResourceType[],
  schemas: Schemas,
  { schemaExtensions, resourceTypes }: TypeSettings,
): readonly ResourceType[] {
  const current = (schema: Schema) => schemas.get(schema.id.toLowerCase()) ?? schema;
  const types = builtIn.map(
    (type): ResourceType => ({
      ...type,
      schema: current(type.schema),
      extensions: type.extensions.map(({ schema, required }) => ({ schema: current(schema), required })),
    }),
  );
  for (const [index, { resourceType, schema: urn, required }] of schemaExtensions.entries()) {
    const path = ['schemaExtensions', index];
    const at = types.findIndex(({ name }) => name === resourceType);
    const type = types[at];
    if (type === undefined)
      throw new SettingFault([...path, 'resourceType'], `expected one of ${types.map(({ name }) => name).join(', ')}`);
    const schema = schemaNamed(urn, schemas, [...path, 'schema']);
    types[at] = addExtension(type, { schema, required }, [...path, 'schema']);
  }
  const all: ResourceType[] = [...types];
  for (const [index, setting] of resourceTypes.entries())
    all.push(toType(setting, { schemas, others: all, path: ['resourceTypes', index] }));
  checkSchemas(all, schemas);
  return all;
}
