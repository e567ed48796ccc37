/** Grammar of generated texts: counts that agree with their nouns, and whole sentences. */

/** @returns for example `1 event` or `2 events` */
export const counted = (count: number, singular: string, plural = `${singular}s`): string =>
  `${count} ${count === 1 ? singular : plural}`;

/** @returns the text with a capital letter and closing punctuation */
export const toSentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!)]$/.test(text) ? '' : '.'}`;
