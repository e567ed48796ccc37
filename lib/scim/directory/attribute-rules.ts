/** Value rules and required attributes of a directory, laid upon the attributes that they name. */
import { parseAttributePath } from '../schema/attribute-path.ts';
import type { Attribute, Schema, ValueRule } from '../schema/schema.ts';
import type { Schemas } from './schema-settings.ts';
import { SettingFault, type SettingPath } from './setting-fault.ts';

/** `attribute` is a path of RFC 7644 section 3.10: `emails.value`; without a URN one of the core User. */
export type ValueRuleSettings = ValueRule & { readonly attribute: string };

type Named = { readonly schema: Schema; readonly attribute: Attribute; readonly sub: Attribute | undefined };

const find = (attributes: readonly Attribute[] | undefined, name: string | undefined) =>
  attributes?.find((one) => one.name.toLowerCase() === name?.toLowerCase());

/** @throws SettingFault when the directory has no such attribute, or no client can write it */
const resolve = (text: string, { schemas, own, path }: Where): Named => {
  const parsed = parseAttributePath(text);
  const schema = schemas.get((parsed?.urn ?? own).toLowerCase());
  const [name, subName, ...more] = parsed?.names ?? [];
  const attribute = find(schema?.attributes, name);
  const sub = find(attribute?.subAttributes, subName);
  if (schema === undefined || attribute === undefined || more.length > 0 || (subName !== undefined && !sub))
    throw new SettingFault(path, `the directory has no attribute ${JSON.stringify(text)}`);
  const leaf = sub ?? attribute;
  if (attribute.mutability === 'readOnly' || leaf.mutability === 'readOnly')
    throw new SettingFault(path, `no client can write ${text}`);
  if (attribute.returned === 'never' || leaf.returned === 'never')
    throw new SettingFault(path, `${text} is never kept`);
  return { schema, attribute, sub };
};

type Where = {
  readonly schemas: Schemas;
  /** The URN of the schema that a name without URN belongs to. */
  readonly own: string;
  readonly path: SettingPath;
};
type Edit = (attribute: Attribute) => Attribute;

const editIn = (attributes: readonly Attribute[], name: string, edit: Edit): readonly Attribute[] =>
  attributes.map((attribute) => (attribute.name === name ? edit(attribute) : attribute));

const edited = ({ schema, attribute, sub }: Named, whole: Edit, part: Edit): Schema => ({
  ...schema,
  attributes: editIn(schema.attributes, attribute.name, (before) => {
    const after = whole(before);
    return sub === undefined ? after : { ...after, subAttributes: editIn(after.subAttributes ?? [], sub.name, part) };
  }),
});

const require: Edit = (attribute) => ({ ...attribute, required: true });
const leave: Edit = (attribute) => attribute;

/**
 * A sub-attribute is required together with its attribute.
 * @param text the path
 * @returns the schema as it becomes
 * @throws SettingFault
 */
export const requireAttribute = (text: string, where: Where): Schema => {
  const named = resolve(text, where);
  // Memberships are no attributes of the resource's item: whether there are any is not known when it is checked.
  if (named.attribute.name === 'members') throw new SettingFault(where.path, 'members cannot be required');
  return edited(named, require, require);
};

/** @throws SettingFault */
export const addRule = ({ attribute: text, ...rule }: ValueRuleSettings, where: Where): Schema => {
  const named = resolve(text, where);
  const { attribute, sub } = named;
  if (attribute.name === 'members') throw new SettingFault(where.path, 'members cannot have a rule');
  if (sub === undefined && attribute.type === 'complex')
    throw new SettingFault(where.path, `${text} has parts: name one of them, such as ${text}.value`);
  const { type } = sub ?? attribute;
  if (type !== 'string' && type !== 'reference')
    throw new SettingFault(where.path, `${text} is of type ${type}; a rule is for text`);
  const add: Edit = (one) => ({ ...one, rules: [...(one.rules ?? []), rule] });
  return sub === undefined ? edited(named, add, leave) : edited(named, leave, add);
};
