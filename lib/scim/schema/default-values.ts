/** What a resource gets where the client says nothing: a directory may give an attribute a default. */
import { isObject, type Json, type JsonObject, own } from '../json/json.ts';
import type { Attribute, ResourceType } from './schema.ts';

const fill = (container: JsonObject, attributes: readonly Attribute[]): JsonObject => {
  const added = attributes.flatMap(({ name, default: value }): [string, Json][] =>
    value === undefined || Object.hasOwn(container, name) ? [] : [[name, value]],
  );
  return added.length === 0 ? container : { ...container, ...Object.fromEntries(added) };
};

/** @returns the attributes with the defaults of POST and PUT (RFC 7644 section 3.5.1: a PUT may assign them again) */
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
