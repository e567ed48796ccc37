/** Arbitrary PATCH operations on a resource type, most of them valid, some refused. */
import * as fc from 'fast-check';
import type { Attribute, Json, JsonObject, ResourceType } from '../../lib/scim/index.ts';
import { attributeValues, words } from './resources.ts';

export const PATCH_OP_URN = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

type Target = { readonly path: string; readonly values: fc.Arbitrary<Json> };

const FILTERS = [
  'type eq "work"',
  'type eq "home"',
  'primary eq true',
  'value sw "a"',
  'type eq "x" and display eq "y"',
  'not (type pr)',
];
const usesOnly = (filter: string, allowed: ReadonlySet<string>) =>
  [...filter.matchAll(/(\w+) (?:eq|sw|pr)/g)].every(([, name = '']) => allowed.has(name));

const ofAttribute = (prefix: string, attribute: Attribute): readonly Target[] => {
  const path = `${prefix}${attribute.name}`;
  const subs = attribute.subAttributes ?? [];
  const names = new Set(subs.map(({ name }) => name));
  const filters = attribute.multiValued ? FILTERS.filter((filter) => usesOnly(filter, names)) : [];
  return [
    { path, values: attributeValues(attribute) },
    ...subs.map((sub) => ({ path: `${path}.${sub.name}`, values: attributeValues(sub) })),
    ...filters.flatMap((filter) => [
      { path: `${path}[${filter}]`, values: attributeValues({ ...attribute, multiValued: false }) },
      ...subs.map((sub) => ({ path: `${path}[${filter}].${sub.name}`, values: attributeValues(sub) })),
    ]),
  ];
};

/** One list per attribute, so that all are equally likely, however many sub-attributes they have. */
const targetsOf = (type: ResourceType): readonly (readonly Target[])[] => [
  ...type.schema.attributes.map((attribute) => ofAttribute('', attribute)),
  ...type.extensions.flatMap(({ schema }) => [
    ...schema.attributes.map((attribute) => ofAttribute(`${schema.id}:`, attribute)),
    [{ path: schema.id, values: fc.constant({}) }],
  ]),
];

const odd: fc.Arbitrary<Json> = fc.oneof(words, fc.constantFrom('True', 'false', null, [], {}, 0), fc.boolean());

const withPath = ({ path, values }: Target): fc.Arbitrary<JsonObject> => {
  const op = fc.constantFrom('add', 'replace', 'Add', 'Replace');
  const value = fc.oneof({ weight: 6, arbitrary: values }, { weight: 1, arbitrary: odd });
  return fc.oneof(
    { weight: 4, arbitrary: fc.record({ op, path: fc.constant(path), value }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('remove'), path: fc.constant(path) }) },
  );
};

/** @param most at most this many operations */
export const patchOperations = (type: ResourceType, most = 5): fc.Arbitrary<readonly JsonObject[]> => {
  const target = fc.oneof(...targetsOf(type).map((some) => fc.constantFrom(...some)));
  const pathless = fc.record({
    op: fc.constantFrom('add', 'replace'),
    value: fc
      .array(
        target.chain(({ path, values }) => fc.tuple(fc.constant(path), values)),
        { maxLength: 3 },
      )
      .map((entries) => Object.fromEntries(entries)),
  });
  const one = fc.oneof({ weight: 6, arbitrary: target.chain(withPath) }, { weight: 1, arbitrary: pathless });
  return fc.array(one, { minLength: 1, maxLength: most });
};
