/** Required attributes (RFC 7643 sections 2.2 and 6): those of the schemas, and those that a directory adds. */
import { invalidValue } from './error.ts';
import { isObject, isUnassigned, type Json, type JsonObject, own } from './json.ts';
import type { Attribute, ResourceType } from './schema.ts';

const isEmpty = (value: Json | undefined) => value === '' || isUnassigned(value);

/** A required sub-attribute is required in every value. */
const missingParts = ({ subAttributes = [] }: Attribute, value: Json, path: string): readonly string[] => {
  const required = subAttributes.filter((sub) => sub.required);
  if (required.length === 0) return [];
  const values: readonly Json[] = Array.isArray(value) ? value : [value];
  return values.flatMap((one) => (isObject(one) ? missingIn(one, required, `${path}.`) : []));
};

const missingIn = (container: JsonObject, attributes: readonly Attribute[], prefix: string): readonly string[] =>
  attributes.flatMap((attribute) => {
    const value = own(container, attribute.name);
    const path = `${prefix}${attribute.name}`;
    if (value !== undefined && !isEmpty(value)) return missingParts(attribute, value, path);
    return attribute.required ? [path] : [];
  });

/** @returns the paths of required attributes without a value; a required extension without any attribute by its URN */
export function missingAttributes(attributes: JsonObject, { schema, extensions }: ResourceType): readonly string[] {
  const missing = extensions.flatMap((extension) => {
    const { id } = extension.schema;
    const container = own(attributes, id);
    if (isObject(container)) return missingIn(container, extension.schema.attributes, `${id}:`);
    if (!extension.required) return [];
    const names = missingIn({}, extension.schema.attributes, `${id}:`);
    return names.length === 0 ? [id] : names;
  });
  return [...missingIn(attributes, schema.attributes, ''), ...missing];
}

/** @throws invalidValue naming the first required attribute without a value */
export const checkRequired = (attributes: JsonObject, type: ResourceType): void => {
  const [absent] = missingAttributes(attributes, type);
  if (absent !== undefined) throw invalidValue(`${absent} is required`);
};
