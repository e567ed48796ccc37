/** Size checks of JSON in UTF-8 bytes, optimized for values far below the limit. */
import type { Json, JsonObject } from './json.ts';

const encoder = new TextEncoder();

export const byteLength = (text: string): number => encoder.encode(text).length;

/** Whether the text is longer. A UTF-16 unit is at most three bytes, so most strings are never encoded. */
export const isLonger = (text: string, bytes: number): boolean => text.length * 3 > bytes && byteLength(text) > bytes;

/** Upper bound of the bytes of a value as JSON (an escaped character takes six); much faster than serializing it. */
const maxBytes = (value: Json | undefined): number => {
  if (typeof value === 'string') return value.length * 6 + 2;
  if (typeof value !== 'object' || value === null) return 25;
  let bytes = 2;
  if (Array.isArray(value)) for (const one of value) bytes += maxBytes(one) + 1;
  else for (const name in value) bytes += name.length * 6 + 4 + maxBytes((value as JsonObject)[name]);
  return bytes;
};

/** Whether the value is longer when serialized as JSON. */
export const isLongerAsJson = (value: Json, bytes: number): boolean =>
  maxBytes(value) > bytes && isLonger(JSON.stringify(value), bytes);
