/** Arbitrary valid filters for a resource type: each attribute with the operators and values of its type. */
import * as fc from 'fast-check';
import type { Compare, Filter, Logical, Present, ValueFilter, ValuePath } from '../../lib/scim/filter/ast.ts';
import { type Attribute, commonAttributes, type ResourceType } from '../../lib/scim/index.ts';
import type { AttributePath } from '../../lib/scim/schema/attribute-path.ts';
import { dates, words } from './resources.ts';

type Operator = Compare['operator'];
const EQUALITY: readonly Operator[] = ['eq', 'ne'];
const PARTS: readonly Operator[] = ['co', 'sw', 'ew'];
const ORDER: readonly Operator[] = ['gt', 'ge', 'lt', 'le'];

/** Operators and values for a simple attribute. */
const termsOf = ({ type }: Attribute): { operators: readonly Operator[]; values: fc.Arbitrary<Compare['value']> } => {
  switch (type) {
    case 'boolean':
      return { operators: EQUALITY, values: fc.boolean() };
    case 'integer':
    case 'decimal':
      return { operators: [...EQUALITY, ...ORDER], values: fc.integer() };
    case 'dateTime':
      return { operators: [...EQUALITY, ...ORDER], values: dates };
    case 'binary':
      return { operators: [...EQUALITY, ...PARTS], values: fc.constantFrom('TWFu', 'TW') };
    case 'string':
    case 'reference':
    case 'complex':
      // Mostly equality, because that is what the indexes serve.
      return { operators: [...EQUALITY, 'eq', 'eq', 'eq', ...PARTS, ...ORDER], values: words };
  }
};

/** @param values used instead of generated ones, for attributes such as ids that random values never match */
const expression = (
  path: AttributePath,
  attribute: Attribute,
  values?: fc.Arbitrary<string>,
): fc.Arbitrary<Present | Compare> => {
  const terms = termsOf(attribute);
  const looseCase = fc.constant(false);
  const compare = { kind: fc.constant('compare' as const), path: fc.constant(path), looseCase };
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant<Present>({ kind: 'present', path }) },
    {
      weight: 1,
      arbitrary: fc.record({ ...compare, operator: fc.constantFrom(...EQUALITY), value: fc.constant(null) }),
    },
    {
      weight: 8,
      arbitrary: fc.record({
        ...compare,
        operator: fc.constantFrom(...terms.operators),
        value: values ?? terms.values,
      }),
    },
  );
};

const logical = <Expression>(of: fc.Arbitrary<Expression>): fc.Arbitrary<Logical<Expression>> =>
  fc.letrec<{ tree: Logical<Expression> }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      of,
      fc.record({ kind: fc.constant('not'), term: tie('tree') }),
      fc.record({
        kind: fc.constantFrom('and', 'and', 'or'),
        terms: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }),
      }),
    ),
  })).tree;

const subsOf = (attribute: Attribute) => attribute.subAttributes ?? [];

/** `attr[...]` on a multi-valued complex attribute. */
const valuePath = (path: AttributePath, attribute: Attribute, ids?: fc.Arbitrary<string>): fc.Arbitrary<ValuePath> => {
  const inside = fc.oneof(
    ...subsOf(attribute).map((sub) =>
      expression({ urn: undefined, names: [sub.name] }, sub, sub.name === 'value' ? ids : undefined),
    ),
  );
  const filter: fc.Arbitrary<ValueFilter> = logical(inside);
  return fc.record({ kind: fc.constant('valuePath'), path: fc.constant(path), filter, after: fc.constant(undefined) });
};

/** All kinds of expressions on one attribute. */
const ofAttribute = (
  urn: string | undefined,
  attribute: Attribute,
  ids?: fc.Arbitrary<string>,
): fc.Arbitrary<Present | Compare | ValuePath>[] => {
  const path: AttributePath = { urn, names: [attribute.name] };
  if (attribute.type !== 'complex') return [expression(path, attribute, ids)];
  const subs = subsOf(attribute).map((sub) =>
    expression({ urn, names: [attribute.name, sub.name] }, sub, sub.name === 'value' ? ids : undefined),
  );
  return attribute.multiValued ? [...subs, valuePath(path, attribute, ids)] : subs;
};

/** Excluded: meta holds locations (set by the request) and versions (set by the store), which tests cannot predict. */
const EXCLUDED = new Set(['schemas', 'meta', 'password']);

/**
 * @param ids resource ids, for `id` and memberships
 * @param often attribute names used about as often as all others together
 */
export const filtersOf = (
  type: ResourceType,
  ids: fc.Arbitrary<string>,
  often: readonly string[],
): fc.Arbitrary<Filter> => {
  const holdsIds = (name: string) =>
    name === 'id' || name === type.members?.attribute || name === type.memberOf?.attribute;
  const all = [
    ...[...commonAttributes, ...type.schema.attributes].map((attribute) => ({ urn: undefined, attribute })),
    ...type.extensions.flatMap(({ schema }) => schema.attributes.map((attribute) => ({ urn: schema.id, attribute }))),
  ].filter(({ attribute }) => !EXCLUDED.has(attribute.name));
  const expressionsOn = (some: typeof all) =>
    fc.oneof(
      ...some.flatMap(({ urn, attribute }) => ofAttribute(urn, attribute, holdsIds(attribute.name) ? ids : undefined)),
    );
  return logical(
    fc.oneof(expressionsOn(all), expressionsOn(all.filter(({ attribute }) => often.includes(attribute.name)))),
  );
};
