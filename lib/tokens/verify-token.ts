/** Verifies the Authorization header of a request, and finds the token's directory and scopes. */
import { timingSafeEqual } from 'node:crypto';
import type { TokenScope } from './stored-token.ts';
import type { TokenCache } from './token-cache.ts';
import { hashToken, parseAuthorization } from './token-format.ts';

export type VerifiedToken = {
  readonly tokenId: string;
  readonly tokenName: string;
  readonly directory: string;
  readonly scopes: readonly TokenScope[];
  /** ISO 8601 in UTC. */
  readonly createdAt: string;
  readonly expiresAt: string | undefined;
  /** `createdAt` of the directory that the token was created for; absent in tokens of the first release. */
  readonly incarnation: string | undefined;
};

export type VerifierOptions = {
  readonly cache: TokenCache;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
};

/**
 * @returns a function that returns undefined for a token that is missing, malformed, unknown, revoked or expired, and
 * throws if the lookup fails
 */
export const createVerifier =
  ({ cache, now = Date.now }: VerifierOptions) =>
  async (authorization: string): Promise<VerifiedToken | undefined> => {
    const parsed = parseAuthorization(authorization);
    if (parsed === undefined) return undefined;
    const stored = await cache.find(parsed.shard, parsed.tokenId);
    if (stored === undefined || !isEqual(hashToken(parsed.token), stored.sha256)) return undefined;
    if (stored.expiresAt !== undefined && now() >= Date.parse(stored.expiresAt)) return undefined;
    return {
      tokenId: parsed.tokenId,
      tokenName: stored.name,
      directory: stored.directory,
      scopes: stored.scopes,
      createdAt: stored.createdAt,
      expiresAt: stored.expiresAt,
      incarnation: stored.incarnation,
    };
  };

/** Compares two hashes, 32 bytes in hex each, in constant time. */
const isEqual = (a: string, b: string): boolean => timingSafeEqual(Buffer.from(a, 'hex'), Buffer.from(b, 'hex'));
