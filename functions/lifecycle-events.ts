/** DynamoDB stream -> EventBridge: what changed in the table becomes lifecycle events on the bus. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { createPublisher } from '../lib/events/publish.ts';
import { createChangePublisher } from '../lib/events/publish-changes.ts';
import { parseEnvironment } from '../lib/lambda/environment.ts';
import { DIRECTORY_CACHE_SECONDS } from '../lib/lambda/times.ts';
import { resourceTypes, resourceTypesOf } from '../lib/scim/index.ts';
import { cached, createDirectories } from '../lib/store/directories.ts';
import type { Directory } from '../lib/store/directory-item.ts';
import { createSnapshots, readImage } from '../lib/store/stream-image.ts';

const { tableName, eventBusName } = parseEnvironment(['tableName', 'eventBusName']);
const table = { client: new DynamoDBClient(), tableName };

const image = (value: unknown) => (value === undefined ? undefined : readImage(value));
const publishChanges = createChangePublisher<DynamoDBRecord, Directory>({
  resourceTypesOf: (directory) => (directory === undefined ? resourceTypes : resourceTypesOf(directory)),
  readChange: ({ dynamodb }) => ({ before: image(dynamodb?.OldImage), after: image(dynamodb?.NewImage) }),
  readDirectory: cached(createDirectories(table).read, { seconds: DIRECTORY_CACHE_SECONDS }),
  readNow: createSnapshots(table).readNow,
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
