import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fold } from '../../lib/scim/json/fold.ts';

test.each([
  ['Ann@Example.COM', 'ann@example.com', 'ASCII letters'],
  ['ÄNN', 'änn', 'letters beyond ASCII'],
  ['Ａｎｎ＠ｅｘａｍｐｌｅ．ｃｏｍ', 'ann@example.com', 'fullwidth forms (RFC 8265 section 3.3.1, width mapping)'],
  ['ｶﾞ', 'ガ', 'halfwidth katakana with its mark, composed'],
  ['\uffa1\uffc2', '\u3131\u314f', 'halfwidth Hangul letters stay compatibility letters'],
  ['\u3000', ' ', 'ideographic space'],
  ['\uffe3', '\u00af', 'fullwidth macron'],
  ['e\u0301', 'é', 'NFC'],
  ['E\u0301', 'é', 'lower case, then NFC'],
  ['ΟΔΟΣ', 'οδοσ', 'a final sigma is an ordinary one'],
  ['İ', 'i̇', 'no locale: a dotted capital I keeps its dot'],
  ['ﬁ', 'ﬁ', 'a ligature is not a width variant'],
  ['𐐀', '𐐨', 'beyond the basic plane'],
])('%s compares as %s: %s', (text, folded) => {
  expect(fold(text)).toBe(folded);
});

test('folding twice says the same', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => fold(fold(text)) === fold(text)));
});

test('the quick way for ASCII says what the long way says', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => fold(`${text}é`) === `${fold(text)}é`));
});
