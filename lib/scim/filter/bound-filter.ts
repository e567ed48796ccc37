/** A filter bound to a resource type: attributes found in its schemas, values converted for comparison. */
import type { Attribute } from '../schema/schema.ts';

/** An attribute of a resource type, or one of its sub-attributes. */
export type Target = {
  /** The extension's URN; undefined for the type's own schema and the common attributes. */
  readonly extension: string | undefined;
  readonly attribute: Attribute;
  readonly sub: Attribute | undefined;
};

export type ComparisonOperator = 'eq' | 'ne' | 'co' | 'sw' | 'ew' | 'gt' | 'ge' | 'lt' | 'le';

/**
 * The literal, ready to compare: a string is folded unless the attribute is caseExact; a dateTime is milliseconds
 * since 1970; null only with eq and ne.
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
      /** The literal as the client sent it, for keys that are compared exactly or hashed. */
      readonly literal: string | number | boolean | null;
    }
  /** `attr[...]`: some element fulfils the whole of `filter`, whose targets are sub-attributes of `target.attribute`. */
  | { readonly kind: 'element'; readonly target: Target; readonly filter: BoundFilter };

/** `emails.value`, `userName`, `urn:...:User:department`: the name by which indexes and unique attributes are declared. */
export const targetPath = ({ extension, attribute, sub }: Target): string =>
  `${extension === undefined ? '' : `${extension}:`}${attribute.name}${sub === undefined ? '' : `.${sub.name}`}`;
