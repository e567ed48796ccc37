/** A directory: one isolated set of users and groups, fed by one identity provider of one customer. */
import * as z from 'zod/mini';
import { ActorItem } from './items.ts';
import type { SchemaSettings } from './schema-settings.ts';

export const Slug = z
  .string()
  .check(z.regex(/^[a-z0-9-]{1,40}$/, 'a directory id is 1 to 40 characters of a-z, 0-9 and -'));

/** A text of 1 to `max` characters. */
const text = (max: number) => z.string().check(z.minLength(1), z.maxLength(max));
const Labels = z
  .record(text(100), z.string().check(z.maxLength(500)))
  .check(z.refine((labels) => Object.keys(labels).length <= 50, 'a directory has at most 50 labels'));

/** How long a window of the guard is. @default 60 minutes */
const Minutes = z._default(z.int().check(z.gte(1), z.lte(7 * 24 * 60)), 60);
/**
 * How many users may lose their access, by deactivation or deletion, within a window that begins with the first of
 * them: a number, or a share of the users that there are when it begins, but always one.
 */
export const Guard = z.union(
  [
    z.strictObject({ deactivations: z.int().check(z.gte(1), z.lte(1_000_000)), minutes: Minutes }),
    z.strictObject({ percent: z.number().check(z.gt(0), z.lte(100)), minutes: Minutes }),
  ],
  'a guard is { "deactivations": 1 to 1000000 } or { "percent": up to 100 }, with "minutes" from 1 to 10080',
);
export type Guard = z.infer<typeof Guard>;

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
  /** Against mass deactivation. Off until set. */
  guard: z.optional(Guard),
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
  /** `paused`: writes over SCIM are refused. `deleting`: it does not exist any more for its clients. */
  status: z._default(z.enum(['active', 'paused', 'deleting']), 'active'),
  /** Who paused it; while it is paused. */
  pausedBy: z.optional(z.enum(['admin', 'guard'])),
  createdAt: z.string(),
  /** When a client's request first succeeded. */
  connectedAt: z.optional(z.string()),
  /** While it is being deleted. */
  deletedAt: z.optional(z.string()),
});
export type Directory = z.infer<typeof Directory>;

/**
 * As the schemas and rules lie in the item: one text, so that no rule of DynamoDB about keys and numbers reaches an
 * engineer.
 */
const toSchemaText = (settings: SchemaSettings): string | undefined => {
  const { schemas, schemaExtensions, resourceTypes, requiredAttributes, valueRules } = settings;
  const text = JSON.stringify({ schemas, schemaExtensions, resourceTypes, requiredAttributes, valueRules });
  return text === '{}' ? undefined : text;
};
/** @param text undefined where there are no such settings */
const fromSchemaText = (text: unknown): object => {
  const parsed: unknown = typeof text === 'string' ? JSON.parse(text) : undefined;
  return typeof parsed === 'object' && parsed !== null ? parsed : {};
};

/**
 * The item `DIRECTORY`: the directory, and what its stream records tell of the last change. Read without what is not
 * known here: while a new version is deployed, the old one meets its items.
 */
const DirectoryItem = z.object({
  ...Directory.shape,
  /**
   * Counts the changes, from the time of creation in milliseconds: so it goes on rising for subscribers when an id is
   * used again after a deletion.
   */
  rev: z._default(z.number(), 0),
  by: z._default(ActorItem, { kind: 'system' }),
  /** ISO 8601, of the last change. */
  at: z._default(z.string(), ''),
  /** Milliseconds since 1970 until which one step of its deletion has it for itself. */
  lease: z.optional(z.number()),
});

/** @returns the directory of an item `DIRECTORY`, and what is known of its last change */
export const parseDirectoryItem = (item: Readonly<Record<string, unknown>>) => {
  const { schemas, ...content } = item;
  const { rev, by, at, lease: _, ...directory } = DirectoryItem.parse({ ...content, ...fromSchemaText(schemas) });
  return { directory, rev, by, at };
};

/** What the item holds of a directory. Labels as a Map, because the SDK takes an object with a key `constructor` for an instance of some class. */
export const toDirectoryContent = (directory: Directory) => {
  const { schemaExtensions, resourceTypes, requiredAttributes, valueRules, ...rest } = directory;
  return { ...rest, labels: new Map(Object.entries(directory.labels)), schemas: toSchemaText(directory) };
};
