/** Validates the attributes in the settings of a directory (RFC 7643 section 7). */
import type { Json } from '../json/json.ts';
import type { Attribute, AttributeType } from '../schema/schema.ts';
import { SettingFault, type SettingPath } from './setting-fault.ts';

/** The characteristics of RFC 7643 section 7, plus `allowedValues` and `default`, which are specific to Rollcall. */
type SubAttributeSettings = {
  readonly name: string;
  readonly type: AttributeType;
  readonly multiValued: boolean;
  readonly description: string;
  readonly required: boolean;
  /** @default true for type reference and binary, else false */
  readonly caseExact?: boolean | undefined;
  readonly mutability: Attribute['mutability'];
  readonly returned: Attribute['returned'];
  readonly canonicalValues?: readonly string[] | undefined;
  readonly allowedValues?: readonly string[] | undefined;
  readonly referenceTypes?: readonly string[] | undefined;
};
export type AttributeSettings = SubAttributeSettings & {
  readonly uniqueness: 'none' | 'server';
  readonly default?: Json | undefined;
  readonly subAttributes?: readonly SubAttributeSettings[] | undefined;
};

/** ATTRNAME of RFC 7643 section 2.1, plus `$ref`, the only RFC attribute name that ATTRNAME does not match. */
const NAME = /^([A-Za-z][A-Za-z0-9_-]*|\$ref)$/;
/** Names with a meaning in every schema, and the keywords of filters. */
const RESERVED = new Set(
  'id externalId meta schemas members groups password and or not eq ne co sw ew pr gt ge lt le true false null'
    .toLowerCase()
    .split(' '),
);
const FILTER_KEYWORDS = new Set('and or not true false null'.split(' '));

const checkName = (name: string, path: SettingPath, reserved: ReadonlySet<string>): void => {
  const at = [...path, 'name'];
  if (!NAME.test(name))
    throw new SettingFault(
      at,
      `${JSON.stringify(name)} is not an attribute name: expected a letter, then letters, digits, - or _`,
    );
  // Names that every object inherits, such as `constructor`, are unsafe as keys.
  if (reserved.has(name.toLowerCase()) || name in {}) throw new SettingFault(at, `the name ${name} is reserved`);
};

/** @throws SettingFault if two names are equal, ignoring letter case */
export const checkDistinct = (names: readonly string[], path: SettingPath): void => {
  const seen = new Set<string>();
  for (const [index, name] of names.entries()) {
    if (seen.has(name.toLowerCase()))
      throw new SettingFault(
        [...path, index, 'name'],
        `duplicate name ${name}: names must differ in more than letter case`,
      );
    seen.add(name.toLowerCase());
  }
};

type Rule = readonly [broken: boolean, field: string, message: string];

const enforce = (rules: readonly Rule[], path: SettingPath): void => {
  const broken = rules.find(([isBroken]) => isBroken);
  if (broken !== undefined) throw new SettingFault([...path, broken[1]], broken[2]);
};

const characteristicRules = (setting: SubAttributeSettings): readonly Rule[] => {
  const { type, mutability, returned, canonicalValues, allowedValues, referenceTypes } = setting;
  return [
    [type !== 'string' && canonicalValues !== undefined, 'canonicalValues', 'applies only to type string'],
    [type !== 'string' && allowedValues !== undefined, 'allowedValues', 'applies only to type string'],
    [
      canonicalValues !== undefined && allowedValues !== undefined,
      'canonicalValues',
      'cannot be combined with allowedValues, which clients discover as canonicalValues',
    ],
    [type !== 'reference' && referenceTypes !== undefined, 'referenceTypes', 'applies only to type reference'],
    [mutability === 'writeOnly' && returned !== 'never', 'returned', 'must be never for mutability writeOnly'],
    [setting.required && returned === 'never', 'required', 'must be false for returned never, which is not stored'],
  ];
};

const attributeRules = (setting: AttributeSettings): readonly Rule[] => {
  const { type, multiValued, returned, uniqueness, subAttributes = [] } = setting;
  const hasDefault = setting.default !== undefined;
  const isText = type === 'string' || type === 'reference';
  return [
    [type === 'complex' && subAttributes.length === 0, 'subAttributes', 'must not be empty for type complex'],
    [type !== 'complex' && subAttributes.length > 0, 'subAttributes', 'applies only to type complex'],
    [
      uniqueness === 'server' && (!isText || multiValued || returned === 'never'),
      'uniqueness',
      'server requires a singular string or reference that is returned',
    ],
    [uniqueness === 'server' && hasDefault, 'default', 'two resources cannot share it with uniqueness server'],
    [returned === 'never' && hasDefault, 'default', 'cannot be combined with returned never, which is not stored'],
    [
      setting.required && setting.mutability === 'readOnly' && !hasDefault,
      'required',
      'needs a default, because clients cannot write a readOnly attribute',
    ],
  ];
};

const characteristics = (setting: SubAttributeSettings) => {
  const { name, type, multiValued, description, required, mutability, returned } = setting;
  const { canonicalValues, allowedValues, referenceTypes } = setting;
  return {
    name,
    type,
    multiValued,
    description,
    required,
    caseExact: setting.caseExact ?? (type === 'reference' || type === 'binary'),
    mutability,
    returned,
    ...(canonicalValues === undefined ? {} : { canonicalValues }),
    ...(allowedValues === undefined ? {} : { allowedValues }),
    ...(referenceTypes === undefined ? {} : { referenceTypes }),
  };
};

const toSubAttribute = (setting: SubAttributeSettings, path: SettingPath): Attribute => {
  checkName(setting.name, path, FILTER_KEYWORDS);
  enforce(
    [
      ...characteristicRules(setting),
      [setting.required && setting.mutability === 'readOnly', 'required', 'must be false for mutability readOnly'],
    ],
    path,
  );
  return { ...characteristics(setting), uniqueness: 'none' };
};

/** Converts a setting to an attribute. @throws SettingFault */
export function toAttribute(setting: AttributeSettings, path: SettingPath): Attribute {
  checkName(setting.name, path, RESERVED);
  enforce([...characteristicRules(setting), ...attributeRules(setting)], path);
  const { subAttributes, uniqueness, default: value } = setting;
  const at = [...path, 'subAttributes'];
  checkDistinct(
    (subAttributes ?? []).map(({ name }) => name),
    at,
  );
  return {
    ...characteristics(setting),
    uniqueness,
    ...(value === undefined ? {} : { default: value }),
    ...(subAttributes === undefined
      ? {}
      : { subAttributes: subAttributes.map((sub, index) => toSubAttribute(sub, [...at, index])) }),
  };
}
