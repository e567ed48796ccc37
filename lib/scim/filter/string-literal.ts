/** Parses JSON strings (RFC 8259 section 7) inside a longer text, in one pass. */

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);
const FOUR_HEX_DIGITS = /^[0-9A-Fa-f]{4}$/;
// Not \p{Surrogate}: resolving a Unicode property at load time takes longer than loading the rest of the module.
const LONE_SURROGATE = /[\ud800-\udfff]/u;

/** The string's value and the offset after its closing quotation mark; or the failed expectation and its offset. */
export type StringLiteral =
  | { readonly value: string; readonly end: number }
  | { readonly expected: string; readonly offset: number };

/** @param offset offset of the backslash */
const readEscape = (text: string, offset: number): { readonly value: string; readonly end: number } | undefined => {
  const letter = text.charAt(offset + 1);
  if (letter === 'u') {
    const digits = text.slice(offset + 2, offset + 6);
    const value = String.fromCharCode(Number.parseInt(digits, 16));
    return FOUR_HEX_DIGITS.test(digits) ? { value, end: offset + 6 } : undefined;
  }
  const value = ESCAPES.get(letter);
  return value === undefined ? undefined : { value, end: offset + 2 };
};

/** @param start offset of the opening quotation mark */
export const readString = (text: string, start: number): StringLiteral => {
  let value = '';
  let offset = start + 1;
  let unread = offset;
  while (offset < text.length) {
    const character = text.charAt(offset);
    if (character < ' ') return { expected: 'control characters in a string to be escaped', offset };
    if (character === '"') {
      value += text.slice(unread, offset);
      if (LONE_SURROGATE.test(value)) return { expected: 'a string without lone surrogates', offset: start };
      return { value, end: offset + 1 };
    }
    if (character !== '\\') {
      offset++;
      continue;
    }
    const escaped = readEscape(text, offset);
    if (escaped === undefined) return { expected: 'a JSON escape sequence', offset };
    value += text.slice(unread, offset) + escaped.value;
    offset = escaped.end;
    unread = offset;
  }
  return { expected: 'a closing quotation mark for the string that starts here', offset: start };
};
