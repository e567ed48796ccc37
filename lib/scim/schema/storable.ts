/** Checks that a resource can be stored: its size, and its indexed values (`limits.ts`). */
import { invalidValue } from '../error.ts';
import { fold } from '../json/fold.ts';
import { isObject, type Json, type JsonObject, own } from '../json/json.ts';
import { isLonger, isLongerAsJson } from '../json/json-size.ts';
import { onceForEach } from '../json/once-for-each.ts';
import { limits } from '../limits.ts';
import type { ResourceType, Schema } from './schema.ts';

const uniqueNames = ({ attributes }: Schema): readonly string[] =>
  attributes.filter(({ uniqueness }) => uniqueness !== 'none').map(({ name }) => name);

/** Paths of the attributes whose values must be unique in a directory. */
export const uniquePaths = ({ schema, extensions }: ResourceType): readonly string[] => [
  ...uniqueNames(schema),
  ...extensions.flatMap((extension) => uniqueNames(extension.schema).map((name) => `${extension.schema.id}:${name}`)),
];

/** A parsed path with indexed values, such as `emails.value`, possibly with the URN of an extension. */
type IndexedPath = {
  readonly path: string;
  readonly extension: string | undefined;
  readonly name: string;
  readonly sub: string | undefined;
};

const toIndexedPath = (path: string): IndexedPath => {
  const colon = path.lastIndexOf(':');
  const [name = '', sub] = path.slice(colon + 1).split('.');
  return { path, extension: colon < 0 ? undefined : path.slice(0, colon), name, sub };
};
const indexedPaths = onceForEach((type: ResourceType): readonly IndexedPath[] =>
  [...new Set([...uniquePaths(type), ...type.lookups, ...type.sorted])].map(toIndexedPath),
);

const valueAt = (attributes: JsonObject, { extension, name }: IndexedPath): Json | undefined => {
  const container = extension === undefined ? attributes : own(attributes, extension);
  return isObject(container) ? own(container, name) : undefined;
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: matches control characters on purpose
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** Fast path: most values are printable ASCII, which folding does not lengthen and where nothing is forbidden. */
const PRINTABLE_ASCII = /^[ -~]*$/;

const checkIndexed = (value: Json | undefined, { path, sub }: IndexedPath): void => {
  const text = sub !== undefined && isObject(value) ? own(value, sub) : value;
  if (typeof text !== 'string') return;
  if (text.length <= limits.indexedBytes && PRINTABLE_ASCII.test(text)) return;
  if (isLonger(fold(text), limits.indexedBytes))
    throw invalidValue(`${path} is longer than ${limits.indexedBytes} bytes: shorten it.`);
  if (CONTROL.test(text)) throw invalidValue(`${path} contains a control character: remove it.`);
};

/**
 * Checks the attributes of a resource.
 * @param attributes under canonical names
 * @throws invalidValue (400) if the resource is too large, or an indexed value is too long or has a control character
 */
export function checkStorable(attributes: JsonObject, type: ResourceType): void {
  if (isLongerAsJson(attributes, limits.resourceBytes))
    throw invalidValue(`The resource is larger than ${limits.resourceBytes / 1024} KB: shorten or remove attributes.`);
  for (const indexed of indexedPaths(type)) {
    const value = valueAt(attributes, indexed);
    if (Array.isArray(value)) for (const one of value) checkIndexed(one, indexed);
    else checkIndexed(value, indexed);
  }
}
