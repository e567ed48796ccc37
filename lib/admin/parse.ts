/** What comes from outside, checked: a refusal names each wrong field. */
import * as z from 'zod/mini';
import { badRequest } from './admin-error.ts';

/** zod/mini has no words of its own, and those of zod are more than the function needs to load. */
const words = (issue: z.core.$ZodRawIssue): string | undefined => {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${issue.expected === 'record' ? 'object' : issue.expected}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'too_small':
      return `must ${sized(issue.origin)}be ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`;
    case 'too_big':
      return `must ${sized(issue.origin)}be at most ${issue.maximum}`;
    case 'unrecognized_keys':
      return `has no ${issue.keys.join(', ')}`;
    case 'invalid_format':
      return `is not a valid ${issue.format}`;
    default:
      return undefined;
  }
};
const sized = (origin: string) => (origin === 'string' || origin === 'array' ? 'in its length ' : '');
z.config({ customError: words });

const MOST_FAULTS = 5;

/** @throws AdminError 400 */
export const parse = <Value>(schema: z.core.$ZodType<Value>, value: unknown): Value => {
  const parsed = z.safeParse(schema, value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  throw badRequest(faults.slice(0, MOST_FAULTS).join('; '));
};
