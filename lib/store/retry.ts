/**
 * When a call to DynamoDB is worth repeating, and what becomes of one that fails for good. The SDK repeats throttling
 * and broken connections a few times by itself; refused transactions it leaves to us.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { unavailable } from '../scim/index.ts';

/** A refusal that another try may not meet: a conflict, throttling, or a write that is still under way. */
export class Contended extends Error {}

const ATTEMPTS = 10;
const FIRST_DELAY_MS = 20;
export const LONGEST_DELAY_MS = 500;

const PASSING = new Set([
  'TransactionConflictException',
  'TransactionInProgressException',
  'ThrottlingException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
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

/** What the service or the way to it says is an outage for whoever asked; a malformed request, or a bug, is our own fault. */
const isOutage = (error: ServiceError): boolean =>
  isPassing(error) ||
  typeof error.code === 'string' ||
  error.name === 'CredentialsProviderError' ||
  (error.$fault !== undefined && error.name !== 'ValidationException');

/** Full jitter: those who collided do not meet again. */
const delay = (attempt: number) => Math.random() * Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);

export type Patience = {
  /** Milliseconds since 1970: no try begins after it. */
  readonly deadline?: number | undefined;
  readonly clock: () => number;
  /** Asked before each further try with what the last one met; may throw. */
  readonly beforeRetry?: ((error: unknown) => Promise<void> | void) | undefined;
};

/** @returns how long to wait before the next try; throws when there is none */
const nextWait = (error: unknown, attempt: number, { deadline = Number.POSITIVE_INFINITY, clock }: Patience) => {
  if (!(error instanceof Error) || !isOutage(error)) throw error;
  if (!isPassing(error) || attempt + 1 >= ATTEMPTS) throw unavailable(error);
  const wait = delay(attempt);
  if (clock() + wait >= deadline) throw unavailable(error);
  return wait;
};

/** @throws unavailable() when the service does not do it within a bounded number of tries */
export const withRetries = async <Result>(work: () => Promise<Result>, patience: Patience): Promise<Result> => {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      await sleep(nextWait(error, attempt, patience));
      await patience.beforeRetry?.(error);
    }
  }
};
