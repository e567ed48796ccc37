/** Reads JSON of an unknown shape. */

/** @returns the value at a path of member names and array indexes; undefined if it does not exist */
export const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (part, key) =>
      typeof part === 'object' && part !== null && Object.hasOwn(part, key)
        ? (part as Readonly<Record<string | number, unknown>>)[key]
        : undefined,
    value,
  );

/** @returns the elements of an array; none for any other value */
export const elementsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
