/** The syntax tree of a filter (RFC 7644 figure 1), with names as written, before it is bound to a schema. */
import type { AttributePath } from '../schema/attribute-path.ts';
import type { ComparisonOperator } from './bound-filter.ts';

/** Expressions joined by `and`, `or` and `not`. Brackets in the text become nesting in the tree. */
export type Logical<Expression> =
  | Expression
  /** At least two terms. */
  | { readonly kind: 'and'; readonly terms: readonly Logical<Expression>[] }
  | { readonly kind: 'or'; readonly terms: readonly Logical<Expression>[] }
  | { readonly kind: 'not'; readonly term: Logical<Expression> };

/** `title pr` */
export type Present = { readonly kind: 'present'; readonly path: AttributePath };

/** `userName eq "bjensen"` */
export type Compare = {
  readonly kind: 'compare';
  readonly path: AttributePath;
  readonly operator: ComparisonOperator;
  readonly value: string | number | boolean | null;
  /** True, false or null was not written in lower case, as JSON requires. */
  readonly looseCase: boolean;
};

/** The filter inside the brackets of a value path, which cannot contain another value path. */
export type ValueFilter = Logical<Present | Compare>;

/** `emails[type eq "work"]` */
export type ValuePath = {
  readonly kind: 'valuePath';
  readonly path: AttributePath;
  readonly filter: ValueFilter;
  /** The expression after the bracket, as in `emails[type eq "work"].value eq "x"`. */
  readonly after: Present | Compare | undefined;
};

export type Filter = Logical<Present | Compare | ValuePath>;
