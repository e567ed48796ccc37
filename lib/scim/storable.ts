/** What can be kept: sizes of a resource and of the values that an index holds (`limits.ts`). */
import { invalidValue } from './error.ts';
import { fold } from './fold.ts';
import { isObject, type Json, type JsonObject, own } from './json.ts';
import { limits } from './limits.ts';
import type { ResourceType } from './schema.ts';

const encoder = new TextEncoder();
/** A UTF-16 unit is at most three bytes, so most strings need no encoding to be known short enough. */
export const isLonger = (text: string, bytes: number): boolean => text.length * 3 > bytes && byteLength(text) > bytes;
/** In UTF-8. */
export const byteLength = (text: string): number => encoder.encode(text).length;

/** Paths of the attributes that no two resources of a directory may share. */
export const uniquePaths = (type: ResourceType): readonly string[] =>
  type.schema.attributes.filter(({ uniqueness }) => uniqueness !== 'none').map(({ name }) => name);

const textsAt = (attributes: JsonObject, path: string): readonly string[] => {
  const [name = '', sub] = path.split('.');
  const value = own(attributes, name);
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
  for (const path of new Set([...uniquePaths(type), ...type.lookups, ...type.sorted]))
    for (const text of textsAt(attributes, path)) {
      if (isLonger(fold(text), limits.indexedBytes))
        throw invalidValue(`${path} is longer than ${limits.indexedBytes} bytes`);
      if (CONTROL.test(text)) throw invalidValue(`${path} has a control character`);
    }
}
