/** A directory: one isolated set of users and groups, fed by one identity provider of one customer. */
import * as z from 'zod/mini';
import { ActorItem } from './items.ts';
import type { SchemaSettings } from './schema-settings.ts';

export const Slug = z
  .string()
  .check(z.regex(/^[a-z0-9-]{1,40}$/, 'a directory id must be 1 to 40 characters of a-z, 0-9 and -'));

/** A text of 1 to `max` characters. */
const text = (max: number) => z.string().check(z.minLength(1), z.maxLength(max));
const Labels = z
  .record(text(100), z.string().check(z.maxLength(500)))
  .check(z.refine((labels) => Object.keys(labels).length <= 50, 'a directory can have at most 50 labels'));

/** Length of the guard's window. @default 60 minutes */
const Minutes = z._default(z.int().check(z.gte(1), z.lte(7 * 24 * 60)), 60);
/**
 * How many users may lose access, by deactivation or deletion, within one window: a number, or a percentage of the
 * users that exist when the window starts, but at least one. The first of these changes starts the window.
 */
export const Guard = z.union(
  [
    z.strictObject({ deactivations: z.int().check(z.gte(1), z.lte(1_000_000)), minutes: Minutes }),
    z.strictObject({ percent: z.number().check(z.gt(0), z.lte(100)), minutes: Minutes }),
  ],
  'a guard must be { "deactivations": 1 to 1000000 } or { "percent": up to 100 }, with "minutes" from 1 to 10080',
);
export type Guard = z.infer<typeof Guard>;

export const plainSettings = {
  id: Slug,
  /** For display only. */
  name: z.optional(text(200)),
  /** The application's own identifier of the customer. Events carry it. */
  tenant: z.optional(text(200)),
  labels: z._default(Labels, {}),
  /** For example `okta`, `entra`. */
  identityProvider: z.optional(text(50)),
  /** `rfc`: every dialect off. */
  mode: z._default(z.enum(['tolerant', 'rfc']), 'tolerant'),
  /** Whether group names are unique. Cannot change later: names created without it hold no claim. */
  uniqueGroupNames: z._default(z.boolean(), true),
  /** The displayName of the group that every new user joins. */
  defaultGroup: z.optional(text(200)),
  /** The guard against mass deactivation. Off by default. */
  guard: z.optional(Guard),
};

/** Validated in full when the directory is created, so that the resource functions need not load the validation. */
const validated = <Name extends keyof SchemaSettings>() =>
  z.optional(z.custom<NonNullable<SchemaSettings[Name]>>(Array.isArray));

/** A directory as stored. */
export const Directory = z.strictObject({
  ...plainSettings,
  schemas: validated<'schemas'>(),
  schemaExtensions: validated<'schemaExtensions'>(),
  resourceTypes: validated<'resourceTypes'>(),
  requiredAttributes: validated<'requiredAttributes'>(),
  valueRules: validated<'valueRules'>(),
  /** `paused`: SCIM writes are refused. `deleting`: the directory no longer exists for its clients. */
  status: z._default(z.enum(['active', 'paused', 'deleting']), 'active'),
  /** Set while the directory is paused. */
  pausedBy: z.optional(z.enum(['admin', 'guard'])),
  createdAt: z.string(),
  /** ISO 8601: the first successful request of a client. */
  connectedAt: z.optional(z.string()),
  /** Set while the directory is being deleted. */
  deletedAt: z.optional(z.string()),
});
export type Directory = z.infer<typeof Directory>;

/** The schema settings as one JSON string, so that DynamoDB's rules for keys and numbers do not restrict them. */
const toSchemaText = (settings: SchemaSettings): string | undefined => {
  const { schemas, schemaExtensions, resourceTypes, requiredAttributes, valueRules } = settings;
  const text = JSON.stringify({ schemas, schemaExtensions, resourceTypes, requiredAttributes, valueRules });
  return text === '{}' ? undefined : text;
};
/** @param text undefined if the directory has no schema settings */
const fromSchemaText = (text: unknown): object => {
  const parsed: unknown = typeof text === 'string' ? JSON.parse(text) : undefined;
  return typeof parsed === 'object' && parsed !== null ? parsed : {};
};

/**
 * The item `DIRECTORY`: the directory, and who changed it last, when and how often, for its stream records. Unknown
 * attributes are ignored, because during a deployment the old version reads items of the new one.
 */
const DirectoryItem = z.object({
  ...Directory.shape,
  /**
   * Counts the changes. Starts at the creation time in milliseconds, so that it keeps rising for subscribers when the
   * id of a deleted directory is used again.
   */
  rev: z._default(z.number(), 0),
  by: z._default(ActorItem, { kind: 'system' }),
  /** ISO 8601, of the last change. */
  at: z._default(z.string(), ''),
  /** Seals the directory's cursors. Not part of the directory, so that no response or event holds it. */
  cursorKey: z.optional(z.string()),
  /** Milliseconds since 1970: until then one deletion step has exclusive access. */
  lease: z.optional(z.number()),
});

/** @returns the directory of a `DIRECTORY` item, its last change (number, actor, time), and the key of its cursors */
export const parseDirectoryItem = (item: Readonly<Record<string, unknown>>) => {
  const { schemas, ...content } = item;
  const {
    rev,
    by,
    at,
    cursorKey,
    lease: _,
    ...directory
  } = DirectoryItem.parse({ ...content, ...fromSchemaText(schemas) });
  return { directory, rev, by, at, cursorKey };
};

/**
 * The directory as item attributes. Labels are a Map: the SDK mistakes an object with a key `constructor` for a class
 * instance.
 */
export const toDirectoryContent = (directory: Directory) => {
  const { schemaExtensions, resourceTypes, requiredAttributes, valueRules, ...rest } = directory;
  return { ...rest, labels: new Map(Object.entries(directory.labels)), schemas: toSchemaText(directory) };
};
