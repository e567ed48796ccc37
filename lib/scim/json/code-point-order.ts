/** The order of strings by code point, in which UTF-8 sorts too: that of the filters' `gt` and `lt`, and of sorted lists. */

/** The rank of a UTF-16 code unit among code points: surrogates stand for the code points above all others. */
const rank = (unit: number): number => {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
};

/** @returns negative, 0 or positive */
export const compareStrings = (left: string, right: string): number => {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const difference = rank(left.charCodeAt(index)) - rank(right.charCodeAt(index));
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
};
