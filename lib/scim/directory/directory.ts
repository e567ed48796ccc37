/** Directory settings that affect the protocol, and the resource types they define. */

import type { Mode } from '../dialect.ts';
import { ScimError } from '../error.ts';
import { isUnassigned, type Json } from '../json/json.ts';
import { onceForEach } from '../json/once-for-each.ts';
import { toAttributeValue } from '../schema/attribute-value.ts';
import { withDefaults } from '../schema/default-values.ts';
import { missingAttributes } from '../schema/required-attributes.ts';
import { groupType, resourceTypes, userType } from '../schema/resource-types.ts';
import type { Attribute, ResourceType, Schema } from '../schema/schema.ts';
import { checkStorable } from '../schema/storable.ts';
import { addRule, requireAttribute, type ValueRuleSettings } from './attribute-rules.ts';
import { type SchemaSettings, toSchemas } from './schema-settings.ts';
import { SettingFault, type SettingPath } from './setting-fault.ts';
import { type ResourceTypeSettings, type SchemaExtensionSettings, toResourceTypes } from './type-settings.ts';

export type DirectorySettings = {
  readonly id: string;
  readonly mode: Mode;
  readonly uniqueGroupNames: boolean;
  readonly schemas?: readonly SchemaSettings[] | undefined;
  readonly schemaExtensions?: readonly SchemaExtensionSettings[] | undefined;
  readonly resourceTypes?: readonly ResourceTypeSettings[] | undefined;
  readonly requiredAttributes?: readonly string[] | undefined;
  readonly valueRules?: readonly ValueRuleSettings[] | undefined;
  readonly defaultGroup?: string | undefined;
};

/** Group type without unique names. displayName stays searchable, because it is a sorted attribute. */
const sharedNameGroupType: ResourceType = {
  ...groupType,
  schema: {
    ...groupType.schema,
    attributes: groupType.schema.attributes.map((attribute) =>
      attribute.name === 'displayName' ? { ...attribute, uniqueness: 'none' } : attribute,
    ),
  },
};
const typesWithSharedGroupNames = resourceTypes.map((type) => (type === groupType ? sharedNameGroupType : type));

const schemasOf = (types: readonly ResourceType[]): readonly Schema[] =>
  types.flatMap(({ schema, extensions }) => [schema, ...extensions.map((extension) => extension.schema)]);

/** Validates a value as if a client had sent it. @throws SettingFault with the same message */
const checkValue = (attribute: Attribute, value: Json, at: SettingPath): Json => {
  try {
    const checked = toAttributeValue(attribute, value, {
      path: attribute.name,
      tolerate: () => false,
      primaries: 'one',
    });
    if (checked !== undefined && !isUnassigned(checked)) return checked;
  } catch (error) {
    if (error instanceof ScimError) throw new SettingFault(at, error.message);
    throw error;
  }
  throw new SettingFault(at, 'must not be empty');
};

/** Validates the defaults of a schema, with canonical names and value rules applied. */
const withCheckedDefaults = (schema: Schema, settings: readonly SchemaSettings[]): Schema => {
  const index = settings.findIndex(({ id }) => id.toLowerCase() === schema.id.toLowerCase());
  const setting = settings[index];
  if (setting === undefined) return schema;
  const places = new Map(setting.attributes.map(({ name }, place) => [name, place]));
  const check = (attribute: Attribute): Attribute => {
    if (attribute.default === undefined) return attribute;
    const at = ['schemas', index, 'attributes', places.get(attribute.name) ?? 0, 'default'];
    return { ...attribute, default: checkValue(attribute, attribute.default, at) };
  };
  return { ...schema, attributes: schema.attributes.map(check) };
};

const buildSchemas = (builtIn: readonly ResourceType[], settings: DirectorySettings): Map<string, Schema> => {
  const { requiredAttributes = [], valueRules = [] } = settings;
  const own = userType.schema.id;
  const schemas = toSchemas(schemasOf(builtIn), settings.schemas ?? []);
  const put = (schema: Schema) => schemas.set(schema.id.toLowerCase(), schema);
  for (const [index, text] of requiredAttributes.entries())
    put(requireAttribute(text, { schemas, own, path: ['requiredAttributes', index] }));
  for (const [index, rule] of valueRules.entries())
    put(addRule(rule, { schemas, own, path: ['valueRules', index, 'attribute'] }));
  for (const schema of [...schemas.values()]) put(withCheckedDefaults(schema, settings.schemas ?? []));
  return schemas;
};

/** Makes an extension required if the directory requires one of its attributes. */
const requireExtensions = (types: readonly ResourceType[], required: readonly string[]): readonly ResourceType[] => {
  const isNamed = ({ id }: Schema) => required.some((text) => text.toLowerCase().startsWith(`${id.toLowerCase()}:`));
  return types.map((type) => ({
    ...type,
    extensions: type.extensions.map((extension) => ({
      ...extension,
      required: extension.required || isNamed(extension.schema),
    })),
  }));
};

/** @throws SettingFault if a group cannot be created from the name alone */
const addDefaultGroup = (types: readonly ResourceType[], name: string): readonly ResourceType[] => {
  const at = ['defaultGroup'];
  const group = types.find((type) => type.name === userType.memberOf?.type);
  const displayName = group?.schema.attributes.find((attribute) => attribute.name === 'displayName');
  if (group === undefined || displayName === undefined) return types;
  const defaultGroup = checkValue(displayName, name, at);
  const attributes = withDefaults({ displayName: defaultGroup }, group);
  const [missing] = missingAttributes(attributes, group);
  if (missing !== undefined) throw new SettingFault(at, `a group also requires ${missing}, which has no default`);
  try {
    checkStorable(attributes, group);
  } catch (error) {
    throw error instanceof ScimError ? new SettingFault(at, error.message) : error;
  }
  return types.map((type) => (type.name === userType.name ? { ...type, defaultGroup: String(defaultGroup) } : type));
};

const build = (settings: DirectorySettings): readonly ResourceType[] => {
  const { schemas, schemaExtensions = [], requiredAttributes = [], valueRules, defaultGroup } = settings;
  const builtIn = settings.uniqueGroupNames ? resourceTypes : typesWithSharedGroupNames;
  const lists = [schemas, schemaExtensions, settings.resourceTypes, requiredAttributes, valueRules];
  const isPlain = defaultGroup === undefined && lists.every((list) => list === undefined || list.length === 0);
  if (isPlain) return builtIn;
  const types = toResourceTypes(builtIn, buildSchemas(builtIn, settings), {
    schemaExtensions,
    resourceTypes: settings.resourceTypes ?? [],
  });
  const required = requireExtensions(types, requiredAttributes);
  return defaultGroup === undefined ? required : addDefaultGroup(required, defaultGroup);
};

/**
 * The resource types of a directory, with its schemas. Built once per settings object, so that data cached per type
 * serves every request.
 * @throws SettingFault if the settings are inconsistent
 */
export const resourceTypesOf: (settings: DirectorySettings) => readonly ResourceType[] = onceForEach(build);
