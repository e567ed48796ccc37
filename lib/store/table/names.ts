/** The one table: read by the construct and by the local run. */
export const table = {
  partitionKey: 'pk',
  sortKey: 'sk',
  /** Seconds since 1970. DynamoDB deletes late: every read of an item that has it compares it with now. */
  timeToLive: 'ttl',
} as const;
/** The sort keys of the items whose changes become events; nothing else invokes the stream function. */
export const RESOURCE = 'RESOURCE';
export const MEMBEROF = 'MEMBEROF';
export const DIRECTORY = 'DIRECTORY';
/** Followed by the id of a token. */
export const EXPIRING_PREFIX = 'EXPIRING#';
/** What the filter of the stream lets through: sort keys, and the beginning of some. */
export const streamed = { keys: [RESOURCE, MEMBEROF, DIRECTORY], prefix: EXPIRING_PREFIX } as const;
