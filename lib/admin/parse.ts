/** Validates request bodies. An error names the invalid fields. */
import * as z from 'zod/mini';
import { badRequest } from './admin-error.ts';

/** Error messages: zod/mini has none, and those of zod are too much for the function to load. */
const toMessage = (issue: z.core.$ZodRawIssue): string | undefined => {
  switch (issue.code) {
    case 'invalid_type':
      return `must be of type ${issue.expected === 'record' ? 'object' : issue.expected}`;
    case 'invalid_value':
      return `expected one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'too_small':
      return `must ${measure(issue.origin)} ${issue.inclusive === false ? 'greater than' : 'at least'} ${issue.minimum}`;
    case 'too_big':
      return `must ${measure(issue.origin)} at most ${issue.maximum}`;
    case 'unrecognized_keys':
      return `unknown ${issue.keys.length === 1 ? 'field' : 'fields'} ${issue.keys.join(', ')}`;
    case 'invalid_format':
      return `is not a valid ${issue.format}`;
    default:
      return undefined;
  }
};
const measure = (origin: string) => (origin === 'string' || origin === 'array' ? 'have a length of' : 'be');
z.config({ customError: toMessage });

const MAX_FAULTS = 5;

/** @throws AdminError 400 */
export const parse = <Value>(schema: z.core.$ZodType<Value>, value: unknown): Value => {
  const parsed = z.safeParse(schema, value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  throw badRequest(faults.slice(0, MAX_FAULTS).join('; '));
};
