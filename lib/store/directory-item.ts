/** A directory: one isolated set of users and groups, fed by one identity provider of one customer. */
import * as z from 'zod';

export const Slug = z.string().regex(/^[a-z0-9-]{1,40}$/, 'a directory id is 1 to 40 characters of a-z, 0-9 and -');

/** What an engineer may say of a directory when it is made. Every setting has its default. */
export const DirectorySettings = z.strictObject({
  id: Slug,
  /** For people. */
  name: z.string().min(1).max(200).optional(),
  /** The engineer's own label for the customer; told to subscribers. */
  tenant: z.string().min(1).max(200).optional(),
  labels: z
    .record(z.string().min(1).max(100), z.string().max(500))
    .refine((labels) => Object.keys(labels).length <= 50, 'a directory has at most 50 labels')
    .default({}),
  /** For example `okta`, `entra`. */
  identityProvider: z.string().min(1).max(50).optional(),
  /** `rfc`: every dialect off. */
  mode: z.enum(['tolerant', 'rfc']).default('tolerant'),
  /** Whether two groups may not have one name. Cannot be changed later: names made without it hold no claim. */
  uniqueGroupNames: z.boolean().default(true),
});
export type DirectorySettings = z.infer<typeof DirectorySettings>;

export const Directory = DirectorySettings.extend({
  status: z.enum(['active', 'paused']).default('active'),
  createdAt: z.string(),
});
export type Directory = z.infer<typeof Directory>;
