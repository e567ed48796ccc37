/** Size limits; a request that exceeds one is refused with an error that names it. */
export const limits = {
  /** Bytes of a request body; group bodies carry members, so theirs may be larger. */
  bodyBytes: 1024 * 1024,
  // In base64 these are 5.9 MB: Lambda's limit for an event is 6 MB, with headers of up to 10 KB twice.
  membersBodyBytes: 4.4 * 1024 * 1024,
  /** Bytes of one resource as JSON, excluding memberships. */
  resourceBytes: 300 * 1024,
  /** Bytes of an indexed value after folding: userName, externalId, e-mail values, displayName. */
  indexedBytes: 512,
  /** Values of a multi-valued attribute other than members. */
  values: 50,
  /** Nesting levels of a body, and keys of one object in it. */
  depth: 32,
  keys: 1000,
  /** Unknown attributes that mode `tolerant` ignores in one request. */
  ignoredAttributes: 10_000,
  /** Names in `attributes` or `excludedAttributes`. */
  projectedNames: 500,
  filterBytes: 8 * 1024,
  filterTerms: 100,
  /** Operations of a PATCH, and those of them on anything but members: each takes time for every value. */
  patchOperations: 5000,
  attributeOperations: 500,
  /** Resources per page. */
  defaultCount: 100,
  maxCount: 200,
  /** Members in the response to a PATCH of a group; a larger group gets 204 unless attributes are requested. */
  answeredMembers: 100,
  /** Resources and bytes that a query without an index may read. */
  scannedResources: 10_000,
  scannedBytes: 16 * 1024 * 1024,
  /** Bytes of a response body inside a JSON string. Lambda's limit is 6 MB for it and the headers. */
  answerBytes: 5.75 * 1024 * 1024,
} as const;
