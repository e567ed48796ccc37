/** Default values, which a directory may define for attributes that a client omits. */
import { isObject, type Json, type JsonObject, own } from '../json/json.ts';
import type { Attribute, ResourceType } from './schema.ts';

const fill = (container: JsonObject, attributes: readonly Attribute[]): JsonObject => {
  const added = attributes.flatMap(({ name, default: value }): [string, Json][] =>
    value === undefined || Object.hasOwn(container, name) ? [] : [[name, value]],
  );
  return added.length === 0 ? container : { ...container, ...Object.fromEntries(added) };
};

/** Adds the defaults in a POST or PUT; RFC 7644 section 3.5.1 allows a PUT to assign them again. */
export function withDefaults(attributes: JsonObject, { schema, extensions }: ResourceType): JsonObject {
  let filled = fill(attributes, schema.attributes);
  for (const extension of extensions) {
    const { id } = extension.schema;
    const given = own(filled, id);
    const before = isObject(given) ? given : {};
    const after = fill(before, extension.schema.attributes);
    if (after !== before) filled = { ...filled, [id]: after };
  }
  return filled;
}
