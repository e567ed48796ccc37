/** Size checks of JSON in UTF-8 bytes, optimized for values far below the limit. */
import type { Json, JsonObject } from './json.ts';

const encoder = new TextEncoder();

const byteLength = (text: string): number => encoder.encode(text).length;

/** Whether the text is longer. A UTF-16 unit is at most three bytes, so most strings are never encoded. */
export const isLonger = (text: string, bytes: number): boolean => text.length * 3 > bytes && byteLength(text) > bytes;

/**
 * Upper bound of the bytes of a value as JSON, also inside a JSON string (an escaped character then takes seven, a quote
 * two); much faster than serializing it.
 */
const maxBytes = (value: unknown): number => {
  if (typeof value === 'string') return value.length * 7 + 4;
  if (typeof value !== 'object' || value === null) return 25;
  let bytes = 2;
  if (Array.isArray(value)) for (const one of value) bytes += maxBytes(one) + 1;
  else for (const name in value) bytes += name.length * 7 + 6 + maxBytes((value as JsonObject)[name]);
  return bytes;
};

/** Whether the value is longer when serialized as JSON. */
export const isLongerAsJson = (value: Json, bytes: number): boolean =>
  maxBytes(value) > bytes && isLonger(JSON.stringify(value), bytes);

/** Bytes of the value as JSON inside a JSON string, as Lambda returns a body: its quotes and backslashes are escaped. */
const bytesInString = (value: object): number => byteLength(JSON.stringify(JSON.stringify(value)));

/** Whether the value is longer when serialized as JSON inside a JSON string. */
export const isLongerInString = (value: object, bytes: number): boolean =>
  maxBytes(value) > bytes && bytesInString(value) > bytes;

/** @returns how many of the values, from the first on and at least one, are not longer in a JSON string */
export const countFitting = (values: readonly object[], bytes: number): number => {
  if (!isLongerInString(values, bytes)) return values.length;
  let size = 0;
  const end = values.findIndex((value, i) => {
    size += bytesInString(value);
    return i > 0 && size > bytes;
  });
  return end < 0 ? values.length : end;
};
