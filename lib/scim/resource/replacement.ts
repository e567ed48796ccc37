/** Computes the attributes of a resource after a PUT (RFC 7644 section 3.5.1). */

import { mutability } from '../error.ts';
import { isEqual, isObject, type Json, type JsonObject, own } from '../json/json.ts';
import { withDefaults } from '../schema/default-values.ts';
import type { Attribute, ResourceType } from '../schema/schema.ts';
import { checkStorable } from '../schema/storable.ts';
import type { ResourceBody } from './resource-body.ts';

type Values = { readonly before: JsonObject; readonly given: JsonObject };

/** The value of one attribute after the PUT. @throws mutability if an immutable value would change */
const keep = (attribute: Attribute, [before, given]: readonly [Json, Json | undefined], path: string) => {
  if (attribute.mutability === 'readOnly') return before;
  if (attribute.mutability === 'immutable') {
    if (given !== undefined && !isEqual(before, given))
      throw mutability(`${path} is immutable and already has a value: omit it or send the same value.`);
    return before;
  }
  return isObject(before) && isObject(given)
    ? keepAll({ before, given }, attribute.subAttributes ?? [], `${path}.`)
    : given;
};

const keepAll = ({ before, given }: Values, attributes: readonly Attribute[], prefix: string): JsonObject => {
  const kept: Record<string, Json> = { ...given };
  for (const attribute of attributes) {
    const { name } = attribute;
    const value = own(before, name);
    const after = value === undefined ? undefined : keep(attribute, [value, own(given, name)], `${prefix}${name}`);
    if (after !== undefined) kept[name] = after;
  }
  return kept;
};

const keepExtensions = ({ before, given }: Values, { extensions }: ResourceType): JsonObject => {
  const all = extensions.flatMap(({ schema }): [string, JsonObject][] => {
    const [was, is] = [own(before, schema.id), own(given, schema.id)];
    if (!isObject(was)) return [];
    const kept = keepAll({ before: was, given: isObject(is) ? is : {} }, schema.attributes, `${schema.id}:`);
    return Object.keys(kept).length === 0 ? [] : [[schema.id, kept]];
  });
  return Object.fromEntries(all);
};

/** Adds the stored values of the kept attributes to those of the body. */
const withKept = ({ before, given }: Values, { extensions }: ResourceType, kept: ReadonlySet<string>): JsonObject => {
  const keptOf = (container: JsonObject, prefix: string) =>
    Object.fromEntries(Object.entries(container).filter(([name]) => kept.has(`${prefix}${name}`)));
  const others = extensions.flatMap(({ schema }): [string, JsonObject][] => {
    const [was, is] = [own(before, schema.id), own(given, schema.id)];
    const some = isObject(was) ? keptOf(was, `${schema.id}:`) : {};
    return Object.keys(some).length === 0 ? [] : [[schema.id, { ...(isObject(is) ? is : {}), ...some }]];
  });
  return { ...given, ...keptOf(before, ''), ...Object.fromEntries(others) };
};

/**
 * Replaces the attributes of a resource. Omitted readWrite attributes are cleared or reset to their default. readOnly
 * and immutable ones keep their value, and so does an omitted `active`, because a PUT without it must never reactivate
 * a deactivated user.
 * @throws mutability if an immutable value would change
 */
export function replaceAttributes(
  before: JsonObject,
  { attributes, kept: paths }: Pick<ResourceBody, 'attributes' | 'kept'>,
  type: ResourceType,
): JsonObject {
  const body = paths.size === 0 ? attributes : withKept({ before, given: attributes }, type, paths);
  const values = { before, given: body };
  const active = own(before, 'active');
  const kept = {
    ...keepAll(values, type.schema.attributes, ''),
    ...keepExtensions(values, type),
    ...(active === undefined || Object.hasOwn(body, 'active') ? {} : { active }),
  };
  const after = withDefaults(kept, type);
  checkStorable(after, type);
  return after;
}
