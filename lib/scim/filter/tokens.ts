/** A filter or path as a row of tokens, read once from left to right. */
import type { ScimError } from '../error.ts';
import { limits } from '../limits.ts';
import { readString } from './string-literal.ts';

type Bracket = '(' | ')' | '[' | ']';
export type Token = {
  /** A word is everything that is not a string, a bracket or a space. */
  readonly kind: 'word' | 'string' | Bracket | 'end';
  /** A word as written, a string's value. */
  readonly text: string;
  readonly offset: number;
  /** Whether a space comes before it. */
  readonly spaced: boolean;
};

export type Tokens = {
  /** The token that comes next; at the end, `end` again and again. */
  readonly peek: () => Token;
  readonly take: () => Token;
  /** The error that says what was expected where the given token is. */
  readonly refuse: (expected: string, token: Token) => ScimError;
  /** Runs a parser that reads what brackets hold. @throws when they lie too deep */
  readonly nested: <Result>(parse: () => Result) => Result;
  /** @throws when there are too many */
  readonly countTerm: () => void;
};

/** What is read: the word for it in errors, and how they are made. */
export type Reading = {
  readonly name: 'filter' | 'path';
  readonly error: (detail: string) => ScimError;
};

/** Brackets within brackets. */
const NESTING = 50;
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

/** A UTF-16 code unit is three bytes at the most: most texts need no counting. */
const isTooLong = (text: string): boolean =>
  text.length * 3 > limits.filterBytes &&
  (text.length > limits.filterBytes || new TextEncoder().encode(text).length > limits.filterBytes);

const notUnderstood = (name: string, offset: number, problem: string): string =>
  `The ${name} is not understood at character ${offset + 1}: ${problem}.`;

/** Reads the string at an offset. */
const stringAt = (text: string, offset: number, { name, error }: Reading) => {
  const string = readString(text, offset);
  if ('expected' in string) throw error(notUnderstood(name, string.offset, `expected ${string.expected}`));
  return string;
};

const tokenize = (text: string, reading: Reading): readonly Token[] => {
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
      const { value, end } = stringAt(text, start, reading);
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

/** @throws what `reading` makes, for a text over `limits.filterBytes` and for a malformed string */
export const createTokens = (text: string, reading: Reading): Tokens => {
  const { name, error } = reading;
  if (isTooLong(text)) throw error(`The ${name} is longer than ${limits.filterBytes} bytes.`);
  const tokens = tokenize(text, reading);
  const end: Token = { kind: 'end', text: '', offset: text.length, spaced: false };
  let index = 0;
  let depth = 0;
  let terms = 0;
  const peek = () => tokens[index] ?? end;
  return {
    peek,
    take: () => {
      const token = peek();
      index++;
      return token;
    },
    refuse: (expected, token) =>
      error(notUnderstood(name, token.offset, `expected ${expected}, found ${describe(token, name)}`)),
    nested: (parse) => {
      depth++;
      if (depth > NESTING) throw error(`The ${name} has brackets more than ${NESTING} deep.`);
      const result = parse();
      depth--;
      return result;
    },
    countTerm: () => {
      terms++;
      if (terms > limits.filterTerms) throw error(`The ${name} has more than ${limits.filterTerms} terms.`);
    },
  };
};
