/** `and`, `or`, `not` and round brackets (RFC 7644 figure 1): `not` binds closest, then `and`, then `or`. */
import type { Logical } from './ast.ts';
import type { Token, Tokens } from './tokens.ts';

/** Reads the one kind of expression that the logical operators join. */
export type ParseTerm<Expression> = (tokens: Tokens) => Expression;

const isKeyword = ({ kind, text }: Token, keyword: string): boolean =>
  kind === 'word' && text.toLowerCase() === keyword;

const parseGroup = <Expression>(tokens: Tokens, parseTerm: ParseTerm<Expression>): Logical<Expression> => {
  const open = tokens.take();
  if (open.kind !== '(') throw tokens.refuse('an opening round bracket', open);
  const expression = tokens.nested(() => parseLogical(tokens, parseTerm));
  const close = tokens.take();
  if (close.kind !== ')') throw tokens.refuse('and, or, or a closing round bracket', close);
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

/** One or more of what `parsePart` reads, with the keyword between them. */
const parseJoined = <Expression>(
  tokens: Tokens,
  kind: 'and' | 'or',
  parsePart: () => Logical<Expression>,
): Logical<Expression> => {
  const first = parsePart();
  const terms = [first];
  while (isKeyword(tokens.peek(), kind)) {
    const keyword = tokens.take();
    if (!keyword.spaced) throw tokens.refuse('a space', keyword);
    const next = tokens.peek();
    if (next.kind === '(' && !next.spaced) throw tokens.refuse('a space', next);
    terms.push(parsePart());
  }
  return terms.length === 1 ? first : { kind, terms };
};

/** Reads as far as the expression goes; what comes then is for the caller to judge. */
export const parseLogical = <Expression>(tokens: Tokens, parseTerm: ParseTerm<Expression>): Logical<Expression> =>
  parseJoined(tokens, 'or', () => parseJoined(tokens, 'and', () => parseFactor(tokens, parseTerm)));
