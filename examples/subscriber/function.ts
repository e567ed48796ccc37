/** Applies the events in the queue to the application's table. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createDynamoDbRows } from './dynamodb-rows.ts';
import { parseEvent } from './event.ts';
import { receive } from './receive.ts';

const rows = createDynamoDbRows(new DynamoDBClient(), process.env.TABLE_NAME ?? '');

/** @returns the messages that SQS should deliver again; after five attempts it moves them to the dead-letter queue */
export async function handler({ Records }: SQSEvent): Promise<SQSBatchResponse> {
  const failed = await Promise.all(
    Records.map(async ({ messageId, body }) => {
      try {
        const done = await receive(rows, parseEvent(body));
        if (done !== undefined) console.log(done);
        return [];
      } catch (error) {
        console.error(error);
        return [{ itemIdentifier: messageId }];
      }
    }),
  );
  return { batchItemFailures: failed.flat() };
}
