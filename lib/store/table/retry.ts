/**
 * Which DynamoDB errors are retried, how long, and which error a call that finally fails becomes. The SDK retries
 * nothing (`client.ts`), because its waits inside ours exceeded any deadline.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { jitteredDelay } from '../../common/backoff.ts';
import { notFinished, ScimError, unavailable } from '../../scim/index.ts';
import { type RequestTime, startRequest } from './request-time.ts';

/** A failure that a retry may not meet: a conflict, throttling, or a transaction still in progress. */
export class Contended extends Error {}
/** The capacity per second of the table, or of one of its partition keys, is exceeded. */
export class Throttled extends Contended {}

/** Attempts that meet a conflict. */
const ATTEMPTS = 10;
const FIRST_DELAY_MS = 20;
const LONGEST_DELAY_MS = 500;
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
/** Also a kept connection that the other side closed while it was idle. */
const BROKEN_CONNECTION = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

type ServiceError = Error & {
  readonly code?: unknown;
  readonly $fault?: unknown;
  readonly $metadata?: {
    readonly httpStatusCode?: number;
    /** The SDK has learned the difference between the clocks from the response, and the next signature is valid. */
    readonly clockSkewCorrected?: true;
  };
};

const isTransient = (error: ServiceError): boolean =>
  error instanceof Contended ||
  TRANSIENT.has(error.name) ||
  (typeof error.code === 'string' && BROKEN_CONNECTION.has(error.code)) ||
  error.$metadata?.clockSkewCorrected === true ||
  (error.$metadata?.httpStatusCode ?? 0) >= 500;

export const isThrottled = (error: unknown): error is Error =>
  error instanceof Throttled || (error instanceof Error && THROTTLING.has(error.name));

/** An error of the service or of the connection is an outage for the client. A malformed request or a bug is not. */
const isOutage = (error: ServiceError): boolean =>
  isTransient(error) ||
  typeof error.code === 'string' ||
  error.name === 'CredentialsProviderError' ||
  (error.$fault !== undefined && error.name !== 'ValidationException');

const delay = (attempt: number) => jitteredDelay(attempt, FIRST_DELAY_MS, LONGEST_DELAY_MS);

/** 429, not an outage: Okta resumes by itself only after 429. */
const throttledError = (cause: unknown) =>
  new ScimError(429, 'Too many requests. Repeat the request later.', {
    headers: { 'Retry-After': '2' },
    cause,
  });

export type RetryOptions = {
  /** Milliseconds since 1970: no retry begins after it. */
  readonly deadline?: number | undefined;
  readonly clock: () => number;
  /** Shared by the calls of a request. @default this call is a request of its own */
  readonly request?: RequestTime | undefined;
  /** Called before each retry with the last error. May throw to end the retries. */
  readonly beforeRetry?: ((error: unknown) => Promise<void> | void) | undefined;
  /**
   * Set for a step of a large change: after contention it is retried until the deadline, as long as other steps
   * succeed, then `notFinished()`; a repeated request continues.
   */
  readonly throttle?: object | undefined;
};

/** Contention, unlike an outage, certainly passes. */
const isContention = (error: unknown) => error instanceof Contended || isThrottled(error);

const finalError = (error: unknown, { throttle }: Pick<RetryOptions, 'throttle'>): ScimError => {
  if (throttle && isContention(error)) return notFinished();
  return isThrottled(error) ? throttledError(error) : unavailable(error);
};

/** After throttling, a step with a throttle does not wait here: the throttle delays the next attempt. */
const waitAfter = (error: unknown, attempt: number, { throttle }: RetryOptions): number => {
  if (!isThrottled(error)) return delay(attempt);
  return throttle ? 0 : THROTTLE_FACTOR * delay(attempt);
};

/** A conflict is an answer of the table, so time without an answer does not end it. */
const isLastAttempt = (error: Error, attempt: number, { throttle }: RetryOptions): boolean =>
  error instanceof Contended && !isThrottled(error) && throttle === undefined && attempt + 1 >= ATTEMPTS;

/** @returns milliseconds to wait before the next attempt. @throws the final error when there is none */
const nextWait = (error: Error, attempt: number, { request, ...options }: RetryOptions & { request: RequestTime }) => {
  const { deadline = Infinity, clock } = options;
  if (!isTransient(error) || isLastAttempt(error, attempt, options)) throw finalError(error, options);
  const wait = waitAfter(error, attempt, options);
  const next = clock() + wait;
  if (next >= deadline || request.isOver(next)) throw finalError(error, options);
  return wait;
};

/**
 * Retries transient failures until five seconds passed without a success of the request, or until the deadline.
 * @throws unavailable() then; 429 instead after throttling, and notFinished() (429) for a step with a throttle that
 * meets contention. A conflict without a throttle is unavailable() after ten attempts
 */
export const withRetries = async <Result>(work: () => Promise<Result>, options: RetryOptions): Promise<Result> => {
  const { clock, request = startRequest() } = options;
  const ended = request.ended(clock());
  if (ended !== undefined) throw finalError(ended, options);
  for (let attempt = 0; ; attempt++) {
    const began = clock();
    try {
      const result = await work();
      request.succeeded(clock());
      return result;
    } catch (error) {
      if (!(error instanceof Error) || !isOutage(error)) throw error;
      request.failed(error, began);
      await sleep(nextWait(error, attempt, { ...options, request }));
      await options.beforeRetry?.(error);
    }
  }
};
