/** The path of a PATCH operation (RFC 7644 section 3.5.2, figure 7) from text, with names as written. */

import { invalidPath } from '../error.ts';
import type { ValueFilter } from '../filter/ast.ts';
import { isValueFilter, parsePath, parseSubAttribute, parseValueFilter } from '../filter/parse-term.ts';
import { createTokens } from '../filter/tokens.ts';
import type { AttributePath } from '../schema/attribute-path.ts';

/** `addresses[type eq "work"].streetAddress`; without brackets a sub-attribute is the last of the path's names. */
export type PatchPath = {
  readonly path: AttributePath;
  readonly filter: ValueFilter | undefined;
  /** The sub-attribute behind the brackets. */
  readonly sub: string | undefined;
};

/** @throws invalidPath that says what was expected, what was found, and at which character, the first being 1 */
export const parsePatchPath = (text: string): PatchPath => {
  const tokens = createTokens(text, { name: 'path', error: invalidPath });
  const path = parsePath(tokens);
  const filter = isValueFilter(tokens.peek()) ? parseValueFilter(tokens) : undefined;
  const sub = filter === undefined ? undefined : parseSubAttribute(tokens)?.names[0];
  const rest = tokens.take();
  if (rest.kind !== 'end') throw tokens.refuse('the end of the path', rest);
  return { path, filter, sub };
};
