/** Arbitraries for the syntax trees of filters. */
import * as fc from 'fast-check';
import type { Compare, Filter, Logical, Present, ValuePath } from '../../../lib/scim/filter/ast.ts';
import type { AttributePath } from '../../../lib/scim/schema/attribute-path.ts';

const names = fc.oneof(
  fc.stringMatching(/^[A-Za-z$][A-Za-z0-9_$-]{0,8}$/),
  fc.constantFrom('userName', '$ref', 'eq', 'pr', 'and', 'constructor', 'true'),
);
const name = names.filter((text) => text.toLowerCase() !== 'not');
const urns = fc.constantFrom('urn:ietf:params:scim:schemas:core:2.0:User', 'urn:x', "a!#$%&'*+,-./:;<=>?@^_`{|}~Z9");
const paths: fc.Arbitrary<AttributePath> = fc.record({
  urn: fc.option(urns, { nil: undefined }),
  names: fc.array(name, { minLength: 1, maxLength: 3 }),
});

const present = (path: fc.Arbitrary<AttributePath>): fc.Arbitrary<Present> =>
  fc.record({ kind: fc.constant('present'), path });
const compare = (path: fc.Arbitrary<AttributePath>): fc.Arbitrary<Compare> => {
  const operator = fc.constantFrom('eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le');
  const fields = { kind: fc.constant('compare'), path, operator } as const;
  const numbers = fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0);
  return fc.oneof(
    fc.record({
      ...fields,
      value: fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), numbers).filter(isWellFormed),
      looseCase: fc.constant(false),
    }),
    fc.record({ ...fields, value: fc.constantFrom(true, false, null), looseCase: fc.boolean() }),
  );
};
const isWellFormed = (value: string | number) => !/\p{Surrogate}/u.test(String(value));

const logical = <Expression>(expression: fc.Arbitrary<Expression>): fc.Arbitrary<Logical<Expression>> =>
  fc.letrec<{ tree: Logical<Expression> }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      expression,
      fc.record({ kind: fc.constant('not'), term: tie('tree') }),
      fc.record({ kind: fc.constantFrom('and', 'or'), terms: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }) }),
    ),
  })).tree;

const terms = fc.oneof(present(paths), compare(paths));
const after = name.map((text): AttributePath => ({ urn: undefined, names: [text] }));
const valuePaths: fc.Arbitrary<ValuePath> = fc.record({
  kind: fc.constant('valuePath'),
  path: paths,
  filter: logical(terms),
  after: fc.option(fc.oneof(present(after), compare(after)), { nil: undefined }),
});

/** Filters within the parser's limits. */
export const filters: fc.Arbitrary<Filter> = logical(fc.oneof(terms, valuePaths));
