/** JSON strings (RFC 8259 section 7), read in one pass from inside a longer text. */

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
// Not \p{Surrogate}: a property of Unicode is looked up when the module loads, and takes longer than all the rest of it.
const LONE_SURROGATE = /[\ud800-\udfff]/u;

/** The string's value and the offset behind its closing quotation mark; or what is wrong, and at which offset. */
export type StringLiteral =
  | { readonly value: string; readonly end: number }
  | { readonly expected: string; readonly offset: number };

/** @param offset of the backslash */
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
    if (character < ' ') return { expected: 'no control character in a string other than as an escape', offset };
    if (character === '"') {
      value += text.slice(unread, offset);
      if (LONE_SURROGATE.test(value)) return { expected: 'a string of whole Unicode characters', offset: start };
      return { value, end: offset + 1 };
    }
    if (character !== '\\') {
      offset++;
      continue;
    }
    const escaped = readEscape(text, offset);
    if (escaped === undefined) return { expected: 'an escape that JSON has', offset };
    value += text.slice(unread, offset) + escaped.value;
    offset = escaped.end;
    unread = offset;
  }
  return { expected: 'a quotation mark at the end of the string that begins here', offset: start };
};
