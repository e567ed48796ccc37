/** DynamoDB stream -> EventBridge: publishes changes of the table as lifecycle events. */
import { fromEnv } from '@aws-sdk/credential-provider-env';
import type { Context, DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { createBatchDelivery } from '../lib/events/deliver-batch.ts';
import { createFailureBucket, S3_CALL_MS } from '../lib/events/failure-bucket.ts';
import { CALL_MS, createPublisher, createPublisherClient } from '../lib/events/publish.ts';
import { createChangePublisher } from '../lib/events/publish-changes.ts';
import { createChangeSources } from '../lib/lambda/change-sources.ts';
import { parseEnvironment } from '../lib/lambda/environment.ts';
import { createTableClient } from '../lib/store/table/client.ts';

const {
  tableName,
  eventBusName,
  failureBucketUrl,
  eventLimitBytes: limitBytes,
  region,
} = parseEnvironment(['tableName', 'eventBusName', 'failureBucketUrl', 'eventLimitBytes', 'region']);
const table = { client: createTableClient(), tableName };
const bucket = createFailureBucket<DynamoDBRecord>({ url: failureBucketUrl, region, credentials: fromEnv() });

const deliver = createBatchDelivery<DynamoDBRecord>({
  publishChanges: createChangePublisher({
    ...createChangeSources(table),
    publish: createPublisher({ client: createPublisherClient(), busName: eventBusName, limitBytes }),
    limitBytes,
  }),
  park: bucket.put,
  report: (message, record, reason) =>
    console.error(JSON.stringify({ message, itemIdentifier: record?.dynamodb?.SequenceNumber, reason })),
});

const SPARE_MS = 1000;

/** @returns the checkpoint, from which Lambda delivers the records again */
export async function handler(
  { Records }: DynamoDBStreamEvent,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<DynamoDBBatchResponse> {
  const park = Date.now() + context.getRemainingTimeInMillis() - SPARE_MS - S3_CALL_MS;
  const handled = await deliver(Records, { publish: park - CALL_MS, park });
  if (handled === Records.length) return { batchItemFailures: [] };
  return { batchItemFailures: [{ itemIdentifier: Records[handled]?.dynamodb?.SequenceNumber ?? '' }] };
}
