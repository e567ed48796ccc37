/** What comes from outside, checked: a refusal names each wrong field. */

import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import { badRequest } from './admin-error.ts';

/** zod/mini has no words of its own. */
z.config(en());

const MOST_FAULTS = 5;

/** @throws AdminError 400 */
export const parse = <Value>(schema: z.core.$ZodType<Value>, value: unknown): Value => {
  const parsed = z.safeParse(schema, value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  throw badRequest(faults.slice(0, MOST_FAULTS).join('; '));
};
