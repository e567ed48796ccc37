/** What can be kept: sizes of a resource and of the values that an index holds (`limits.ts`). */
import { invalidValue } from './error.ts';
import { fold } from './fold.ts';
import { isObject, type Json, type JsonObject, own } from './json.ts';
import { limits } from './limits.ts';
import type { ResourceType, Schema } from './schema.ts';

const encoder = new TextEncoder();
/** A UTF-16 unit is at most three bytes, so most strings need no encoding to be known short enough. */
export const isLonger = (text: string, bytes: number): boolean => text.length * 3 > bytes && byteLength(text) > bytes;
/** In UTF-8. */
export const byteLength = (text: string): number => encoder.encode(text).length;

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
const known = new WeakMap<ResourceType, readonly IndexedPath[]>();
const indexedPaths = (type: ResourceType): readonly IndexedPath[] => {
  const paths =
    known.get(type) ?? [...new Set([...uniquePaths(type), ...type.lookups, ...type.sorted])].map(toIndexedPath);
  known.set(type, paths);
  return paths;
};

const valuesAt = (attributes: JsonObject, { extension, name }: IndexedPath): readonly Json[] => {
  const container = extension === undefined ? attributes : own(attributes, extension);
  const value = isObject(container) ? own(container, name) : undefined;
  if (Array.isArray(value)) return value;
  return value === undefined ? [] : [value];
};

/** Bytes that a value takes as JSON at the most, where an escape makes six of one character: far quicker than to write it. */
const mostBytes = (value: Json | undefined): number => {
  if (typeof value === 'string') return value.length * 6 + 2;
  if (typeof value !== 'object' || value === null) return 25;
  let bytes = 2;
  if (Array.isArray(value)) for (const one of value) bytes += mostBytes(one) + 1;
  else for (const name in value) bytes += name.length * 6 + 4 + mostBytes((value as JsonObject)[name]);
  return bytes;
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** What most values are: nothing in it to fold, and nothing forbidden. */
const PRINTABLE_ASCII = /^[ -~]*$/;

const checkIndexed = (text: string, path: string): void => {
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
  if (mostBytes(attributes) > limits.resourceBytes && isLonger(JSON.stringify(attributes), limits.resourceBytes))
    throw invalidValue(`the resource is larger than ${limits.resourceBytes / 1024} KB`);
  for (const indexed of indexedPaths(type))
    for (const value of valuesAt(attributes, indexed)) {
      const text = indexed.sub !== undefined && isObject(value) ? own(value, indexed.sub) : value;
      if (typeof text === 'string') checkIndexed(text, indexed.path);
    }
}
