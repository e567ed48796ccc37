/** `and`, `or`, `not` and round brackets (RFC 7644 figure 1): `not` binds closest, then `and`, then `or`. */
import type { Logical } from './ast.ts';
import type { Token, Tokens } from './tokens.ts';

/** Parses an operand of the logical operators. */
export type ParseTerm<Expression> = (tokens: Tokens) => Expression;

const isKeyword = ({ kind, text }: Token, keyword: string): boolean =>
  kind === 'word' && text.toLowerCase() === keyword;

const parseGroup = <Expression>(tokens: Tokens, parseTerm: ParseTerm<Expression>): Logical<Expression> => {
  const open = tokens.take();
  if (open.kind !== '(') throw tokens.expected('an opening round bracket', open);
  const expression = tokens.nested(() => parseLogical(tokens, parseTerm));
  const close = tokens.take();
  if (close.kind !== ')') throw tokens.expected('and, or, or a closing round bracket', close);
  return expression;
};

const parseFactor = <Expression>(tokens: Tokens, parseTerm: ParseTerm<Expression>): Logical<Expression> => {
  const token = tokens.peek();
  if (token.kind === '(') return parseGroup(tokens, parseTerm);
  if (!isKeyword(token, 'not')) {
    tokens.countTerm();
    return parseTerm(tokens);
  }
  tokens.take();
  return { kind: 'not', term: parseGroup(tokens, parseTerm) };
};

/** Parses one or more parts separated by the keyword. */
const parseJoined = <Expression>(
  tokens: Tokens,
  kind: 'and' | 'or',
  parsePart: () => Logical<Expression>,
): Logical<Expression> => {
  const first = parsePart();
  const terms = [first];
  while (isKeyword(tokens.peek(), kind)) {
    const keyword = tokens.take();
    if (!keyword.spaced) throw tokens.expected('a space', keyword);
    const next = tokens.peek();
    if (next.kind === '(' && !next.spaced) throw tokens.expected('a space', next);
    terms.push(parsePart());
  }
  return terms.length === 1 ? first : { kind, terms };
};

/** Parses the longest expression; the caller checks the token after it. */
export const parseLogical = <Expression>(tokens: Tokens, parseTerm: ParseTerm<Expression>): Logical<Expression> =>
  parseJoined(tokens, 'or', () => parseJoined(tokens, 'and', () => parseFactor(tokens, parseTerm)));
