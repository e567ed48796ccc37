/**
 * What a function checks of a token itself. The authorizer's answer is cached for 30 seconds and knows nothing of the
 * table, so revocation, expiry, the directory's incarnation and the scopes are checked again, without a call beyond the
 * cached read of the directory.
 */
import type { DirectoryAccess } from '../store/tokens/directory-access.ts';
import type { TokenContext } from './scim-request.ts';

/** `'unclear'`: what was read may be older than the token, so it must be read again. */
export type TokenVerdict = 'valid' | 'refused' | 'unclear';

const isBefore = (time: string | undefined, other: string): boolean =>
  time !== undefined && Date.parse(time) < Date.parse(other);

/**
 * Facts that the authorizer did not send (the first release does not) are not checked.
 * @param now milliseconds since 1970
 */
export const checkToken = (token: TokenContext, access: DirectoryAccess | undefined, now: number): TokenVerdict => {
  if (access === undefined || access.directory.status === 'deleting') return 'refused';
  const { createdAt } = access.directory;
  if (token.expiresAt !== undefined && now >= Date.parse(token.expiresAt)) return 'refused';
  if (isBefore(token.createdAt, createdAt)) return 'refused';
  if (token.incarnation !== undefined && token.incarnation !== createdAt) return 'unclear';
  const denial = access.denials.get(token.tokenId);
  if (denial === undefined) return 'valid';
  if (denial.pending === true) return 'unclear';
  return Date.parse(denial.from) <= now ? 'refused' : 'valid';
};

/** `read` covers GET, HEAD and searches, as in the authorizer's policy. @param path segments below the SCIM root */
export const isInScope = (
  { scopes }: TokenContext,
  { method, path }: { readonly method: string; readonly path: readonly string[] },
): boolean =>
  scopes === undefined ||
  scopes.includes('write') ||
  (scopes.includes('read') &&
    (method === 'GET' || method === 'HEAD' || (method === 'POST' && path.at(-1) === '.search')));
