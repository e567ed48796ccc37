/** The syntax tree of a filter (RFC 7644 figure 1), with names as the client wrote them and no schema known yet. */
import type { AttributePath } from '../schema/attribute-path.ts';
import type { ComparisonOperator } from './bound-filter.ts';

/** Expressions joined by `and`, `or` and `not`. Brackets of the text are the nesting of the tree. */
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
  /** The client wrote true, false or null in other than lower case, which JSON does not have. */
  readonly looseCase: boolean;
};

/** What may stand inside the brackets of a value path: no further value path. */
export type ValueFilter = Logical<Present | Compare>;

/** `emails[type eq "work"]` */
export type ValuePath = {
  readonly kind: 'valuePath';
  readonly path: AttributePath;
  readonly filter: ValueFilter;
  /** The expression on a sub-attribute that follows the bracket in `emails[type eq "work"].value eq "x"`. */
  readonly after: Present | Compare | undefined;
};

export type Filter = Logical<Present | Compare | ValuePath>;
