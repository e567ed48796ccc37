/** DynamoDB stream -> EventBridge: what changed in the table becomes lifecycle events on the bus. */
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { createPublisher } from '../lib/events/publish.ts';
import { createChangePublisher } from '../lib/events/publish-changes.ts';
import { createChangeSources } from '../lib/lambda/change-sources.ts';
import { parseEnvironment } from '../lib/lambda/environment.ts';
import { createTableClient } from '../lib/store/table/client.ts';

const { tableName, eventBusName } = parseEnvironment(['tableName', 'eventBusName']);
const table = { client: createTableClient(), tableName };

const publishChanges = createChangePublisher({
  ...createChangeSources(table),
  publish: createPublisher({ client: new EventBridgeClient(), busName: eventBusName }),
});

/** A parser quotes what it could not parse, and that may be about a person. */
const words = (reason: unknown) => {
  if (!(reason instanceof Error)) return String(reason);
  return reason instanceof SyntaxError ? reason.name : `${reason.name}: ${reason.message}`;
};

/**
 * @returns the checkpoint: Lambda delivers that record again, and all behind it
 * @throws Error when a record that cannot be read heads its batch: Lambda then halves the batch, until that record is
 * alone and goes to the failure destination without the others
 */
export async function handler({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const { published, failure } = await publishChanges(Records);
  if (failure === undefined) return { batchItemFailures: [] };
  const itemIdentifier = Records[published]?.dynamodb?.SequenceNumber ?? '';
  const reason = words(failure.reason);
  console.error(JSON.stringify({ message: 'A record was not published.', kind: failure.kind, itemIdentifier, reason }));
  if (failure.kind === 'poison' && published === 0 && Records.length > 1) {
    throw new Error(`The stream record ${itemIdentifier} cannot be read.`);
  }
  return { batchItemFailures: [{ itemIdentifier }] };
}
