/** What the admin API takes and answers, as data: read by the API, its description and its client. */
import * as z from 'zod/mini';
import { DirectorySettings } from '../store/directories/directory-settings.ts';
import { Directory, Guard, Slug } from '../store/items/directory-item.ts';
import { TokenScope } from '../tokens/stored-token.ts';

export { DirectorySettings, Guard, Slug };

/** Names stand in paths as they are: `.` and `..` would lead to another one. */
export const TokenName = z
  .string()
  .check(
    z.regex(
      /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}$/,
      'a token name is 1 to 64 characters of A-Z, a-z, 0-9, ".", "_" and "-", and not "." or ".."',
    ),
  );
const Time = z.iso.datetime({ offset: true });

/** The body of POST /admin/directories/{directory}/tokens. */
export const TokenSettings = z.strictObject({
  name: TokenName,
  /** `read` covers GET and searches, `write` everything. */
  scopes: z._default(z.array(TokenScope).check(z.minLength(1)), ['read', 'write']),
  expiresAt: z.optional(Time),
});
export type TokenSettings = z.infer<typeof TokenSettings>;

/** The body of POST /admin/directories/{directory}/tokens/{token}/rotate. */
export const Rotation = z.strictObject({
  /** Of the new token; made from the old one's when it is left out. */
  name: z.optional(TokenName),
  /** How long the old token lives on. */
  overlapHours: z._default(z.number().check(z.gte(0), z.lte(24 * 90)), 24),
  /** Of the new token; without it that one lives as long as the old one was made for. */
  expiresAt: z.optional(Time),
});
export type Rotation = z.infer<typeof Rotation>;

/** The body of PATCH /admin/directories/{directory}: settings to change (RFC 7396: null takes a setting back). */
export const SettingsPatch = z.record(z.string(), z.unknown());
/** Settings that stay as they were made. */
export const FIXED_SETTINGS = ['id', 'uniqueGroupNames'] as const;

const TokenView = z.object({
  id: z.string(),
  name: z.string(),
  directory: z.string(),
  scopes: z.array(TokenScope),
  createdAt: z.string(),
  expiresAt: z.optional(z.string()),
  /** The id of the token that a rotation made in its place. */
  replacedBy: z.optional(z.string()),
  /** At most an hour too early; absent when it was never used. */
  lastUsedAt: z.optional(z.string()),
});
export type TokenView = z.infer<typeof TokenView>;

/** What an identity provider wants: `baseUrl` is the URL to paste. */
const Connection = z.object({ baseUrl: z.string() });

export const DirectoryAnswer = z.object({ ...Directory.shape, ...Connection.shape });
export type DirectoryAnswer = z.infer<typeof DirectoryAnswer>;
/** `next`: the `after` of the next request, when there may be more. */
export const DirectoryListAnswer = z.object({
  directories: z.array(z.object(Directory.shape)),
  next: z.optional(z.string()),
});
/** How far a deletion is: repeat the request with `?createdAt=` after `waitSeconds` until it answers 204. */
export const DeletionAnswer = z.object({
  id: z.string(),
  /** Of the directory that is deleted: its id may be another one's before the next request. */
  createdAt: z.string(),
  status: z.literal('deleting'),
  /** Users and groups that are still to be removed, about. */
  remaining: z.number(),
  waitSeconds: z.number(),
});
export type DeletionAnswer = z.infer<typeof DeletionAnswer>;
/** The only answers with the text of a token. */
export const NewTokenAnswer = z.extend(TokenView, { token: z.string(), ...Connection.shape });
export type NewTokenAnswer = z.infer<typeof NewTokenAnswer>;
/** `replaced`: the old token, which lives until its `expiresAt`. */
export const RotationAnswer = z.extend(NewTokenAnswer, { replaced: TokenView });
export type RotationAnswer = z.infer<typeof RotationAnswer>;
export const TokenListAnswer = z.object({ tokens: z.array(TokenView) });

/** A SCIM resource (RFC 7643 section 3), and a list of them (RFC 7644 section 3.4.2). */
export const ResourceAnswer = z.looseObject({ id: z.string(), schemas: z.array(z.string()) });
export const ListAnswer = z.looseObject({
  totalResults: z.number(),
  itemsPerPage: z.optional(z.number()),
  startIndex: z.optional(z.number()),
  Resources: z._default(z.array(z.looseObject({})), []),
});

/** RFC 9457. */
export const Problem = z.object({ status: z.number(), title: z.string(), detail: z.string() });
export type Problem = z.infer<typeof Problem>;
