/** What the admin API takes and answers, as data: read by the API and by the CLI. */
import * as z from 'zod';
import { Directory, Slug } from '../store/directory-item.ts';
import { DirectorySettings } from '../store/directory-settings.ts';
import { TokenScope } from '../tokens/stored-token.ts';

export { DirectorySettings, Slug };

/** Names stand in paths as they are. */
export const TokenName = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, 'a token name is 1 to 64 characters of A-Z, a-z, 0-9, ".", "_" and "-"');

/** The body of POST /admin/directories/{id}/tokens. */
export const TokenSettings = z.strictObject({
  name: TokenName,
  /** `read` covers GET and searches, `write` everything. */
  scopes: z.array(TokenScope).min(1).default(['read', 'write']),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
});
export type TokenSettings = z.infer<typeof TokenSettings>;

const TokenView = z.object({
  id: z.string(),
  name: z.string(),
  directory: z.string(),
  scopes: z.array(TokenScope),
  createdAt: z.string(),
  expiresAt: z.string().optional(),
});

/** What an identity provider wants: `baseUrl` is the URL to paste. */
const Connection = z.object({ baseUrl: z.string() });

export const DirectoryAnswer = z.strictObject({ ...Directory.shape, ...Connection.shape });
export type DirectoryAnswer = z.infer<typeof DirectoryAnswer>;
export const DirectoryListAnswer = z.object({ directories: z.array(Directory) });
/** The only answer with the text of a token. */
export const NewTokenAnswer = TokenView.extend({ token: z.string(), ...Connection.shape });
export type NewTokenAnswer = z.infer<typeof NewTokenAnswer>;
export const TokenListAnswer = z.object({ tokens: z.array(TokenView) });

/** RFC 9457. */
export const Problem = z.object({ status: z.number(), title: z.string(), detail: z.string() });
export type Problem = z.infer<typeof Problem>;
