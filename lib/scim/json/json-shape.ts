/** Bounds the shape of JSON text before it is parsed, because hostile nesting takes longest in the parser itself. */

export type Shape = {
  /** Nesting levels of arrays and objects. */
  readonly depth: number;
  /** Keys of one object. */
  readonly keys: number;
};

const isEscaped = (text: string, quote: number): boolean => {
  let first = quote;
  while (text[first - 1] === '\\') first -= 1;
  return (quote - first) % 2 === 1;
};

/** @returns the position of the quote that ends the string, or the end of the text */
const endOfString = (text: string, start: number): number => {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
};

const [QUOTE, COLON] = [0x22, 0x3a];
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/** Applies one character outside strings. @param open keys so far of the open array or object at each level */
const apply = (open: number[], code: number): void => {
  if (OPENING.has(code)) open.push(0);
  else if (CLOSING.has(code)) open.pop();
  else if (code === COLON) open.push((open.pop() ?? 0) + 1);
};

/**
 * Reads the text once, up to the first excess.
 * @returns the bound that the text exceeds; undefined for any other text, which need not be JSON
 */
export const excessOf = (text: string, { depth, keys }: Shape): keyof Shape | undefined => {
  const open: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) i = endOfString(text, i);
    else apply(open, code);
    if (open.length > depth) return 'depth';
    if ((open.at(-1) ?? 0) > keys) return 'keys';
  }
  return undefined;
};
