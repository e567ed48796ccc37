/** Required attributes (RFC 7643 sections 2.2 and 6): those of the schemas, and those that a directory adds. */
import { invalidValue } from '../error.ts';
import { isObject, isUnassigned, type Json, type JsonObject, own } from '../json/json.ts';
import { onceForEach } from '../json/once-for-each.ts';
import type { Attribute, ResourceType } from './schema.ts';

const isEmpty = (value: Json | undefined) => value === '' || isUnassigned(value);

/** Few attributes are required, or have a part that is: looked for once for each schema. */
type Demanding = { readonly attribute: Attribute; readonly parts: readonly Attribute[] };
const demandingOf = onceForEach((attributes: readonly Attribute[]): readonly Demanding[] =>
  attributes
    .map((attribute) => ({ attribute, parts: (attribute.subAttributes ?? []).filter(({ required }) => required) }))
    .filter(({ attribute, parts }) => attribute.required || parts.length > 0),
);

/** A required sub-attribute is required in every value. */
const missingParts = (value: Json, parts: readonly Attribute[], path: string): readonly string[] => {
  const values: readonly Json[] = Array.isArray(value) ? value : [value];
  return values.flatMap((one) =>
    isObject(one) ? parts.filter(({ name }) => isEmpty(own(one, name))).map(({ name }) => `${path}.${name}`) : [],
  );
};

const missingIn = (container: JsonObject, attributes: readonly Attribute[], prefix: string): readonly string[] => {
  const missing: string[] = [];
  for (const { attribute, parts } of demandingOf(attributes)) {
    const value = own(container, attribute.name);
    if (value === undefined || isEmpty(value)) {
      if (attribute.required) missing.push(prefix + attribute.name);
    } else if (parts.length > 0) missing.push(...missingParts(value, parts, prefix + attribute.name));
  }
  return missing;
};

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
