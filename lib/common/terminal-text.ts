/** Escapes characters that are invisible or steer a terminal, so that text from a client or a server is only shown. */

/** Control characters; marks that reorder text; and characters without width, by which equal-looking names differ. */
const UNSAFE = /[\p{Cc}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu;
const SHORT: ReadonlyMap<string, string> = new Map([
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\r', '\\r'],
]);

const toUnicodeEscape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** @returns the text on one line, for example `a\nb` or `\u001b[31m`. @param replacement replaces each such character */
export const toTerminalText = (text: string, replacement?: string): string =>
  text.replace(UNSAFE, (character) => replacement ?? SHORT.get(character) ?? toUnicodeEscape(character));

/** @returns one line of JSON with the same value as JSON.stringify, which leaves some of these characters unescaped */
export const toTerminalJson = (value: object): string => JSON.stringify(value).replace(UNSAFE, toUnicodeEscape);
