/** Parsers of arguments and options. Each throws InvalidArgumentError with the expected form. */
import { InvalidArgumentError } from 'commander';
import * as z from 'zod';
import { eventTypes } from '../events/event-types.ts';
import { CliError } from './cli-error.ts';
import { toSentence } from './wording.ts';

/** @returns a parser that reports why a value does not fit the schema */
export const parserOf =
  <Value>(schema: z.core.$ZodType<Value>) =>
  (text: string): Value => {
    const parsed = z.safeParse(schema, text);
    if (!parsed.success)
      throw new InvalidArgumentError(toSentence(parsed.error.issues.map(({ message }) => message).join('; ')));
    return parsed.data;
  };

/** Validates a command's input. @throws CliError (bad usage) with the path of each invalid value */
export const parseUsage = <Value>(schema: z.core.$ZodType<Value>, input: unknown): Value => {
  const parsed = z.safeParse(schema, input);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new CliError(`Invalid settings: ${toSentence(faults.join('; '))}`, 2);
};

export const integerFrom =
  (min: number, max: number) =>
  (text: string): number => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max))
      throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
    return value;
  };

const DAY_MS = 24 * 60 * 60 * 1000;
/** Parses `90d` as ninety days from now, `2027-01-31` as the start of that day in UTC, or a time with an offset. */
export const parseExpiry = (text: string): string => {
  const days = /^([1-9][0-9]{0,4})d$/.exec(text)?.[1];
  if (days !== undefined) return new Date(Date.now() + Number(days) * DAY_MS).toISOString();
  const isDate = z.union([z.iso.date(), z.iso.datetime({ offset: true })]).safeParse(text).success;
  if (!isDate) throw new InvalidArgumentError('Expected 90d, 2027-01-31 or 2027-01-31T12:00:00Z.');
  return new Date(text).toISOString();
};

/** Parses `24h`, `90m` or `7d`; only 0 needs no unit. @returns hours */
export const parseHours = (text: string): number => {
  const [, count = '', unit = 'h'] = /^([0-9]{1,5})([mhd])?$/.exec(text) ?? [];
  const hours = Number(count) * ({ m: 1 / 60, h: 1, d: 24 }[unit] ?? Number.NaN);
  if (count === '' || (text === count && count !== '0')) throw new InvalidArgumentError('Expected 24h, 90m, 7d or 0.');
  return hours;
};

const MINUTE_MS = 60_000;
const units = new Map([
  ['m', MINUTE_MS],
  ['h', 60 * MINUTE_MS],
  ['d', DAY_MS],
]);
/** Parses an age such as `5m`, `2h` or `3d`, or an ISO 8601 time with an offset. @returns ISO 8601 in UTC */
export const parseTime = (text: string): string => {
  const [, count, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (count !== undefined) return new Date(Date.now() - Number(count) * (units.get(unit) ?? 0)).toISOString();
  if (!z.iso.datetime({ offset: true }).safeParse(text).success)
    throw new InvalidArgumentError('Expected 5m, 2h, 3d or 2027-01-31T12:00:00Z.');
  return new Date(text).toISOString();
};

const types: readonly string[] = Object.keys(eventTypes);
const nouns = [...new Set(types.map((type) => `${type.split('.', 1).join('')}.*`))];
const unknownType = (expected: readonly string[]) =>
  new InvalidArgumentError(`Expected one of ${expected.join(', ')}.`);

/** Parses an event type such as `user.created`. */
export const parseEventType = (text: string): string => {
  if (!types.includes(text)) throw unknownType(types);
  return text;
};
/** Adds an event type, or `user.*` for all user events. */
export const addEventType = (text: string, previous: readonly string[] = []): readonly string[] => {
  if (!types.includes(text) && !nouns.includes(text)) throw unknownType([...nouns, ...types]);
  return [...previous, text];
};
