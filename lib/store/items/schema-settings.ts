/**
 * The shape of a directory's schema settings: schemas, resource types, value rules. The core validates their meaning.
 */
import * as z from 'zod/mini';

const text = (max: number) => z.string().check(z.minLength(1), z.maxLength(max));
const Description = z.string().check(z.maxLength(500));
/** An array with a maximum length. */
const list = <Item extends z.ZodMiniType>(item: Item, max: number) => z.array(item).check(z.maxLength(max));
const Values = list(text(200), 100);
const Urn = text(200);
/** An attribute path (RFC 7644 section 3.10). Without a URN it is a path of the core User. */
const Path = text(300);

const types = ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'reference', 'binary'] as const;
const characteristics = {
  name: text(100),
  multiValued: z._default(z.boolean(), false),
  description: z._default(Description, ''),
  required: z._default(z.boolean(), false),
  caseExact: z.optional(z.boolean()),
  mutability: z._default(z.enum(['readOnly', 'readWrite', 'immutable', 'writeOnly']), 'readWrite'),
  returned: z._default(z.enum(['always', 'never', 'default', 'request']), 'default'),
  canonicalValues: z.optional(Values),
  allowedValues: z.optional(Values.check(z.minLength(1))),
  referenceTypes: z.optional(Values),
};
const SubAttribute = z.strictObject({
  ...characteristics,
  type: z._default(z.enum(types), 'string'),
  uniqueness: z._default(z.literal('none'), 'none'),
});
const Attribute = z.strictObject({
  ...characteristics,
  type: z._default(z.enum([...types, 'complex']), 'string'),
  uniqueness: z._default(z.enum(['none', 'server']), 'none'),
  default: z.optional(z.json()),
  subAttributes: z.optional(list(SubAttribute, 50)),
});

const Schema = z.strictObject({
  id: Urn,
  name: z.optional(text(100)),
  description: z.optional(Description),
  attributes: list(Attribute, 200).check(z.minLength(1)),
});
const ExtensionOfType = z.strictObject({ schema: Urn, required: z._default(z.boolean(), false) });
const SchemaExtension = z.strictObject({ resourceType: text(64), ...ExtensionOfType.shape });
const ResourceType = z.strictObject({
  id: z.optional(text(64)),
  name: text(64),
  description: z.optional(Description),
  endpoint: text(65),
  schema: Urn,
  schemaExtensions: z.optional(list(ExtensionOfType, 20)),
});

const ruleOn = { attribute: Path };
const Conversion = { ...ruleOn, action: z.enum(['refuse', 'convert']) };
const Refusal = { ...ruleOn, action: z.literal('refuse') };
const OfValues = { ...Refusal, values: Values.check(z.minLength(1)) };
const ValueRule = z.discriminatedUnion('rule', [
  z.strictObject({ rule: z.literal('lowercase'), ...Conversion }),
  z.strictObject({ rule: z.literal('uppercase'), ...Conversion }),
  z.strictObject({ rule: z.literal('trim'), ...Conversion }),
  z.strictObject({ rule: z.literal('maxLength'), ...Refusal, length: z.int().check(z.gte(1), z.lte(100_000)) }),
  z.strictObject({ rule: z.literal('startsWith'), ...OfValues }),
  z.strictObject({ rule: z.literal('endsWith'), ...OfValues }),
  z.strictObject({ rule: z.literal('oneOf'), ...OfValues }),
  z.strictObject({ rule: z.literal('domain'), ...OfValues }),
]);

/** The settings that define the schemas of a directory. */
export const SchemaSettings = z.strictObject({
  /** New schemas, and additional attributes of built-in ones. */
  schemas: z.optional(list(Schema, 20)),
  /** Extensions of User and Group. */
  schemaExtensions: z.optional(list(SchemaExtension, 20)),
  resourceTypes: z.optional(list(ResourceType, 10)),
  requiredAttributes: z.optional(list(Path, 50)),
  /** Applied in order. */
  valueRules: z.optional(list(ValueRule, 50)),
});
export type SchemaSettings = z.infer<typeof SchemaSettings>;

const MAX_ATTRIBUTES = 200;
/** Each unique attribute adds one item to the transaction that creates a resource; a change of its value adds two. */
const MAX_UNIQUE = 10;
const MAX_BYTES = 100_000;

/** @returns an error message if the settings are too large: they share one DynamoDB item of at most 400 KB */
export const oversize = ({ schemas = [], ...rest }: SchemaSettings): string | undefined => {
  const attributes = schemas.flatMap((schema) =>
    schema.attributes.flatMap((one) => [one, ...(one.subAttributes ?? [])]),
  );
  if (attributes.length > MAX_ATTRIBUTES)
    return `at most ${MAX_ATTRIBUTES} attributes and sub-attributes, not ${attributes.length}`;
  const unique = attributes.filter(({ uniqueness }) => uniqueness === 'server').length;
  if (unique > MAX_UNIQUE) return `at most ${MAX_UNIQUE} unique attributes, not ${unique}`;
  const bytes = Buffer.byteLength(JSON.stringify({ schemas, ...rest }));
  return bytes > MAX_BYTES ? `at most ${MAX_BYTES} bytes of schemas, types and rules, not ${bytes}` : undefined;
};
