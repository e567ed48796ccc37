/** An attribute as an engineer describes it in the settings of a directory (RFC 7643 section 7), checked. */
import type { Json } from '../json/json.ts';
import type { Attribute, AttributeType } from '../schema/schema.ts';
import { SettingFault, type SettingPath } from './setting-fault.ts';

/** The characteristics of RFC 7643 section 7, with two of our own: `allowedValues` and `default`. */
type SubAttributeSettings = {
  readonly name: string;
  readonly type: AttributeType;
  readonly multiValued: boolean;
  readonly description: string;
  readonly required: boolean;
  /** @default true for references and binary values, else false */
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

/** ATTRNAME of RFC 7643 section 2.1; `$ref` is the one name of the RFC that it does not cover. */
const NAME = /^([A-Za-z][A-Za-z0-9_-]*|\$ref)$/;
/** Names that have a meaning everywhere, and the words of filters. */
const RESERVED = new Set(
  'id externalId meta schemas members groups password and or not eq ne co sw ew pr gt ge lt le true false null'
    .toLowerCase()
    .split(' '),
);
const FILTER_WORDS = new Set('and or not true false null'.split(' '));

const checkName = (name: string, path: SettingPath, reserved: ReadonlySet<string>): void => {
  const at = [...path, 'name'];
  if (!NAME.test(name))
    throw new SettingFault(at, `${JSON.stringify(name)} is no attribute name: a letter, then letters, digits, - and _`);
  // A name that every object has anyway is one that no map of names can be asked for safely.
  if (reserved.has(name.toLowerCase()) || name in {}) throw new SettingFault(at, `the name ${name} is reserved`);
};

/** @throws SettingFault when two attributes have one name, in whatever letter case */
export const checkDistinct = (names: readonly string[], path: SettingPath): void => {
  const seen = new Set<string>();
  for (const [index, name] of names.entries()) {
    if (seen.has(name.toLowerCase())) throw new SettingFault([...path, index, 'name'], `there is a ${name} already`);
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
    [type !== 'string' && canonicalValues !== undefined, 'canonicalValues', 'only for the type string'],
    [type !== 'string' && allowedValues !== undefined, 'allowedValues', 'only for the type string'],
    [
      canonicalValues !== undefined && allowedValues !== undefined,
      'canonicalValues',
      'allowedValues are discovered as canonicalValues: give one of the two',
    ],
    [type !== 'reference' && referenceTypes !== undefined, 'referenceTypes', 'only for the type reference'],
    [
      mutability === 'writeOnly' && returned !== 'never',
      'returned',
      'must be never, because the mutability is writeOnly',
    ],
    [setting.required && returned === 'never', 'required', 'what is never returned is not kept either'],
  ];
};

const wholeRules = (setting: AttributeSettings): readonly Rule[] => {
  const { type, multiValued, returned, uniqueness, subAttributes = [] } = setting;
  const hasDefault = setting.default !== undefined;
  const isText = type === 'string' || type === 'reference';
  return [
    [type === 'complex' && subAttributes.length === 0, 'subAttributes', 'a complex attribute needs some'],
    [type !== 'complex' && subAttributes.length > 0, 'subAttributes', 'only for the type complex'],
    [
      uniqueness === 'server' && (!isText || multiValued || returned === 'never'),
      'uniqueness',
      'server is only for a single string or reference that is returned',
    ],
    [uniqueness === 'server' && hasDefault, 'default', 'two resources could not both have it'],
    [returned === 'never' && hasDefault, 'default', 'what is never returned is not kept either'],
    [
      setting.required && setting.mutability === 'readOnly' && !hasDefault,
      'required',
      'no client can write it, so it needs a default',
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
  checkName(setting.name, path, FILTER_WORDS);
  enforce(
    [
      ...characteristicRules(setting),
      [setting.required && setting.mutability === 'readOnly', 'required', 'no client can write it'],
    ],
    path,
  );
  return { ...characteristics(setting), uniqueness: 'none' };
};

/** @throws SettingFault */
export function toAttribute(setting: AttributeSettings, path: SettingPath): Attribute {
  checkName(setting.name, path, RESERVED);
  enforce([...characteristicRules(setting), ...wholeRules(setting)], path);
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
