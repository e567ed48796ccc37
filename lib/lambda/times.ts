/** Timeouts and cache lifetimes, shared by the construct, the functions and the local run. */

/** How long API Gateway caches the authorizer's result for a token. */
export const AUTHORIZER_CACHE_SECONDS = 30;
/** How long the authorizer caches secrets. A revoked token works at most for the sum of the two. */
export const SECRET_CACHE_SECONDS = 20;
/** How long the functions cache the settings of a directory. */
export const DIRECTORY_CACHE_SECONDS = 20;
/** Lambda's timeout, below the 29 seconds of API Gateway. */
export const FUNCTION_TIMEOUT_SECONDS = 28;
/** Time after which the work stops by itself, so that nothing is written after API Gateway has returned 504. */
export const WORK_SECONDS = 25;
/** A change of tokens: a step that has begun by then still ends within the function's time. */
export const TOKEN_WORK_SECONDS = 18;
/**
 * How long after a directory was marked as deleted a function may still write to it, or the authorizer accept one of
 * its tokens: until the caches have expired and the requests in progress have ended.
 */
export const SETTLE_SECONDS =
  Math.max(DIRECTORY_CACHE_SECONDS + FUNCTION_TIMEOUT_SECONDS, AUTHORIZER_CACHE_SECONDS + SECRET_CACHE_SECONDS) + 5;
/** Duration of one step of a deletion, short so that the client sees progress. */
export const DELETION_STEP_SECONDS = 10;
/**
 * Age at which the event source mapping moves a record that keeps failing to the failure bucket. The stream itself loses
 * its records after 24 hours.
 */
export const STREAM_RECORD_AGE_SECONDS = 20 * 60 * 60;
