/** The DynamoDB client of the functions: a call that hangs is given up and repeated well before the request's time is spent. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

export type TableOptions = {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** Milliseconds since 1970. @default Date.now */
  readonly clock?: () => number;
};

/** DynamoDB answers within milliseconds, a transaction of a hundred items within tenths of a second. */
const CONNECT_MS = 1000;
const ANSWER_MS = 5000;

export const createTableClient = (): DynamoDBClient => {
  const client = new DynamoDBClient({
    requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: ANSWER_MS, throwOnRequestTimeout: true },
  });
  // It prepares each input and output for a log that nobody keeps: a quarter of the CPU of a page of 100 users.
  client.middlewareStack.remove('loggerMiddleware');
  return client;
};
