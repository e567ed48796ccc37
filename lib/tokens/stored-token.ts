/** Stored form of a token, without its text. */
import * as z from 'zod/mini';

export const TokenScope = z.enum(['read', 'write']);
export type TokenScope = z.infer<typeof TokenScope>;

export const StoredToken = z.object({
  directory: z.string(),
  name: z.string(),
  /** Hash of the token's text, in hex. */
  sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  scopes: z.array(TokenScope).check(z.minLength(1)),
  /** ISO 8601 in UTC. */
  createdAt: z.string(),
  expiresAt: z.optional(z.string()),
  /** Id of the token that replaces this one after a rotation; this one then works until `expiresAt`. */
  replacedBy: z.optional(z.string()),
});
export type StoredToken = z.infer<typeof StoredToken>;

/** Tokens by id. */
export type Tokens = ReadonlyMap<string, StoredToken>;

/** Value of a secret. */
const Shard = z.object({
  format: z.literal(1),
  tokens: z.record(z.string(), StoredToken),
});

/** @throws Error if the text is not in the format of `printShard`; the message does not quote the content */
export const parseShard = (text: string): Tokens => {
  try {
    return new Map(Object.entries(Shard.parse(JSON.parse(text)).tokens));
  } catch {
    // No cause, because JSON.parse quotes its input in the error.
    throw new Error('a token secret is not in the format that Rollcall writes');
  }
};

export const printShard = (tokens: Tokens): string => JSON.stringify({ format: 1, tokens: Object.fromEntries(tokens) });
