/** Parses the path of a PATCH operation (RFC 7644 section 3.5.2, figure 7), with names as written. */

import type { Tolerate } from '../dialect.ts';
import { invalidPath } from '../error.ts';
import type { ValueFilter } from '../filter/ast.ts';
import { isValueFilter, parsePath, parseSubAttribute, parseValueFilter } from '../filter/parse-term.ts';
import { createTokens } from '../filter/tokens.ts';
import type { AttributePath } from '../schema/attribute-path.ts';

/** A path such as `addresses[type eq "work"].streetAddress`. Without brackets, `path` includes the sub-attribute. */
export type PatchPath = {
  readonly path: AttributePath;
  readonly filter: ValueFilter | undefined;
  /** The sub-attribute after the brackets. */
  readonly sub: string | undefined;
};

/** @throws invalidPath with the position (from 1), the expected and the actual token */
export const parsePatchPath = (text: string, tolerate?: Tolerate): PatchPath => {
  const tokens = createTokens(text, { name: 'path', error: invalidPath, tolerate });
  const path = parsePath(tokens);
  const filter = isValueFilter(tokens.peek()) ? parseValueFilter(tokens) : undefined;
  const sub = filter === undefined ? undefined : parseSubAttribute(tokens)?.names[0];
  const rest = tokens.take();
  if (rest.kind !== 'end') throw tokens.expected('the end of the path', rest);
  return { path, filter, sub };
};
