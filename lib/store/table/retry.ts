/**
 * When a call to DynamoDB is worth repeating, and what becomes of one that fails for good. The SDK repeats throttling
 * and broken connections a few times by itself; refused transactions it leaves to us.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { jitteredDelay } from '../../common/backoff.ts';
import { notFinished, ScimError, unavailable } from '../../scim/index.ts';

/** A refusal that another try may not meet: a conflict, throttling, or a write that is still under way. */
export class Contended extends Error {}
/** More than the table, or one of its keys, takes in a second. */
export class Throttled extends Contended {}

const ATTEMPTS = 10;
const BACKOFF = { firstMs: 20, longestMs: 500 };
/** So many times longer: a limit counts by the second, and who asks again at once is refused again. */
const THROTTLED = 5;

const THROTTLING = new Set(['ThrottlingException', 'ProvisionedThroughputExceededException', 'RequestLimitExceeded']);
const PASSING = new Set([
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

const isPassing = (error: ServiceError): boolean =>
  error instanceof Contended ||
  PASSING.has(error.name) ||
  (typeof error.code === 'string' && BROKEN_CONNECTION.has(error.code)) ||
  (error.$metadata?.httpStatusCode ?? 0) >= 500;

export const isThrottled = (error: unknown): error is Error =>
  error instanceof Throttled || (error instanceof Error && THROTTLING.has(error.name));

/** What the service or the way to it says is an outage for whoever asked; a malformed request, or a bug, is our own fault. */
const isOutage = (error: ServiceError): boolean =>
  isPassing(error) ||
  typeof error.code === 'string' ||
  error.name === 'CredentialsProviderError' ||
  (error.$fault !== undefined && error.name !== 'ValidationException');

const delay = (attempt: number) => jitteredDelay(attempt, BACKOFF);

/** Not an outage: Okta goes on by itself after 429 only. */
const busy = (cause: unknown) =>
  new ScimError(429, 'Too many requests at once. Repeat it later.', {
    headers: { 'Retry-After': '2' },
    cause,
  });

export type RetryOptions = {
  /** Milliseconds since 1970: no try begins after it. */
  readonly deadline?: number | undefined;
  readonly clock: () => number;
  /** Asked before each further try with what the last one met; may throw. */
  readonly beforeRetry?: ((error: unknown) => Promise<void> | void) | undefined;
  /** Of one of very many steps: tried until the deadline, after which a request that is repeated goes on with it. */
  readonly throttle?: object | undefined;
};

/** Waiting helps for certain: it is no outage. */
const isCrowded = (error: unknown) => error instanceof Contended || isThrottled(error);

const giveUp = (error: unknown, { throttle }: RetryOptions): ScimError => {
  if (throttle && isCrowded(error)) return notFinished();
  return isThrottled(error) ? busy(error) : unavailable(error);
};

/** Of a step that was throttled its throttle decides. */
const waitAfter = (error: unknown, attempt: number, { throttle }: RetryOptions): number => {
  if (!isThrottled(error)) return delay(attempt);
  return throttle ? 0 : THROTTLED * delay(attempt);
};

/** @returns how long to wait before the next try; throws when there is none */
const nextWait = (error: unknown, attempt: number, patience: RetryOptions) => {
  const { deadline = Infinity, clock, throttle } = patience;
  if (!(error instanceof Error) || !isOutage(error)) throw error;
  const untilDeadline = throttle && isCrowded(error) && deadline < Infinity;
  if (!isPassing(error) || (attempt + 1 >= ATTEMPTS && !untilDeadline)) throw giveUp(error, patience);
  const wait = waitAfter(error, attempt, patience);
  if (clock() + wait >= deadline) throw giveUp(error, patience);
  return wait;
};

/**
 * @throws unavailable() when the service does not do it within a bounded number of tries; 429 when it is throttled for
 * as long, or a step is not done by the deadline
 */
export const withRetries = async <Result>(work: () => Promise<Result>, patience: RetryOptions): Promise<Result> => {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      await sleep(nextWait(error, attempt, patience));
      await patience.beforeRetry?.(error);
    }
  }
};
