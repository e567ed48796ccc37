/** Conversions that lose nothing, for clients whose templates have one type for all values (`any.convertedValue`). */
import type { Tolerate } from '../dialect.ts';
import type { Json } from '../json/json.ts';

/** `active` alone also has the forms 0 and 1. */
type Wanted = 'string' | 'integer' | 'decimal' | 'boolean' | 'active';

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?$/;

/** @returns undefined unless the text is a number that its double-precision value represents exactly */
const toNumber = (text: string): number | undefined => {
  const number = NUMBER.test(text) ? Number(text) : Number.NaN;
  const shortest = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  return String(number) === shortest ? number : undefined;
};

const toBoolean = (wanted: Wanted, value: Json, tolerate: Tolerate): Json => {
  const text = typeof value === 'string' ? value.toLowerCase() : '';
  if ((text === 'true' || text === 'false') && tolerate('booleanString')) return text === 'true';
  const isBit = wanted === 'active' && [0, 1, '0', '1'].some((bit) => bit === value);
  return isBit && tolerate('convertedValue') ? Number(value) === 1 : value;
};

/** @returns the value with the wanted type; any other value that cannot be converted without loss is returned as it is */
export const withType = (wanted: Wanted, value: Json, tolerate: Tolerate): Json => {
  if (wanted === 'boolean' || wanted === 'active') return toBoolean(wanted, value, tolerate);
  if (wanted === 'string')
    return typeof value === 'number' && tolerate('convertedValue', value) ? String(value) : value;
  const number = typeof value === 'string' ? toNumber(value) : undefined;
  return number !== undefined && tolerate('convertedValue') ? number : value;
};
