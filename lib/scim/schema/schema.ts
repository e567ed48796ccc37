/** Schemas and resource types as data (RFC 7643 sections 2, 6 and 7). */
import type { Json } from '../json/json.ts';

export type AttributeType =
  | 'string'
  | 'boolean'
  | 'decimal'
  | 'integer'
  | 'dateTime'
  | 'reference'
  | 'complex'
  | 'binary';

/**
 * A directory's rule for the text of one attribute. `refuse` responds 400 invalidValue; `convert` stores and returns
 * the converted text. Comparisons follow the attribute's caseExact.
 */
export type ValueRule =
  | { readonly rule: 'lowercase' | 'uppercase' | 'trim'; readonly action: 'refuse' | 'convert' }
  /** In characters (code points). */
  | { readonly rule: 'maxLength'; readonly action: 'refuse'; readonly length: number }
  /** `domain`: the part after the last @ of an e-mail address must be one of the values. */
  | {
      readonly rule: 'startsWith' | 'endsWith' | 'oneOf' | 'domain';
      readonly action: 'refuse';
      readonly values: readonly string[];
    };

/** One attribute with its characteristics (RFC 7643 section 7). */
export type Attribute = {
  readonly name: string;
  readonly type: AttributeType;
  readonly multiValued: boolean;
  readonly description: string;
  readonly required: boolean;
  readonly caseExact: boolean;
  readonly mutability: 'readOnly' | 'readWrite' | 'immutable' | 'writeOnly';
  readonly returned: 'always' | 'never' | 'default' | 'request';
  readonly uniqueness: 'none' | 'server' | 'global';
  /** Suggested values; others are accepted. */
  readonly canonicalValues?: readonly string[];
  /** The only accepted values; clients discover them as canonicalValues. */
  readonly allowedValues?: readonly string[];
  /** The value if the client omits the attribute. Not for sub-attributes. */
  readonly default?: Json;
  /** In the order in which they are applied. */
  readonly rules?: readonly ValueRule[];
  readonly referenceTypes?: readonly string[];
  readonly subAttributes?: readonly Attribute[];
};

export type Schema = {
  /** The URN. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly attributes: readonly Attribute[];
};

/** A resource type (RFC 7643 section 6), with everything the core and the store need to know about it. */
export type ResourceType = {
  readonly name: string;
  readonly description: string;
  /** For example `/Users`. */
  readonly endpoint: string;
  readonly schema: Schema;
  readonly extensions: readonly { readonly schema: Schema; readonly required: boolean }[];
  /** Attributes with an index that need not be unique: `externalId`, `emails.value`. */
  readonly lookups: readonly string[];
  /**
   * Singular string attributes with a sort index, for lists of any size: `userName`. The index also serves lookups by
   * value. `id` and `meta.created` always have one.
   */
  readonly sorted: readonly string[];
  /** The attribute that holds the members, and the types that may be members, most likely first. */
  readonly members?: { readonly attribute: string; readonly types: readonly string[] };
  /** The type that these resources may be members of, and the readOnly attribute that shows it, if any. */
  readonly memberOf?: { readonly type: string; readonly attribute?: string };
  /** The displayName of the group, of the `memberOf` type, that every new resource joins. */
  readonly defaultGroup?: string;
};
