/** What is made of an object once, and remembered for as long as the object is there: a type's index, a filter's test. */

/** @param make pure: it is asked once for each object */
export const onceForEach = <From extends object, Made extends object>(make: (from: From) => Made) => {
  const known = new WeakMap<From, Made>();
  return (from: From): Made => {
    const before = known.get(from);
    if (before !== undefined) return before;
    const made = make(from);
    known.set(from, made);
    return made;
  };
};
