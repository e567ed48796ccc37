/** Conditional requests (RFC 7644 section 3.14, RFC 7232). */
import { preconditionFailed } from '../error.ts';
import { matchesVersion, toVersion } from '../resource/etag.ts';
import type { StoredResource } from '../store-port.ts';
import type { ResourceExchange, ScimResponse } from './request.ts';

/** @throws 412 when If-Match names other versions than the present one */
export function checkIfMatch({ request, type }: ResourceExchange, resource: StoredResource): void {
  const header = request.header('if-match');
  if (header !== undefined && !matchesVersion(header, resource))
    throw preconditionFailed(`${type.name} ${resource.id} is at version ${toVersion(resource)}, not at ${header}`);
}

/** Whether the client insists on the version that it read. */
export const insistsOnVersion = ({ request }: ResourceExchange): boolean => {
  const header = request.header('if-match');
  return header !== undefined && header.trim() !== '*';
};

/** @returns 304 when If-None-Match names the present version */
export function notModified({ request }: ResourceExchange, resource: StoredResource): ScimResponse | undefined {
  const header = request.header('if-none-match');
  if (header === undefined || !matchesVersion(header, resource)) return undefined;
  return { status: 304, headers: { ETag: toVersion(resource) }, body: undefined };
}
