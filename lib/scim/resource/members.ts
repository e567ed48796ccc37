/** Reads the values of `members` (RFC 7643 section 4.2), which are stored apart from the other attributes. */

import type { Tolerate } from '../dialect.ts';
import { invalidSyntax, invalidValue } from '../error.ts';
import { isObject, isUnassigned, type Json, type JsonObject } from '../json/json.ts';
import { checkText } from '../schema/attribute-value.ts';
import { withType } from '../schema/lossless.ts';
import type { ResourceType } from '../schema/schema.ts';
import type { Member } from '../store-port.ts';

const keys: ReadonlyMap<string, 'value' | 'type' | 'display' | '$ref'> = new Map([
  ['value', 'value'],
  ['type', 'type'],
  ['display', 'display'],
  ['$ref', '$ref'],
]);

const texts = (member: JsonObject, path: string, tolerate: Tolerate): Map<string, string> => {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(member)) {
    const name = keys.get(key.toLowerCase());
    if (name === undefined) {
      if (tolerate('unknownAttributeIgnored')) continue;
      throw invalidSyntax(`${path} has no sub-attribute ${JSON.stringify(key)}: omit it.`);
    }
    if (isUnassigned(value)) continue;
    const text = withType('string', value, tolerate);
    if (typeof text !== 'string') throw invalidValue(`${path}.${name} must be a string.`);
    found.set(name, checkText(text, `${path}.${name}`));
  }
  return found;
};

const typeOf = (given: string | undefined, path: string, type: ResourceType): string | undefined => {
  if (given === undefined) return undefined;
  const canonical = type.members?.types.find((name) => name.toLowerCase() === given.toLowerCase());
  if (canonical === undefined)
    throw invalidValue(`${path}.type is ${JSON.stringify(given)}: expected one of ${type.members?.types.join(', ')}.`);
  return canonical;
};

const toMember = (value: Json, type: ResourceType, tolerate: Tolerate): Member => {
  const path = type.members?.attribute ?? 'members';
  if (typeof value === 'string' && value !== '' && tolerate('scalarAsValue')) return { id: value };
  if (!isObject(value)) throw invalidValue(`Each element of ${path} must be an object with a value.`);
  const given = texts(value, path, tolerate);
  const id = given.get('value');
  if (id === undefined || id === '')
    throw invalidValue(`Each element of ${path} must have a value: the id of the member.`);
  return { id, type: typeOf(given.get('type'), path, type), display: given.get('display') };
};

/**
 * Reads members. The store checks whether they exist.
 * @param value an array, or a single member under a dialect
 * @returns each member once, in the order given
 * @throws invalidValue
 */
export function toMembers(value: Json, type: ResourceType, tolerate: Tolerate): readonly Member[] {
  if (value === null) return [];
  if (!Array.isArray(value) && !tolerate('singleForMultiple'))
    throw invalidValue(`${type.members?.attribute} must be an array.`);
  const values: readonly Json[] = Array.isArray(value) ? value : [value];
  const members = values.map((one) => toMember(one, type, tolerate));
  return [...new Map(members.map((member) => [member.id, member])).values()];
}

/**
 * Leaves a group out of its own members, under a dialect if it is one of several.
 * @throws invalidValue
 */
export const withoutItself = (
  members: readonly Member[],
  id: string | undefined,
  tolerate: Tolerate,
): readonly Member[] => {
  if (!members.some((member) => member.id === id)) return members;
  if (members.length > 1 && tolerate('selfMember', 'members')) return members.filter((member) => member.id !== id);
  throw invalidValue('members contains the group itself: remove it.');
};

/**
 * Reads members that replace those of a group. Only an empty array removes them all; in mode `rfc` also null.
 * @throws invalidValue
 */
export function toReplacement(value: Json, type: ResourceType, tolerate: Tolerate): readonly Member[] {
  if (value === null && tolerate('valueIgnored'))
    throw invalidValue(`${type.members?.attribute} must be an array: send [] to remove all members.`);
  return toMembers(value, type, tolerate);
}
