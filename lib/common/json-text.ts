/** @returns the parsed value, or undefined if the text is not JSON (no JSON text parses to undefined) */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
