/** What is kept of a token. */
import * as z from 'zod/mini';

export const TokenScope = z.enum(['read', 'write']);
export type TokenScope = z.infer<typeof TokenScope>;

export const StoredToken = z.object({
  directory: z.string(),
  name: z.string(),
  /** Of the token's text, in hex. */
  sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  scopes: z.array(TokenScope).check(z.minLength(1)),
  /** ISO 8601 in UTC. */
  createdAt: z.string(),
  expiresAt: z.optional(z.string()),
  /** `createdAt` of the directory that the token was created for. Absent in tokens of the first release. */
  incarnation: z.optional(z.string()),
  /** The id of the token that replaces it, of a rotation by the first release; now the table has it. */
  replacedBy: z.optional(z.string()),
});
export type StoredToken = z.infer<typeof StoredToken>;

/** Tokens by id. */
export type Tokens = ReadonlyMap<string, StoredToken>;

/** The value of a secret. */
const Shard = z.object({
  format: z.literal(1),
  tokens: z.record(z.string(), StoredToken),
});

/** @throws Error when the text is not what this service writes; the message tells nothing of the content */
export const parseShard = (text: string): Tokens => {
  try {
    return new Map(Object.entries(Shard.parse(JSON.parse(text)).tokens));
  } catch {
    // The cause is left out: JSON.parse quotes what it could not read.
    throw new Error('a secret with tokens is not in the format that this service writes');
  }
};

export const printShard = (tokens: Tokens): string => JSON.stringify({ format: 1, tokens: Object.fromEntries(tokens) });
