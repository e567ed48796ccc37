/** The ListResponse message (RFC 7644 section 3.4.2, RFC 9865 section 2). */
import type { JsonObject } from '../json/json.ts';

const LIST_RESPONSE_URN = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

type Paged = {
  /** undefined: unknown; only cursor paging may omit it. */
  readonly totalResults: number | undefined;
  /** undefined: paged by cursor. */
  readonly startIndex?: number | undefined;
  readonly nextCursor?: string | undefined;
};

/** The message; `itemsPerPage` counts its resources, and `Resources` is present even when empty. */
export const toListResponse = (
  resources: readonly JsonObject[],
  { totalResults, startIndex, nextCursor }: Paged,
): JsonObject => ({
  schemas: [LIST_RESPONSE_URN],
  ...(totalResults === undefined ? {} : { totalResults }),
  ...(startIndex === undefined ? {} : { startIndex }),
  itemsPerPage: resources.length,
  ...(nextCursor === undefined ? {} : { nextCursor }),
  Resources: resources,
});
