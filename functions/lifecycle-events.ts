/** DynamoDB stream -> EventBridge: publishes changes of the table as lifecycle events. */
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

/** Describes an error without parser messages, which quote their input and may contain personal data. */
const describe = (reason: unknown) => {
  if (!(reason instanceof Error)) return String(reason);
  return reason instanceof SyntaxError ? reason.name : `${reason.name}: ${reason.message}`;
};

/**
 * @returns the checkpoint, from which Lambda delivers the records again
 * @throws Error if the first of several records is unreadable. Lambda then halves the batch until that record is alone
 * and goes to the failure destination without the others.
 */
export async function handler({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const { published, failure } = await publishChanges(Records);
  if (failure === undefined) return { batchItemFailures: [] };
  const itemIdentifier = Records[published]?.dynamodb?.SequenceNumber ?? '';
  const reason = describe(failure.reason);
  console.error(JSON.stringify({ message: 'A record was not published.', kind: failure.kind, itemIdentifier, reason }));
  if (failure.kind === 'poison' && published === 0 && Records.length > 1) {
    throw new Error(`stream record ${itemIdentifier} is unreadable`);
  }
  return { batchItemFailures: [{ itemIdentifier }] };
}
