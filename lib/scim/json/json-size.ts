/** How many bytes JSON takes in UTF-8, asked of what nearly always is far below the limit. */
import type { Json, JsonObject } from './json.ts';

const encoder = new TextEncoder();

export const byteLength = (text: string): number => encoder.encode(text).length;

/** A UTF-16 unit is at most three bytes, so most strings need no encoding to be known short enough. */
export const isLonger = (text: string, bytes: number): boolean => text.length * 3 > bytes && byteLength(text) > bytes;

/** Bytes that a value takes as JSON at the most, where an escape makes six of one character: far quicker than to write it. */
const mostBytes = (value: Json | undefined): number => {
  if (typeof value === 'string') return value.length * 6 + 2;
  if (typeof value !== 'object' || value === null) return 25;
  let bytes = 2;
  if (Array.isArray(value)) for (const one of value) bytes += mostBytes(one) + 1;
  else for (const name in value) bytes += name.length * 6 + 4 + mostBytes((value as JsonObject)[name]);
  return bytes;
};

/** Whether the value, written as JSON, is longer. */
export const isLongerAsJson = (value: Json, bytes: number): boolean =>
  mostBytes(value) > bytes && isLonger(JSON.stringify(value), bytes);
