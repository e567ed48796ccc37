/**
 * Which DynamoDB errors are retried, and which error a call that finally fails becomes. The SDK itself retries
 * throttling and broken connections a few times, but not cancelled transactions.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { jitteredDelay } from '../../common/backoff.ts';
import { notFinished, ScimError, unavailable } from '../../scim/index.ts';

/** A failure that a retry may not meet: a conflict, throttling, or a transaction still in progress. */
export class Contended extends Error {}
/** The capacity per second of the table, or of one of its partition keys, is exceeded. */
export class Throttled extends Contended {}

const ATTEMPTS = 10;
const BACKOFF = { firstMs: 20, longestMs: 500 };
/** Longer back-off after throttling, because limits are per second. */
const THROTTLE_FACTOR = 5;

const THROTTLING = new Set(['ThrottlingException', 'ProvisionedThroughputExceededException', 'RequestLimitExceeded']);
const TRANSIENT = new Set([
  ...THROTTLING,
  'TransactionConflictException',
  'TransactionInProgressException',
  'InternalServerError',
  'ServiceUnavailable',
  'TimeoutError',
]);
const BROKEN_CONNECTION = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN']);

type ServiceError = Error & {
  readonly code?: unknown;
  readonly $fault?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
};

const isTransient = (error: ServiceError): boolean =>
  error instanceof Contended ||
  TRANSIENT.has(error.name) ||
  (typeof error.code === 'string' && BROKEN_CONNECTION.has(error.code)) ||
  (error.$metadata?.httpStatusCode ?? 0) >= 500;

export const isThrottled = (error: unknown): error is Error =>
  error instanceof Throttled || (error instanceof Error && THROTTLING.has(error.name));

/** An error of the service or of the connection is an outage for the client. A malformed request or a bug is not. */
const isOutage = (error: ServiceError): boolean =>
  isTransient(error) ||
  typeof error.code === 'string' ||
  error.name === 'CredentialsProviderError' ||
  (error.$fault !== undefined && error.name !== 'ValidationException');

const delay = (attempt: number) => jitteredDelay(attempt, BACKOFF);

/** 429, not an outage: Okta resumes by itself only after 429. */
const throttledError = (cause: unknown) =>
  new ScimError(429, 'Too many requests at the same time. Repeat the request later.', {
    headers: { 'Retry-After': '2' },
    cause,
  });

export type RetryOptions = {
  /** Milliseconds since 1970: no attempt starts after it. */
  readonly deadline?: number | undefined;
  readonly clock: () => number;
  /** Called before each retry with the last error. May throw to end the retries. */
  readonly beforeRetry?: ((error: unknown) => Promise<void> | void) | undefined;
  /**
   * Set for a step of a large change: retried until the deadline, then `notFinished()`; a repeated request continues.
   */
  readonly throttle?: object | undefined;
};

/** Contention, unlike an outage, certainly passes. */
const isContention = (error: unknown) => error instanceof Contended || isThrottled(error);

const finalError = (error: unknown, { throttle }: RetryOptions): ScimError => {
  if (throttle && isContention(error)) return notFinished();
  return isThrottled(error) ? throttledError(error) : unavailable(error);
};

/** After throttling, a step with a throttle does not wait here: the throttle delays the next attempt. */
const waitAfter = (error: unknown, attempt: number, { throttle }: RetryOptions): number => {
  if (!isThrottled(error)) return delay(attempt);
  return throttle ? 0 : THROTTLE_FACTOR * delay(attempt);
};

/** @returns milliseconds to wait before the next attempt. @throws the final error when there is none */
const nextWait = (error: unknown, attempt: number, options: RetryOptions) => {
  const { deadline = Infinity, clock, throttle } = options;
  if (!(error instanceof Error) || !isOutage(error)) throw error;
  const untilDeadline = throttle && isContention(error) && deadline < Infinity;
  if (!isTransient(error) || (attempt + 1 >= ATTEMPTS && !untilDeadline)) throw finalError(error, options);
  const wait = waitAfter(error, attempt, options);
  if (clock() + wait >= deadline) throw finalError(error, options);
  return wait;
};

/**
 * Retries transient failures.
 * @throws unavailable() after 10 attempts or at the deadline; 429 instead after throttling, and notFinished() (429) for
 * a step with a throttle that meets contention until the deadline
 */
export const withRetries = async <Result>(work: () => Promise<Result>, options: RetryOptions): Promise<Result> => {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      await sleep(nextWait(error, attempt, options));
      await options.beforeRetry?.(error);
    }
  }
};
