/** The DynamoDB client of the functions: a call that hangs is given up and repeated well before the request's time is spent. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** DynamoDB answers within milliseconds, a transaction of a hundred items within tenths of a second. */
const CONNECT_MS = 1000;
const ANSWER_MS = 5000;

export const createTableClient = (): DynamoDBClient =>
  new DynamoDBClient({
    requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: ANSWER_MS, throwOnRequestTimeout: true },
  });
