/**
 * Extension attributes under names without dots and colons. Input transformers of EventBridge accept paths such as
 * `$.detail.attributes.department`, and no brackets, so they cannot reach an attribute under a URN.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
import { isObject, type Json, type JsonObject, own, type ResourceType } from '../scim/index.ts';

/** SCIM names may contain `-` and `$`. */
const plain = (name: string) => name.replaceAll(/\W/g, '_');
const withPlainNames = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(withPlainNames);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [plain(name), withPlainNames(part)]));
};

/**
 * Attributes of the first extension, the enterprise user's, keep their names; a later one whose name is taken is
 * `<name of its schema>_<name>`.
 * @param resource the resource as the event shows it
 */
export const flatAttributes = (type: ResourceType, resource: JsonObject): JsonObject => {
  const flat = new Map<string, Json>();
  for (const { schema } of type.extensions) {
    const extension = own(resource, schema.id);
    if (!isObject(extension)) continue;
    for (const [name, value] of Object.entries(extension)) {
      const short = plain(name);
      flat.set(flat.has(short) ? `${plain(schema.name)}_${short}` : short, withPlainNames(value));
    }
  }
  return Object.fromEntries(flat);
};
