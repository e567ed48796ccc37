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

/** @param path as `emails.value`, or with the URN of an extension before it */
const textsAt = (attributes: JsonObject, path: string): readonly string[] => {
  const colon = path.lastIndexOf(':');
  const container = colon < 0 ? attributes : own(attributes, path.slice(0, colon));
  const [name = '', sub] = path.slice(colon + 1).split('.');
  const value = isObject(container) ? own(container, name) : undefined;
  const values: readonly Json[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return values
    .map((one) => (sub !== undefined && isObject(one) ? own(one, sub) : one))
    .filter((one) => typeof one === 'string');
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/**
 * @param attributes of a resource, under canonical names
 * @throws invalidValue (400) when it is too large, or when an indexed value is too long or has a control character
 */
export function checkStorable(attributes: JsonObject, type: ResourceType): void {
  if (isLonger(JSON.stringify(attributes), limits.resourceBytes))
    throw invalidValue(`the resource is larger than ${limits.resourceBytes / 1024} KB`);
  for (const path of new Set([...uniquePaths(type), ...type.lookups, 'displayName']))
    for (const text of textsAt(attributes, path)) {
      if (isLonger(fold(text), limits.indexedBytes))
        throw invalidValue(`${path} is longer than ${limits.indexedBytes} bytes`);
      if (CONTROL.test(text)) throw invalidValue(`${path} has a control character`);
    }
}
