/** The ListResponse message (RFC 7644 section 3.4.2). */
import type { JsonObject } from './json.ts';

const LIST_RESPONSE_URN = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

/** `itemsPerPage` is how many resources this answer holds; `Resources` is always there. */
export const toListResponse = (
  resources: readonly JsonObject[],
  { totalResults, startIndex }: { readonly totalResults: number; readonly startIndex: number },
): JsonObject => ({
  schemas: [LIST_RESPONSE_URN],
  totalResults,
  startIndex,
  itemsPerPage: resources.length,
  Resources: resources,
});
