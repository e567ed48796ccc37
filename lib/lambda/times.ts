/** How long things may last and be remembered. Read by construct, functions and local run. */

/** API Gateway remembers the authorizer's answer to a token, and the authorizer its secrets: a revoked token works at most for the sum. */
export const AUTHORIZER_CACHE_SECONDS = 30;
export const SECRET_CACHE_SECONDS = 20;
/** A directory's settings in the functions. */
export const DIRECTORY_CACHE_SECONDS = 20;
/** API Gateway ends a request after 29 seconds, Lambda after 28; the work stops by itself before, so nothing is written after a 504. */
export const FUNCTION_TIMEOUT_SECONDS = 28;
export const WORK_SECONDS = 25;
