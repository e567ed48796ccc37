/** The functions' DynamoDB client: a hanging call times out and is retried well within the request's deadline. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { RequestTime } from './request-time.ts';

export type TableOptions = {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** Milliseconds since 1970. @default Date.now */
  readonly clock?: () => number;
  /** The request that all calls belong to. @default each call is a request of its own */
  readonly request?: RequestTime;
};

/**
 * DynamoDB responds within milliseconds, to a transaction of 100 items within a few hundred. Two calls that hang fit
 * into the five seconds of a request.
 */
const CONNECT_MS = 1000;
const ANSWER_MS = 2500;

export const createTableClient = (): DynamoDBClient => {
  const client = new DynamoDBClient({
    // `withRetries` alone retries.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: ANSWER_MS,
      throwOnRequestTimeout: true,
      // For a response that stops in the middle.
      socketTimeout: ANSWER_MS,
    },
  });
  // It formats every input and output for a log that is never written: a quarter of the CPU time of a page of 100
  // users.
  client.middlewareStack.remove('loggerMiddleware');
  return client;
};
