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
 * A rule of a directory for the text of one attribute. What is refused is 400 invalidValue; what is converted is kept and
 * answered as converted. Texts compare as the attribute does (caseExact).
 */
export type ValueRule =
  | { readonly rule: 'lowercase' | 'uppercase' | 'trim'; readonly action: 'refuse' | 'convert' }
  /** In characters (code points). */
  | { readonly rule: 'maxLength'; readonly action: 'refuse'; readonly length: number }
  /** `domain`: what follows the last @ of an e-mail address is one of the values. */
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
  /** Advice: other values are accepted. */
  readonly canonicalValues?: readonly string[];
  /** Other values are refused; discovered as canonicalValues. */
  readonly allowedValues?: readonly string[];
  /** What a resource gets when the client says nothing of the attribute. Of no sub-attribute. */
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

/** A kind of resource (RFC 7643 section 6). Everything the core and the store need to know of one is here. */
export type ResourceType = {
  readonly name: string;
  readonly description: string;
  /** For example `/Users`. */
  readonly endpoint: string;
  readonly schema: Schema;
  readonly extensions: readonly { readonly schema: Schema; readonly required: boolean }[];
  /** Attributes that are found by an index and need not be unique: `externalId`, `emails.value`. */
  readonly lookups: readonly string[];
  /**
   * Singular attributes of type string that a list can be sorted by at any size: `userName`. They are found by value as
   * well. `id` and `meta.created` always are.
   */
  readonly sorted: readonly string[];
  /** The attribute whose values are memberships, and the types that may be members, likeliest first. */
  readonly members?: { readonly attribute: string; readonly types: readonly string[] };
  /** The type whose members these resources may be, and the readOnly attribute that shows it, where the schema has one. */
  readonly memberOf?: { readonly type: string; readonly attribute?: string };
  /** The displayName of the group, of the type of `memberOf`, that every new resource joins. */
  readonly defaultGroup?: string;
};
