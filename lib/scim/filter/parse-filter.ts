/** Parses filters (RFC 7644 section 3.4.2.2, figure 1); also accepts repeated spaces and spaces inside brackets. */
import type { Tolerate } from '../dialect.ts';
import { invalidFilter } from '../error.ts';
import type { Filter } from './ast.ts';
import { parseLogical } from './parse-logical.ts';
import { parseExpression } from './parse-term.ts';
import { createTokens } from './tokens.ts';

/** @throws invalidFilter with the position (from 1), the expected and the actual token */
export const parseFilter = (text: string, tolerate?: Tolerate): Filter => {
  const tokens = createTokens(text, { name: 'filter', error: invalidFilter, tolerate });
  const filter = parseLogical(tokens, parseExpression);
  const rest = tokens.take();
  if (rest.kind !== 'end') throw tokens.expected('and, or, or the end of the filter', rest);
  return filter;
};
