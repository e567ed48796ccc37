/** Tokenizer of filters and paths. */
import type { Tolerate } from '../dialect.ts';
import type { ScimError } from '../error.ts';
import { limits } from '../limits.ts';
import { readString } from './string-literal.ts';

type Bracket = '(' | ')' | '[' | ']';
export type Token = {
  /** A word is any run of characters other than strings, brackets and spaces. */
  readonly kind: 'word' | 'string' | Bracket | 'end';
  /** A word as written, or the value of a string. */
  readonly text: string;
  readonly offset: number;
  /** Whether a space precedes it. */
  readonly spaced: boolean;
};

export type Tokens = {
  readonly tolerate: Tolerate;
  /** Returns the next token without consuming it; at the end, always the `end` token. */
  readonly peek: () => Token;
  /** Consumes and returns the next token. */
  readonly take: () => Token;
  /** Returns the error for an unexpected token. */
  readonly expected: (expected: string, token: Token) => ScimError;
  /** Runs the parser of the content of brackets. @throws if brackets are nested too deep */
  readonly nested: <Result>(parse: () => Result) => Result;
  /** Counts a term. @throws if there are too many */
  readonly countTerm: () => void;
};

/** How errors name the text, and the constructor of the errors. */
export type TokenErrors = {
  /** Called for a value without double quotes. @default refused */
  readonly tolerate?: Tolerate | undefined;
  readonly name: 'filter' | 'path';
  readonly error: (detail: string) => ScimError;
};

/** Maximum nesting depth of brackets. */
const MAX_NESTING = 50;
const BRACKETS: ReadonlySet<string> = new Set(['(', ')', '[', ']']);
const isBracket = (character: string): character is Bracket => BRACKETS.has(character);

const endOfWord = (text: string, start: number): number => {
  let end = start;
  while (end < text.length && text[end] !== ' ' && text[end] !== '"' && !isBracket(text.charAt(end))) end++;
  return end;
};

const describe = ({ kind, text }: Token, name: string): string => {
  if (kind === 'end') return `the end of the ${name}`;
  if (kind === 'string') return 'a string';
  return text.length <= 40 ? text : `${text.slice(0, 40)}...`;
};

/** Whether the text exceeds the limit. A UTF-16 code unit is at most three bytes, so most texts are never encoded. */
const isTooLong = (text: string): boolean =>
  text.length * 3 > limits.filterBytes &&
  (text.length > limits.filterBytes || new TextEncoder().encode(text).length > limits.filterBytes);

const problemAt = (name: string, offset: number, problem: string): string =>
  `The ${name} is invalid at character ${offset + 1}: ${problem}.`;

/** Reads the string at an offset. */
const stringAt = (text: string, offset: number, { name, error }: TokenErrors) => {
  const string = readString(text, offset);
  if ('expected' in string) throw error(problemAt(name, string.offset, `expected ${string.expected}`));
  return string;
};

const tokenize = (text: string, errors: TokenErrors): readonly Token[] => {
  const tokens: Token[] = [];
  let offset = 0;
  let spaced = false;
  while (offset < text.length) {
    const start = offset;
    const character = text.charAt(start);
    if (character === ' ') {
      offset++;
    } else if (isBracket(character)) {
      offset++;
      tokens.push({ kind: character, text: character, offset: start, spaced });
    } else if (character === '"') {
      const { value, end } = stringAt(text, start, errors);
      offset = end;
      tokens.push({ kind: 'string', text: value, offset: start, spaced });
    } else {
      offset = endOfWord(text, start);
      tokens.push({ kind: 'word', text: text.slice(start, offset), offset: start, spaced });
    }
    spaced = character === ' ';
  }
  return tokens;
};

/** @throws an error of `errors` for a text over `limits.filterBytes` or a malformed string */
export const createTokens = (text: string, errors: TokenErrors): Tokens => {
  const { name, error } = errors;
  if (isTooLong(text)) throw error(`The ${name} is longer than ${limits.filterBytes} bytes: shorten it.`);
  const tokens = tokenize(text, errors);
  const end: Token = { kind: 'end', text: '', offset: text.length, spaced: false };
  let index = 0;
  let depth = 0;
  let terms = 0;
  const peek = () => tokens[index] ?? end;
  return {
    tolerate: errors.tolerate ?? (() => false),
    peek,
    take: () => {
      const token = peek();
      index++;
      return token;
    },
    expected: (expected, token) =>
      error(problemAt(name, token.offset, `expected ${expected}, found ${describe(token, name)}`)),
    nested: (parse) => {
      depth++;
      if (depth > MAX_NESTING)
        throw error(`The ${name} has brackets more than ${MAX_NESTING} levels deep: simplify it.`);
      const result = parse();
      depth--;
      return result;
    },
    countTerm: () => {
      terms++;
      if (terms > limits.filterTerms) throw error(`The ${name} has more than ${limits.filterTerms} terms: use fewer.`);
    },
  };
};
