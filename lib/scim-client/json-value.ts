/** Reading of JSON whose shape is somebody else's. */

/** @returns the value at a path of member names and array indexes; undefined where it leads nowhere */
export const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (found, key) =>
      typeof found === 'object' && found !== null && Object.hasOwn(found, key)
        ? (found as Readonly<Record<string | number, unknown>>)[key]
        : undefined,
    value,
  );

/** @returns the elements of an array; none when it is not an array */
export const elementsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
