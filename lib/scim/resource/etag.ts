/** Versions of resources (RFC 7644 section 3.14): weak, and compared by what stands between the quotes. */
import type { StoredResource } from '../store-port.ts';

export const toVersion = ({ version, memberVersion }: StoredResource): string => `W/"${version + memberVersion}"`;

const ENTITY_TAG = /(?:W\/)?"([^"]*)"/g;

/**
 * @param header If-Match or If-None-Match: `*`, or one entity tag or more
 * @returns whether one of them is the resource's version
 */
export function matchesVersion(header: string, resource: StoredResource): boolean {
  if (header.trim() === '*') return true;
  const version = String(resource.version + resource.memberVersion);
  return [...header.matchAll(ENTITY_TAG)].some(([, opaque]) => opaque === version);
}
