/** A directory: one isolated set of users and groups, fed by one identity provider of one customer. */
import * as z from 'zod/mini';

export const Slug = z
  .string()
  .check(z.regex(/^[a-z0-9-]{1,40}$/, 'a directory id is 1 to 40 characters of a-z, 0-9 and -'));

/** A text of 1 to `max` characters. */
const text = (max: number) => z.string().check(z.minLength(1), z.maxLength(max));
const Labels = z
  .record(text(100), z.string().check(z.maxLength(500)))
  .check(z.refine((labels) => Object.keys(labels).length <= 50, 'a directory has at most 50 labels'));

/** What an engineer may say of a directory when it is made. Every setting has its default. */
export const DirectorySettings = z.strictObject({
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
});
export type DirectorySettings = z.infer<typeof DirectorySettings>;

export const Directory = z.extend(DirectorySettings, {
  status: z._default(z.enum(['active', 'paused']), 'active'),
  createdAt: z.string(),
});
export type Directory = z.infer<typeof Directory>;
