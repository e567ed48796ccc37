/** Schemas of the admin API's requests and responses, shared by the API, its OpenAPI description and its client. */
import * as z from 'zod/mini';
import { DirectorySettings } from '../store/directories/directory-settings.ts';
import { Directory, Guard, Slug } from '../store/items/directory-item.ts';
import { TokenScope } from '../tokens/stored-token.ts';

export { DirectorySettings, Guard, Slug };

/** Names appear in URL paths unescaped, where `.` and `..` would lead to a different path. */
export const TokenName = z
  .string()
  .check(
    z.regex(
      /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}$/,
      'a token name is 1 to 64 characters of A-Z, a-z, 0-9, ".", "_" and "-", but not "." or ".."',
    ),
  );
const Time = z.iso.datetime({ offset: true });

/** The body of POST /admin/directories/{directory}/tokens. */
export const TokenSettings = z.strictObject({
  name: TokenName,
  /** `read` allows GET and searches; `write` allows everything. */
  scopes: z._default(z.array(TokenScope).check(z.minLength(1)), ['read', 'write']),
  expiresAt: z.optional(Time),
});
export type TokenSettings = z.infer<typeof TokenSettings>;

/** The body of POST /admin/directories/{directory}/tokens/{token}/rotate. */
export const Rotation = z.strictObject({
  /** Name of the new token. @default the old name with a time stamp */
  name: z.optional(TokenName),
  /** Hours until the old token expires. */
  overlapHours: z._default(z.number().check(z.gte(0), z.lte(24 * 90)), 24),
  /** Expiry of the new token. @default the same lifetime as the old token */
  expiresAt: z.optional(Time),
});
export type Rotation = z.infer<typeof Rotation>;

/** The body of PATCH /admin/directories/{directory}: settings to change (RFC 7396: null resets a setting). */
export const SettingsPatch = z.record(z.string(), z.unknown());
/** Settings that cannot change after creation. */
export const FIXED_SETTINGS = ['id', 'uniqueGroupNames'] as const;

const TokenView = z.object({
  id: z.string(),
  name: z.string(),
  directory: z.string(),
  scopes: z.array(TokenScope),
  createdAt: z.string(),
  expiresAt: z.optional(z.string()),
  /** The id of the token that replaced this one in a rotation. */
  replacedBy: z.optional(z.string()),
  /** Only of a token that is revoked and not cleaned up yet. */
  revokedAt: z.optional(z.string()),
  /** Up to an hour before the actual last use; absent if never used. */
  lastUsedAt: z.optional(z.string()),
});
export type TokenView = z.infer<typeof TokenView>;

/** Settings for the identity provider: `baseUrl` is the URL to paste. */
const Connection = z.object({ baseUrl: z.string() });

export const DirectoryAnswer = z.object({ ...Directory.shape, ...Connection.shape });
export type DirectoryAnswer = z.infer<typeof DirectoryAnswer>;
/** `next` is the `after` of the next request, present if there may be more. */
export const DirectoryListAnswer = z.object({
  directories: z.array(z.object(Directory.shape)),
  next: z.optional(z.string()),
});
/** Progress of a deletion: repeat the request with `?createdAt=` after `waitSeconds` until it returns 204. */
export const DeletionAnswer = z.object({
  id: z.string(),
  /** Identifies the directory being deleted: its id may be reused before the next request. */
  createdAt: z.string(),
  status: z.literal('deleting'),
  /** Approximate number of users and groups left to remove. */
  remaining: z.number(),
  waitSeconds: z.number(),
});
export type DeletionAnswer = z.infer<typeof DeletionAnswer>;
/** Only this and `RotationAnswer` contain the text of a token. */
export const NewTokenAnswer = z.extend(TokenView, { token: z.string(), ...Connection.shape });
export type NewTokenAnswer = z.infer<typeof NewTokenAnswer>;
/** `replaced` is the old token, valid until its `expiresAt`. */
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
