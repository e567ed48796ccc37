/** The schemas of a directory: the built-in ones with the attributes that the settings add, and those of the settings. */
import type { Attribute, Schema } from '../schema.ts';
import { type AttributeSettings, checkDistinct, toAttribute } from './attribute-settings.ts';
import { SettingFault, type SettingPath } from './setting-fault.ts';

export type SchemaSettings = {
  /** The URN: of a built-in schema to add attributes to it, else of a new one. */
  readonly id: string;
  /** Of a new schema alone, which needs one. */
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly attributes: readonly AttributeSettings[];
};

/** By their URN in lower case. */
export type Schemas = ReadonlyMap<string, Schema>;

const URN = /^urn:[a-z0-9][a-z0-9-]{1,31}:[a-z0-9][a-z0-9._~-]*(:[a-z0-9][a-z0-9._~-]*)*$/i;
/** Of messages, and of the resources of discovery. */
const RESERVED = /^urn:ietf:params:scim:(api:.*|schemas:core:2\.0:(schema|resourcetype|serviceproviderconfig))$/i;

/** @throws SettingFault when paths such as `<URN>:name` could mean two things */
const checkUrn = (id: string, others: Schemas, path: SettingPath): void => {
  if (!URN.test(id)) throw new SettingFault(path, `${JSON.stringify(id)} is not a URN such as urn:acme:scim:1.0:Badge`);
  if (RESERVED.test(id)) throw new SettingFault(path, `${id} is reserved`);
  const lower = id.toLowerCase();
  for (const [other, schema] of others)
    if (lower.startsWith(`${other}:`) || other.startsWith(`${lower}:`))
      throw new SettingFault(path, `one of ${id} and ${schema.id} begins with the other`);
};

const toAttributes = (settings: readonly AttributeSettings[], path: SettingPath): readonly Attribute[] =>
  settings.map((setting, index) => toAttribute(setting, [...path, index]));

/** @param before how many attributes the schema had before those of the settings */
const checkNames = (attributes: readonly Attribute[], before: number, path: SettingPath): void => {
  const names = attributes.map(({ name }) => name.toLowerCase());
  const old = new Set(names.slice(0, before));
  const twice = names.slice(before).findIndex((name) => old.has(name));
  const name = attributes[before + twice]?.name;
  if (twice >= 0) throw new SettingFault([...path, twice, 'name'], `the schema has an attribute ${name} already`);
  checkDistinct(names.slice(before), path);
};

const toSchema = (setting: SchemaSettings, known: Schemas, path: SettingPath): Schema => {
  const { id, name, description, attributes } = setting;
  const before = known.get(id.toLowerCase());
  const added = toAttributes(attributes, [...path, 'attributes']);
  if (before !== undefined) {
    if (name !== undefined && name !== before.name)
      throw new SettingFault([...path, 'name'], `${before.id} is built in and has its name already`);
    const all = [...before.attributes, ...added];
    checkNames(all, before.attributes.length, [...path, 'attributes']);
    return { ...before, attributes: all };
  }
  checkUrn(id, known, [...path, 'id']);
  if (name === undefined) throw new SettingFault([...path, 'name'], 'a new schema needs a name');
  checkNames(added, 0, [...path, 'attributes']);
  return { id, name, description: description ?? name, attributes: added };
};

/** @throws SettingFault */
export function toSchemas(builtIn: readonly Schema[], settings: readonly SchemaSettings[]): Map<string, Schema> {
  const schemas = new Map(builtIn.map((schema) => [schema.id.toLowerCase(), schema]));
  const seen = new Set<string>();
  for (const [index, setting] of settings.entries()) {
    const path = ['schemas', index];
    const key = setting.id.toLowerCase();
    if (seen.has(key)) throw new SettingFault([...path, 'id'], `${setting.id} is there twice`);
    seen.add(key);
    schemas.set(key, toSchema(setting, schemas, path));
  }
  return schemas;
}
