/** String order by code point, the same as the order of UTF-8 bytes. Used by `gt` and `lt` filters and sorted lists. */

/** Rank of a UTF-16 code unit: surrogates rank last, as they encode the highest code points. */
const rank = (unit: number): number => {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
};

/** Compares two strings by code point. @returns negative, 0 or positive */
export const compareStrings = (left: string, right: string): number => {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const difference = rank(left.charCodeAt(index)) - rank(right.charCodeAt(index));
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
};
