/** Required attributes (RFC 7643 sections 2.2 and 6) of the schemas, including those that a directory adds. */
import { invalidValue } from '../error.ts';
import { isObject, isUnassigned, type Json, type JsonObject, own } from '../json/json.ts';
import { onceForEach } from '../json/once-for-each.ts';
import type { Attribute, ResourceType } from './schema.ts';

const isEmpty = (value: Json | undefined) => value === '' || isUnassigned(value);

/** An attribute that is required or has required sub-attributes. Few are, so they are collected once per schema. */
type Requirement = { readonly attribute: Attribute; readonly subs: readonly Attribute[] };
const requirementsOf = onceForEach((attributes: readonly Attribute[]): readonly Requirement[] =>
  attributes
    .map((attribute) => ({ attribute, subs: (attribute.subAttributes ?? []).filter(({ required }) => required) }))
    .filter(({ attribute, subs }) => attribute.required || subs.length > 0),
);

/** A required sub-attribute is required in every value. */
const missingSubs = (value: Json, subs: readonly Attribute[], path: string): readonly string[] => {
  const values: readonly Json[] = Array.isArray(value) ? value : [value];
  return values.flatMap((one) =>
    isObject(one) ? subs.filter(({ name }) => isEmpty(own(one, name))).map(({ name }) => `${path}.${name}`) : [],
  );
};

const missingIn = (container: JsonObject, attributes: readonly Attribute[], prefix: string): readonly string[] => {
  const missing: string[] = [];
  for (const { attribute, subs } of requirementsOf(attributes)) {
    const value = own(container, attribute.name);
    if (value === undefined || isEmpty(value)) {
      if (attribute.required) missing.push(prefix + attribute.name);
    } else if (subs.length > 0) missing.push(...missingSubs(value, subs, prefix + attribute.name));
  }
  return missing;
};

/** @returns the paths of required attributes without a value, and the URN of a missing required extension */
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
  if (absent !== undefined) throw invalidValue(`${absent} is required: provide a value.`);
};
