/** Validates request bodies. An error names the invalid fields. */
import * as z from 'zod/mini';
import { AdminError, badRequest } from './admin-error.ts';

/** Never left to zod, whose words depend on the modules that are loaded. */
const INVALID = 'is not valid';
const expectedOneOf = (values: readonly unknown[]) =>
  `expected one of ${values.map((value) => JSON.stringify(value)).join(', ')}`;
/** Error messages: zod/mini has none, and those of zod are too much for the function to load. */
const toMessage = (issue: z.core.$ZodRawIssue): string => {
  switch (issue.code) {
    case 'invalid_type':
      return `must be of type ${issue.expected === 'record' ? 'object' : issue.expected}`;
    case 'invalid_value':
      return expectedOneOf(issue.values);
    case 'too_small':
      return `must ${measure(issue.origin)} ${issue.inclusive === false ? 'greater than' : 'at least'} ${issue.minimum}`;
    case 'too_big':
      return `must ${measure(issue.origin)} at most ${issue.maximum}`;
    case 'unrecognized_keys':
      return `unknown ${issue.keys.length === 1 ? 'field' : 'fields'} ${issue.keys.join(', ')}`;
    case 'invalid_format':
      return `is not a valid ${issue.format}`;
    case 'invalid_union':
      return 'options' in issue && Array.isArray(issue.options) ? expectedOneOf(issue.options) : INVALID;
    default:
      return INVALID;
  }
};
const measure = (origin: string) => (origin === 'string' || origin === 'array' ? 'have a length of' : 'be');
/** Passed with each call, because a setting of zod holds for every module of the process. */
const WORDS = { error: toMessage } as const;

const MAX_FAULTS = 5;

/** @throws AdminError 400 */
export const parse = <Value>(schema: z.core.$ZodType<Value>, value: unknown): Value => {
  const parsed = z.safeParse(schema, value, WORDS);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  throw badRequest(faults.slice(0, MAX_FAULTS).join('; '));
};

// An unpaired surrogate, which only an escape can produce. DynamoDB rejects it with an error that looks like an outage.
const LONE_SURROGATE = /[\ud800-\udfff]/u;
/** A reviver. The validation would ignore `__proto__`, which no setting has, where it refuses other unknown fields. */
const refuseUnreadable = (name: string, value: unknown): unknown => {
  if (name === '__proto__') throw badRequest('unknown field __proto__');
  if (LONE_SURROGATE.test(name + (typeof value === 'string' ? ` ${value}` : '')))
    throw badRequest('The body contains an unpaired surrogate.');
  return value;
};

/** @throws AdminError 400 */
export const parseJsonBody = (text: string): unknown => {
  try {
    return JSON.parse(text, refuseUnreadable);
  } catch (error) {
    throw error instanceof AdminError ? error : badRequest('The body is not JSON.');
  }
};
