/** The time of one request: its deadline, and for how long all of its calls to the table have failed. */

/** A request none of whose calls succeeds for this long ends. */
const PATIENCE_MS = 5000;
/**
 * A request that ends may still begin a call for so long, to release what it holds: throttled calls fail at once. After
 * a call that hung, no other begins.
 */
const LAST_CALL_MS = 500;

export type RequestTime = {
  /** Milliseconds since 1970: no read begins after it. */
  readonly deadline: number;
  /** Notes a success, at a time in milliseconds since 1970. */
  succeeded(at: number): void;
  /** Notes a failed attempt. @param began milliseconds since 1970 */
  failed(error: Error, began: number): void;
  /** Whether too little time is left to wait until `at` for another attempt. */
  isOver(at: number): boolean;
  /** @returns the last error, if the request has ended by `at` and may not begin another call */
  ended(at: number): Error | undefined;
};

/** @param deadline milliseconds since 1970 */
export const startRequest = (deadline: number = Number.POSITIVE_INFINITY): RequestTime => {
  let succeededAt = Number.NEGATIVE_INFINITY;
  let failing: { readonly since: number; readonly error: Error } | undefined;
  const failingFor = (at: number) => (failing === undefined ? 0 : at - failing.since);
  return {
    deadline,
    succeeded(at) {
      succeededAt = at;
      failing = undefined;
    },
    failed(error, began) {
      failing = { since: failing?.since ?? Math.max(began, succeededAt), error };
    },
    isOver: (at) => failingFor(at) >= PATIENCE_MS,
    ended: (at) => (failingFor(at) >= PATIENCE_MS + LAST_CALL_MS ? failing?.error : undefined),
  };
};
