/** A filter bound to a resource type: attributes resolved in its schemas, values converted for comparison. */
import type { Target } from '../schema/attribute-path.ts';

export type ComparisonOperator = 'eq' | 'ne' | 'co' | 'sw' | 'ew' | 'gt' | 'ge' | 'lt' | 'le';

/**
 * A literal, ready to compare: a string is folded unless the attribute is caseExact; a dateTime becomes milliseconds
 * since 1970; null occurs only with eq and ne.
 */
export type Comparand = string | number | boolean | null;

export type BoundFilter =
  | { readonly kind: 'and' | 'or'; readonly terms: readonly BoundFilter[] }
  | { readonly kind: 'not'; readonly term: BoundFilter }
  | { readonly kind: 'present'; readonly target: Target }
  | {
      readonly kind: 'compare';
      readonly operator: ComparisonOperator;
      readonly target: Target;
      readonly value: Comparand;
      /** The literal as sent, for keys that are compared exactly or hashed. */
      readonly literal: string | number | boolean | null;
    }
  /** `attr[...]`: one element matches the whole `filter`, whose targets are sub-attributes of `target.attribute`. */
  | { readonly kind: 'element'; readonly target: Target; readonly filter: BoundFilter };
