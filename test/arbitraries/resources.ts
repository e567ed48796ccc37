/** Arbitrary resources of a type, as clients send them; generated from the schemas, so new attributes are included. */
import * as fc from 'fast-check';
import type { Attribute, Json, JsonObject, ResourceType } from '../../lib/scim/index.ts';

/** Few and similar, so that filters match; they differ in letter case, width, composition and order. */
const WORDS = [
  'ann',
  'Ann',
  'ANN',
  'Ａｎｎ',
  'Åsa',
  'A\u030asa',
  'bob',
  'work',
  'home',
  'a"b\\c',
  '𐐀',
  'ΟΔΟΣ',
  '',
  ' ',
  '😀',
];
const CONTROL = /\p{Cc}|\p{Surrogate}/u;
const anyText = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => !CONTROL.test(text));

export const words = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...WORDS) }, { weight: 1, arbitrary: anyText });
export const dates = fc.constantFrom(
  '2026-01-01T00:00:00Z',
  '2026-01-01T01:00:00.000+01:00',
  '2025-12-31T23:59:59.999Z',
  '2026-06-15T10:00:00-05:00',
);

const simpleValue = ({ type }: Attribute): fc.Arbitrary<Json> => {
  switch (type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer();
    case 'decimal':
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case 'dateTime':
      return dates;
    case 'binary':
      return fc.constantFrom('TWFu', 'TWE=', '');
    case 'string':
    case 'reference':
    case 'complex':
      return words;
  }
};

/** One valid value of the attribute (RFC 7643); some sub-attributes are left out. */
const oneValue = (attribute: Attribute): fc.Arbitrary<Json> => {
  if (attribute.type !== 'complex') return simpleValue(attribute);
  const subs = attribute.subAttributes ?? [];
  return objectsOf(
    subs.map((sub) => [sub.name, attributeValues(sub)]),
    [],
  ).filter((value) => Object.keys(value).length > 0);
};

/** Objects with these members; optional ones are sometimes absent. */
const objectsOf = (
  members: readonly (readonly [string, fc.Arbitrary<Json>])[],
  required: string[],
): fc.Arbitrary<JsonObject> =>
  // fast-check omits an optional member, it never sets it to undefined.
  fc.record(Object.fromEntries(members), { requiredKeys: required }) as fc.Arbitrary<JsonObject>;

/** Keeps `primary` on the first primary value only. */
const withOnePrimary = (values: readonly Json[]): readonly Json[] => {
  let hasPrimary = false;
  return values.map((value) => {
    if (typeof value !== 'object' || value === null || !('primary' in value) || value.primary !== true) return value;
    if (!hasPrimary) {
      hasPrimary = true;
      return value;
    }
    return { ...value, primary: false };
  });
};

export const attributeValues = (attribute: Attribute): fc.Arbitrary<Json> =>
  attribute.multiValued ? fc.array(oneValue(attribute), { maxLength: 4 }).map(withOnePrimary) : oneValue(attribute);

const writable = (attributes: readonly Attribute[]) =>
  attributes.filter(({ mutability, returned }) => mutability !== 'readOnly' && returned !== 'never');

const objectOf = (attributes: readonly Attribute[]): fc.Arbitrary<JsonObject> =>
  objectsOf(
    writable(attributes).map((attribute) => [attribute.name, attributeValues(attribute)]),
    writable(attributes).flatMap(({ name, required }) => (required ? [name] : [])),
  );

/** Valid bodies for POST, without members. */
export const resourceBodies = (type: ResourceType): fc.Arbitrary<JsonObject> => {
  const core = type.schema.attributes.filter(({ name }) => name !== type.members?.attribute);
  const required = core.filter((attribute) => attribute.required).map(({ name }) => name);
  const nonEmpty = objectsOf(
    required.map((name) => [name, words.filter((text) => text !== '')]),
    required,
  );
  const extensions = objectsOf(
    type.extensions.map(({ schema }) => [schema.id, objectOf(schema.attributes)]),
    [],
  );
  return fc
    .tuple(objectOf(core), nonEmpty, extensions, fc.option(words, { nil: undefined }))
    .map(([attributes, named, others, externalId]) => ({
      schemas: [type.schema.id, ...Object.keys(others)],
      ...(externalId === undefined ? {} : { externalId }),
      ...attributes,
      ...named,
      ...others,
    }));
};
