/** What can be kept: sizes of a resource and of the values that an index holds (`limits.ts`). */
import { invalidValue } from '../error.ts';
import { fold } from '../json/fold.ts';
import { isObject, type Json, type JsonObject, own } from '../json/json.ts';
import { isLonger, isLongerAsJson } from '../json/json-size.ts';
import { onceForEach } from '../json/once-for-each.ts';
import { limits } from '../limits.ts';
import type { ResourceType, Schema } from './schema.ts';

const uniqueNames = ({ attributes }: Schema): readonly string[] =>
  attributes.filter(({ uniqueness }) => uniqueness !== 'none').map(({ name }) => name);

/** Paths of the attributes that no two resources of a directory may share. */
export const uniquePaths = ({ schema, extensions }: ResourceType): readonly string[] => [
  ...uniqueNames(schema),
  ...extensions.flatMap((extension) => uniqueNames(extension.schema).map((name) => `${extension.schema.id}:${name}`)),
];

/** A path that an index holds the values of, taken apart: `emails.value`, also behind the URN of an extension. */
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

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** What most values are: nothing in it to fold, and nothing forbidden. */
const PRINTABLE_ASCII = /^[ -~]*$/;

const checkIndexed = (value: Json | undefined, { path, sub }: IndexedPath): void => {
  const text = sub !== undefined && isObject(value) ? own(value, sub) : value;
  if (typeof text !== 'string') return;
  if (text.length <= limits.indexedBytes && PRINTABLE_ASCII.test(text)) return;
  if (isLonger(fold(text), limits.indexedBytes))
    throw invalidValue(`${path} is longer than ${limits.indexedBytes} bytes`);
  if (CONTROL.test(text)) throw invalidValue(`${path} has a control character`);
};

/**
 * @param attributes of a resource, under canonical names
 * @throws invalidValue (400) when it is too large, or when an indexed value is too long or has a control character
 */
export function checkStorable(attributes: JsonObject, type: ResourceType): void {
  if (isLongerAsJson(attributes, limits.resourceBytes))
    throw invalidValue(`the resource is larger than ${limits.resourceBytes / 1024} KB`);
  for (const indexed of indexedPaths(type)) {
    const value = valueAt(attributes, indexed);
    if (Array.isArray(value)) for (const one of value) checkIndexed(one, indexed);
    else checkIndexed(value, indexed);
  }
}
