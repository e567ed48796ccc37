/** Memoization by object identity, for example of a resource type's index or a compiled filter. */

/**
 * Memoizes a function of one object; a result lives as long as its object.
 * @param make a pure function, called once per object
 */
export const onceForEach = <From extends object, Made extends object>(make: (from: From) => Made) => {
  const cache = new WeakMap<From, Made>();
  return (from: From): Made => {
    const cached = cache.get(from);
    if (cached !== undefined) return cached;
    const made = make(from);
    cache.set(from, made);
    return made;
  };
};
