/** Filters (RFC 7644 section 3.4.2.2) from text, as figure 1 has them; several spaces, and spaces in brackets, are taken. */
import { invalidFilter } from '../error.ts';
import type { Filter } from './ast.ts';
import { parseLogical } from './parse-logical.ts';
import { parseExpression } from './parse-term.ts';
import { createTokens } from './tokens.ts';

/** @throws invalidFilter that says what was expected, what was found, and at which character, the first being 1 */
export const parseFilter = (text: string): Filter => {
  const tokens = createTokens(text, { name: 'filter', error: invalidFilter });
  const filter = parseLogical(tokens, parseExpression);
  const rest = tokens.take();
  if (rest.kind !== 'end') throw tokens.refuse('and, or, or the end of the filter', rest);
  return filter;
};
