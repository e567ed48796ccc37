/** Parses expressions on an attribute (RFC 7644 figure 1): `attrExp` and `valuePath`. */
import { type AttributePath, parseAttributePath } from '../schema/attribute-path.ts';
import type { Compare, Present, ValueFilter, ValuePath } from './ast.ts';
import type { ComparisonOperator } from './bound-filter.ts';
import { parseLogical } from './parse-logical.ts';
import type { Token, Tokens } from './tokens.ts';

const OPERATORS: ReadonlyMap<string, ComparisonOperator> = new Map(
  (['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] as const).map((operator) => [operator, operator]),
);
const KEYWORDS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);
const NUMBER = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/;
const A_VALUE = 'a value (a string in double quotes, a number, true, false or null)';

/** @returns undefined if the text is not a JSON number, or is out of range */
const toNumber = (text: string): number | undefined => {
  const number = NUMBER.test(text) ? Number(text) : Number.NaN;
  // Turns minus zero into zero, because minus zero does not survive printing.
  return Number.isFinite(number) ? number + 0 : undefined;
};

/** Words that may be meant otherwise: of the grammar, like null, or in single quotes. */
const AMBIGUOUS = /^(and|or|not|pr|eq|ne|co|sw|ew|g[te]|l[te]|nul|nil|undefined)$|^'/i;

const parseValue = (tokens: Tokens, operator: ComparisonOperator): Pick<Compare, 'value' | 'looseCase'> => {
  const token = tokens.take();
  if (token.kind === 'string' && !token.spaced) throw tokens.expected('a space', token);
  if (token.kind === 'string') return { value: token.text, looseCase: false };
  if (token.kind !== 'word') throw tokens.expected(A_VALUE, token);
  const lower = token.text.toLowerCase();
  const keyword = KEYWORDS.get(lower);
  if (keyword !== undefined) return { value: keyword, looseCase: lower !== token.text };
  const number = toNumber(token.text);
  if (number !== undefined) return { value: number, looseCase: false };
  const next = tokens.peek().kind;
  const isLast = operator === 'eq' && (next === 'end' || next === ']') && !AMBIGUOUS.test(token.text);
  if (isLast && tokens.tolerate('unquotedWord')) return { value: token.text, looseCase: false };
  // The error omits the word: a value that lacks its quotation marks may be a secret.
  throw tokens.expected(A_VALUE, { ...token, text: 'a word without double quotes' });
};

/** Parses the operator and value after a path. */
const parseOperation = (tokens: Tokens, path: AttributePath): Present | Compare => {
  const token = tokens.take();
  const name = token.kind === 'word' ? token.text.toLowerCase() : '';
  if (name === 'pr') return { kind: 'present', path };
  const operator = OPERATORS.get(name);
  if (operator === undefined) throw tokens.expected('an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr)', token);
  return { kind: 'compare', path, operator, ...parseValue(tokens, operator) };
};

/** @param token the token at the position of the path, not necessarily a word */
const toPath = (tokens: Tokens, token: Token, text: string): AttributePath => {
  const path = token.kind === 'word' ? parseAttributePath(text) : undefined;
  if (path === undefined) throw tokens.expected('an attribute', token);
  return path;
};

/** Parses an attribute path, with or without a URN and a sub-attribute. */
export const parsePath = (tokens: Tokens): AttributePath => {
  const token = tokens.take();
  return toPath(tokens, token, token.text);
};

const parseAttributeExpression = (tokens: Tokens): Present | Compare => {
  const path = parsePath(tokens);
  const next = tokens.peek();
  if (next.kind === '[') throw tokens.expected('an operator, because value paths cannot be nested', next);
  return parseOperation(tokens, path);
};

/** Whether the token opens a value filter: a square bracket directly after the attribute. */
export const isValueFilter = ({ kind, spaced }: Token): boolean => kind === '[' && !spaced;

/** Parses `[...]`; the next token must be its opening bracket. */
export const parseValueFilter = (tokens: Tokens): ValueFilter => {
  tokens.take();
  const filter = tokens.nested(() => parseLogical(tokens, parseAttributeExpression));
  const close = tokens.take();
  if (close.kind !== ']') throw tokens.expected('and, or, or a closing square bracket', close);
  return filter;
};

/** Parses an optional sub-attribute directly after a closing bracket, as in `emails[type eq "work"].value`. */
export const parseSubAttribute = (tokens: Tokens): AttributePath | undefined => {
  const token = tokens.peek();
  if (token.kind !== 'word' || token.spaced) return undefined;
  tokens.take();
  const sub = token.text.startsWith('.') ? parseAttributePath(token.text.slice(1)) : undefined;
  if (sub?.urn !== undefined || sub?.names.length !== 1)
    throw tokens.expected('a dot and the name of one sub-attribute', token);
  return sub;
};

/** Parses an expression on an attribute: `userName eq "x"`, `title pr`, `emails[type eq "work"]`. */
export const parseExpression = (tokens: Tokens): Present | Compare | ValuePath => {
  const path = parsePath(tokens);
  if (!isValueFilter(tokens.peek())) return parseOperation(tokens, path);
  const filter = parseValueFilter(tokens);
  const sub = parseSubAttribute(tokens);
  return { kind: 'valuePath', path, filter, after: sub === undefined ? undefined : parseOperation(tokens, sub) };
};
