/** Sizes beyond which a request is refused with a clear error. */
export const limits = {
  /** Bytes of a body: memberships travel in those of groups. */
  bodyBytes: 1024 * 1024,
  membersBodyBytes: 4.5 * 1024 * 1024,
  /** Bytes of one resource, as JSON, without memberships. */
  resourceBytes: 300 * 1024,
  /** Bytes of a folded value that an index holds: userName, externalId, e-mail values, displayName. */
  indexedBytes: 512,
  /** Values of a multi-valued attribute other than members. */
  values: 50,
  /** Nesting of a body. */
  depth: 32,
  filterBytes: 8 * 1024,
  filterTerms: 100,
  patchOperations: 5000,
  /** Resources per page. */
  defaultCount: 100,
  maxCount: 200,
  /** Members that the answer to a PATCH of a group still lists. */
  answeredMembers: 100,
  /** Resources and bytes that a filter without an index may read. */
  scannedResources: 10_000,
  scannedBytes: 16 * 1024 * 1024,
  /** Bytes of an answer. */
  answerBytes: 5 * 1024 * 1024,
} as const;
