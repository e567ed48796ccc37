/** Attribute paths of indexes and unique attributes: `userName`, `emails.value`, `urn:...:User:employeeNumber`. */
import {
  type Attribute,
  commonAttributes,
  isObject,
  type Json,
  type JsonObject,
  own,
  type ResourceType,
} from '../../scim/index.ts';

export type PathTarget = {
  readonly extension: string | undefined;
  readonly attribute: Attribute;
  readonly sub: Attribute | undefined;
};

const find = (attributes: readonly Attribute[], name: string | undefined) =>
  attributes.find((attribute) => attribute.name === name);

/** @throws Error if the type has no such attribute: these paths never come from a client */
export const resolvePath = (type: ResourceType, path: string): PathTarget => {
  const extension = type.extensions.find(({ schema }) => path.startsWith(`${schema.id}:`))?.schema;
  const local = extension === undefined ? path : path.slice(extension.id.length + 1);
  const [name, subName] = local.split('.');
  const attribute = find(extension?.attributes ?? [...type.schema.attributes, ...commonAttributes], name);
  const sub = subName === undefined ? undefined : find(attribute?.subAttributes ?? [], subName);
  if (attribute === undefined || (subName !== undefined && sub === undefined))
    throw new Error(`${type.name} has no attribute ${path}`);
  return { extension: extension?.id, attribute, sub };
};

const ownValue = (value: Json | undefined, name: string): Json | undefined =>
  isObject(value) ? own(value, name) : undefined;
const elements = (value: Json | undefined): readonly Json[] => {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as Json];
};

/** @returns the strings at the path: several for a multi-valued attribute */
export const valuesAt = (attributes: JsonObject, { extension, attribute, sub }: PathTarget): readonly string[] => {
  const holder = extension === undefined ? attributes : ownValue(attributes, extension);
  const values = elements(ownValue(holder, attribute.name));
  const leaves = sub === undefined ? values : values.flatMap((value) => elements(ownValue(value, sub.name)));
  return leaves.filter((leaf) => typeof leaf === 'string');
};
