/** Conditional requests (RFC 7644 section 3.14, RFC 7232). */
import { preconditionFailed } from '../error.ts';
import { matchesVersion, toVersion } from '../resource/etag.ts';
import type { StoredResource } from '../store-port.ts';
import type { ResourceExchange, ScimResponse } from './request.ts';

/** @throws 412 if If-Match does not match the current version */
export function checkIfMatch({ request, type }: ResourceExchange, resource: StoredResource): void {
  const header = request.header('if-match');
  if (header !== undefined && !matchesVersion(header, resource))
    throw preconditionFailed(
      `${type.name} ${resource.id} has version ${toVersion(resource)}, not ${header}: read it again and retry.`,
    );
}

/** Whether If-Match requires a specific version, not just `*`. */
export const hasVersionPrecondition = ({ request }: ResourceExchange): boolean => {
  const header = request.header('if-match');
  return header !== undefined && header.trim() !== '*';
};

/** @returns 304 if If-None-Match matches the current version, else undefined */
export function notModified({ request }: ResourceExchange, resource: StoredResource): ScimResponse | undefined {
  const header = request.header('if-none-match');
  if (header === undefined || !matchesVersion(header, resource)) return undefined;
  return { status: 304, headers: { ETag: toVersion(resource) }, body: undefined };
}
