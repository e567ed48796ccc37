/**
 * Case folding, the only preparation of strings for comparison: RFC 8265 UsernameCaseMapped (section 3.3) without its
 * prohibitions, that is, width mapping, locale-independent lower case by code point, and NFC.
 */

/** Halfwidth Hangul letters U+FFA0..U+FFDC, mapped here because NFKC would turn them into conjoining jamo. */
const HANGUL_RUNS = [
  [0xffa1, 0xffbe, 0x3131],
  [0xffc2, 0xffc7, 0x314f],
  [0xffca, 0xffcf, 0x3155],
  [0xffd2, 0xffd7, 0x315b],
  [0xffda, 0xffdc, 0x3161],
] as const;
const WIDTH_VARIANTS = /[\u3000\uff01-\uffee]/gu;

const narrowOrWide = (character: string): string => {
  const code = character.charCodeAt(0);
  if (code === 0xffa0) return '\u3164';
  if (code === 0xffe3) return '\u00af';
  const run = HANGUL_RUNS.find(([first, last]) => code >= first && code <= last);
  return run === undefined ? character.normalize('NFKC') : String.fromCharCode(run[2] + code - run[0]);
};

/** Lower-cases one code point at a time, so a final sigma becomes an ordinary one. */
const lowerCase = (text: string): string => {
  let lower = '';
  for (const character of text) lower += character.toLowerCase();
  return lower;
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: matches all of ASCII, including control characters
const ASCII = /^[\u0000-\u007f]*$/;

/** @returns the form that is compared in uniqueness, index keys, `eq`, sorting and attributes with caseExact false */
export const fold = (text: string): string =>
  ASCII.test(text)
    ? text.toLowerCase()
    : lowerCase(text.replace(WIDTH_VARIANTS, narrowOrWide).normalize('NFC')).normalize('NFC');
