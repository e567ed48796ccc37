/** Creates the table on a DynamoDB-compatible server, as the stack creates it in AWS. */
import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { table } from '../store/table/names.ts';
import { LocalRunError } from './local-run-error.ts';

/** @throws ResourceInUseException if the table exists */
export async function createTable(
  client: DynamoDBClient,
  name: string,
  { stream }: { readonly stream: boolean },
): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: table.partitionKey, AttributeType: 'S' },
        { AttributeName: table.sortKey, AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: table.partitionKey, KeyType: 'HASH' },
        { AttributeName: table.sortKey, KeyType: 'RANGE' },
      ],
      ...(stream ? { StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' } } : {}),
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1 }, { TableName: name });
}

/**
 * Creates the table unless it exists.
 * @returns the ARN of its stream
 * @throws LocalRunError if it exists without a stream
 */
export async function openTable(client: DynamoDBClient, name: string): Promise<string> {
  try {
    await createTable(client, name, { stream: true });
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
  if (Table?.LatestStreamArn === undefined)
    throw new LocalRunError(
      `The table ${name} exists without a stream: delete it, or set DYNAMODB_ENDPOINT to another server.`,
    );
  return Table.LatestStreamArn;
}
