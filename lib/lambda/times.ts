/** How long things may last and be remembered. Read by construct, functions and local run. */

/** API Gateway remembers the authorizer's answer to a token, and the authorizer its secrets: a revoked token works at most for the sum. */
export const AUTHORIZER_CACHE_SECONDS = 30;
export const SECRET_CACHE_SECONDS = 20;
/** A directory's settings in the functions. */
export const DIRECTORY_CACHE_SECONDS = 20;
/** API Gateway ends a request after 29 seconds, Lambda after 28; the work stops by itself before, so nothing is written after a 504. */
export const FUNCTION_TIMEOUT_SECONDS = 28;
export const WORK_SECONDS = 25;
/** So long after a directory was marked as deleted a function may write to it, or a token of it be taken: the caches, and the work that began before. */
export const SETTLE_SECONDS =
  Math.max(DIRECTORY_CACHE_SECONDS + FUNCTION_TIMEOUT_SECONDS, AUTHORIZER_CACHE_SECONDS + SECRET_CACHE_SECONDS) + 5;
/** One request's share of a deletion: short, so that whoever waits sees it go on. */
export const DELETION_STEP_SECONDS = 10;
