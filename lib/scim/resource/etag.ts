/** Versions of resources (RFC 7644 section 3.14): weak entity tags, compared by their opaque part. */
import type { StoredResource } from '../store-port.ts';

export const toVersion = ({ version, memberVersion }: StoredResource): string => `W/"${version + memberVersion}"`;

const ENTITY_TAG = /(?:W\/)?"([^"]*)"/g;

/**
 * Whether a precondition header matches the resource's version.
 * @param header If-Match or If-None-Match: `*`, or one or more entity tags
 */
export function matchesVersion(header: string, resource: StoredResource): boolean {
  if (header.trim() === '*') return true;
  const version = String(resource.version + resource.memberVersion);
  return [...header.matchAll(ENTITY_TAG)].some(([, opaque]) => opaque === version);
}
