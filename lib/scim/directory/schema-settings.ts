/** The schemas of a directory: the built-in ones, with attributes added by the settings, and new ones. */
import type { Attribute, Schema } from '../schema/schema.ts';
import { type AttributeSettings, checkDistinct, toAttribute } from './attribute-settings.ts';
import { SettingFault, type SettingPath } from './setting-fault.ts';

export type SchemaSettings = {
  /** The URN of the built-in schema to extend, or of a new schema. */
  readonly id: string;
  /** Required for a new schema; fixed for a built-in one. */
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly attributes: readonly AttributeSettings[];
};

/** Schemas by URN in lower case. */
export type Schemas = ReadonlyMap<string, Schema>;

const URN = /^urn:[a-z0-9][a-z0-9-]{1,31}:[a-z0-9][a-z0-9._~-]*(:[a-z0-9][a-z0-9._~-]*)*$/i;
/** URNs of messages and of the discovery resources. */
const RESERVED = /^urn:ietf:params:scim:(api:.*|schemas:core:2\.0:(schema|resourcetype|serviceproviderconfig))$/i;

/** @throws SettingFault if the URN is malformed or reserved, or would make paths such as `<URN>:name` ambiguous */
const checkUrn = (id: string, others: Schemas, path: SettingPath): void => {
  if (!URN.test(id)) throw new SettingFault(path, `${JSON.stringify(id)} is not a URN such as urn:acme:scim:1.0:Badge`);
  if (RESERVED.test(id)) throw new SettingFault(path, `${id} is reserved`);
  const lower = id.toLowerCase();
  for (const [other, schema] of others)
    if (lower.startsWith(`${other}:`) || other.startsWith(`${lower}:`))
      throw new SettingFault(path, `${id} conflicts with ${schema.id}: one is a prefix of the other`);
};

const toAttributes = (settings: readonly AttributeSettings[], path: SettingPath): readonly Attribute[] =>
  settings.map((setting, index) => toAttribute(setting, [...path, index]));

/** @param before the schema's attributes before the settings add theirs */
const checkNames = (added: readonly Attribute[], before: readonly Attribute[], path: SettingPath): void => {
  const old = new Set(before.map(({ name }) => name.toLowerCase()));
  for (const [index, { name }] of added.entries())
    if (old.has(name.toLowerCase()))
      throw new SettingFault([...path, index, 'name'], `the schema already has an attribute ${name}`);
  checkDistinct(
    added.map(({ name }) => name),
    path,
  );
};

const toSchema = (setting: SchemaSettings, others: Schemas, path: SettingPath): Schema => {
  const { id, name, description, attributes } = setting;
  const before = others.get(id.toLowerCase());
  const added = toAttributes(attributes, [...path, 'attributes']);
  if (before !== undefined) {
    if (name !== undefined && name !== before.name)
      throw new SettingFault([...path, 'name'], `${before.id} is built in, so its name cannot be changed`);
    checkNames(added, before.attributes, [...path, 'attributes']);
    return { ...before, attributes: [...before.attributes, ...added] };
  }
  checkUrn(id, others, [...path, 'id']);
  if (name === undefined) throw new SettingFault([...path, 'name'], 'a new schema needs a name');
  checkNames(added, [], [...path, 'attributes']);
  return { id, name, description: description ?? name, attributes: added };
};

/** Merges the built-in schemas and the settings. @throws SettingFault */
export function toSchemas(builtIn: readonly Schema[], settings: readonly SchemaSettings[]): Map<string, Schema> {
  const schemas = new Map(builtIn.map((schema) => [schema.id.toLowerCase(), schema]));
  const seen = new Set<string>();
  for (const [index, setting] of settings.entries()) {
    const path = ['schemas', index];
    const key = setting.id.toLowerCase();
    if (seen.has(key)) throw new SettingFault([...path, 'id'], `duplicate schema ${setting.id}`);
    seen.add(key);
    schemas.set(key, toSchema(setting, schemas, path));
  }
  return schemas;
}
