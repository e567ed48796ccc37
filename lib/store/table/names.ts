/** Attribute names of the table, for the CDK construct and the local run. */
export const table = {
  partitionKey: 'pk',
  sortKey: 'sk',
  /** Seconds since 1970. DynamoDB deletes late, so every read compares the value with the clock. */
  timeToLive: 'ttl',
} as const;
/** Sort keys of the items whose changes become events. No other item invokes the stream function. */
export const RESOURCE = 'RESOURCE';
export const MEMBEROF = 'MEMBEROF';
export const DIRECTORY = 'DIRECTORY';
/** Followed by a token id. */
export const EXPIRING_PREFIX = 'EXPIRING#';
/** The stream's event filter: exact sort keys, and a sort key prefix. */
export const streamed = { keys: [RESOURCE, MEMBEROF, DIRECTORY], prefix: EXPIRING_PREFIX } as const;
