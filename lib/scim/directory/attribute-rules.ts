/** Applies a directory's value rules and required attributes to its schemas. */
import { parseAttributePath } from '../schema/attribute-path.ts';
import type { Attribute, Schema, ValueRule } from '../schema/schema.ts';
import type { Schemas } from './schema-settings.ts';
import { SettingFault, type SettingPath } from './setting-fault.ts';

/** A value rule. `attribute` is a path (RFC 7644 section 3.10); without a URN it refers to the core User schema. */
export type ValueRuleSettings = ValueRule & { readonly attribute: string };

type Resolved = { readonly schema: Schema; readonly attribute: Attribute; readonly sub: Attribute | undefined };

const find = (attributes: readonly Attribute[] | undefined, name: string | undefined) =>
  attributes?.find((one) => one.name.toLowerCase() === name?.toLowerCase());

/** Finds the attribute at a path. @throws SettingFault if the directory has none, or if clients cannot write it */
const resolve = (text: string, { schemas, own, path }: Where): Resolved => {
  const parsed = parseAttributePath(text);
  const schema = schemas.get((parsed?.urn ?? own).toLowerCase());
  const [name, subName, ...more] = parsed?.names ?? [];
  const attribute = find(schema?.attributes, name);
  const sub = find(attribute?.subAttributes, subName);
  if (schema === undefined || attribute === undefined || more.length > 0 || (subName !== undefined && !sub))
    throw new SettingFault(path, `the directory has no attribute ${JSON.stringify(text)}`);
  const leaf = sub ?? attribute;
  if (attribute.mutability === 'readOnly' || leaf.mutability === 'readOnly')
    throw new SettingFault(path, `${text} is read-only, so clients cannot write it`);
  if (attribute.returned === 'never' || leaf.returned === 'never')
    throw new SettingFault(path, `${text} is never stored`);
  return { schema, attribute, sub };
};

type Where = {
  readonly schemas: Schemas;
  /** The URN of the schema that a path without a URN refers to. */
  readonly own: string;
  readonly path: SettingPath;
};
type Edit = (attribute: Attribute) => Attribute;

const editIn = (attributes: readonly Attribute[], name: string, edit: Edit): readonly Attribute[] =>
  attributes.map((attribute) => (attribute.name === name ? edit(attribute) : attribute));

const edited = ({ schema, attribute, sub }: Resolved, editAttribute: Edit, editSub: Edit): Schema => ({
  ...schema,
  attributes: editIn(schema.attributes, attribute.name, (before) => {
    const after = editAttribute(before);
    return sub === undefined
      ? after
      : { ...after, subAttributes: editIn(after.subAttributes ?? [], sub.name, editSub) };
  }),
});

const require: Edit = (attribute) => ({ ...attribute, required: true });
const unchanged: Edit = (attribute) => attribute;

/**
 * Makes an attribute required; a sub-attribute together with its attribute.
 * @param text the path
 * @returns the changed schema
 * @throws SettingFault
 */
export const requireAttribute = (text: string, where: Where): Schema => {
  const resolved = resolve(text, where);
  // Members are stored apart from the resource, so the check for required attributes cannot see them.
  if (resolved.attribute.name === 'members') throw new SettingFault(where.path, 'members cannot be required');
  return edited(resolved, require, require);
};

/** Adds a value rule. @returns the changed schema. @throws SettingFault */
export const addRule = ({ attribute: text, ...rule }: ValueRuleSettings, where: Where): Schema => {
  const resolved = resolve(text, where);
  const { attribute, sub } = resolved;
  if (attribute.name === 'members') throw new SettingFault(where.path, 'members cannot have a rule');
  if (sub === undefined && attribute.type === 'complex')
    throw new SettingFault(where.path, `${text} is complex: use a sub-attribute such as ${text}.value`);
  const { type } = sub ?? attribute;
  if (type !== 'string' && type !== 'reference')
    throw new SettingFault(where.path, `${text} has type ${type}, but rules apply only to strings and references`);
  const add: Edit = (one) => ({ ...one, rules: [...(one.rules ?? []), rule] });
  return sub === undefined ? edited(resolved, add, unchanged) : edited(resolved, unchanged, add);
};
