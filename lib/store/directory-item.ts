/** A directory: one isolated set of users and groups, fed by one identity provider of one customer. */
import * as z from 'zod/mini';
import type { SchemaSettings } from './schema-settings.ts';

export const Slug = z
  .string()
  .check(z.regex(/^[a-z0-9-]{1,40}$/, 'a directory id is 1 to 40 characters of a-z, 0-9 and -'));

/** A text of 1 to `max` characters. */
const text = (max: number) => z.string().check(z.minLength(1), z.maxLength(max));
const Labels = z
  .record(text(100), z.string().check(z.maxLength(500)))
  .check(z.refine((labels) => Object.keys(labels).length <= 50, 'a directory has at most 50 labels'));

export const plainSettings = {
  id: Slug,
  /** For people. */
  name: z.optional(text(200)),
  /** The engineer's own label for the customer; told to subscribers. */
  tenant: z.optional(text(200)),
  labels: z._default(Labels, {}),
  /** For example `okta`, `entra`. */
  identityProvider: z.optional(text(50)),
  /** `rfc`: every dialect off. */
  mode: z._default(z.enum(['tolerant', 'rfc']), 'tolerant'),
  /** Whether two groups may not have one name. Cannot be changed later: names made without it hold no claim. */
  uniqueGroupNames: z._default(z.boolean(), true),
  /** The displayName of the group that every new user joins. */
  defaultGroup: z.optional(text(200)),
};

/** Judged when the directory was made: the functions of resources need not load all that it took to judge it. */
const judged = <Name extends keyof SchemaSettings>() =>
  z.optional(z.custom<NonNullable<SchemaSettings[Name]>>(Array.isArray));

/** As it is kept. */
export const Directory = z.strictObject({
  ...plainSettings,
  schemas: judged<'schemas'>(),
  schemaExtensions: judged<'schemaExtensions'>(),
  resourceTypes: judged<'resourceTypes'>(),
  requiredAttributes: judged<'requiredAttributes'>(),
  valueRules: judged<'valueRules'>(),
  status: z._default(z.enum(['active', 'paused']), 'active'),
  createdAt: z.string(),
});
export type Directory = z.infer<typeof Directory>;

/**
 * As the schemas and rules lie in the item: one text, so that no rule of DynamoDB about keys and numbers reaches an
 * engineer.
 */
export const toSchemaText = (settings: SchemaSettings): string | undefined => {
  const { schemas, schemaExtensions, resourceTypes, requiredAttributes, valueRules } = settings;
  const text = JSON.stringify({ schemas, schemaExtensions, resourceTypes, requiredAttributes, valueRules });
  return text === '{}' ? undefined : text;
};
/** @param text undefined where there are no such settings */
export const fromSchemaText = (text: unknown): object => {
  const parsed: unknown = typeof text === 'string' ? JSON.parse(text) : undefined;
  return typeof parsed === 'object' && parsed !== null ? parsed : {};
};
