/** Attribute-by-attribute differences between two states of a resource (paths as in RFC 7644 section 3.10). */
import { isDeepStrictEqual } from 'node:util';
import { isObject, type Json, type JsonObject, own } from '../scim/index.ts';

export type AttributeChange = { readonly path: string; readonly before?: Json; readonly after?: Json };
type State = Json | undefined;

const change = (path: string, before: State, after: State): AttributeChange => ({
  path,
  ...(before === undefined ? {} : { before }),
  ...(after === undefined ? {} : { after }),
});
/** Only the URN of an extension contains a colon; another colon separates it from its attributes. */
const below = (path: string, name: string) => (name.includes(':') ? `${path}:` : `${path}.`);

const difference = (prefix: string, name: string, [before, after]: readonly [State, State]) => {
  if (isDeepStrictEqual(before, after)) return [];
  const path = `${prefix}${name}`;
  const [beforeParts, afterParts] = [before ?? {}, after ?? {}];
  return isObject(beforeParts) && isObject(afterParts)
    ? differences(beforeParts, afterParts, below(path, name))
    : [change(path, before, after)];
};
const differences = (before: JsonObject, after: JsonObject, prefix: string): readonly AttributeChange[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) =>
    difference(prefix, name, [own(before, name), own(after, name)]),
  );

/**
 * Lists the changed attributes: sub-attributes of a singular complex attribute one by one (`name.familyName`), a
 * multi-valued attribute as a whole, attributes of an extension under its URN. `before` is absent if the attribute was
 * unassigned, `after` if it is unassigned now.
 */
export const attributeChanges = (before: JsonObject, after: JsonObject): readonly AttributeChange[] =>
  differences(before, after, '');

/**
 * `assigned`: the attribute had no value; `removed`: it has none now. A rule cannot tell this from `before` and `after`,
 * because `exists: false` looks at all elements of an array.
 */
const kindOf = ({ before, after }: AttributeChange) => {
  if (before === undefined) return 'assigned';
  return after === undefined ? 'removed' : 'changed';
};
/** `changes` and `changeCount` of an event. @param form `paths`: without the values, for an event that is too large */
export const describeChanges = (changes: readonly AttributeChange[], form: 'whole' | 'paths'): JsonObject => ({
  changes: changes.map(({ path, ...values }) => ({
    path,
    kind: kindOf({ path, ...values }),
    ...(form === 'whole' ? values : {}),
  })),
  changeCount: changes.length,
});
